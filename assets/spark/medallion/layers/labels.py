"""Labels: of all that label files say about events, what is known at an instant; and what became of every row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Sequence

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as sf

from medallion.bronze.line_reader import REASONS
from medallion.layers.line_counts import ConservationError

KNOWN, NOT_YET_KNOWN, UNLABELLED, UNREADABLE, FILE = "known", "not_yet_known", "unlabelled", "unreadable", "file"

QUARANTINE_COLUMNS = ["reason", "column", "raw", "source_object", "source_line"]


@dataclass(frozen=True)
class LabelCounts:
    """What became of the rows of label files; ``unreadable`` is by reason.

    ``usable`` are labels, the newest of each event; ``superseded`` the rows that were known and are not the newest.
    """

    files: int
    files_unreadable: int
    files_ignored: int
    rows: int
    usable: int
    superseded: int
    not_yet_known: int
    unlabelled: int
    unreadable: Mapping[str, int]

    @property
    def unreadable_total(self) -> int:
        """How many rows could not be read."""
        return sum(self.unreadable.values())

    def check(self) -> None:
        """Raise ``ConservationError`` unless every row that the files have is counted once."""
        total = self.usable + self.superseded + self.not_yet_known + self.unlabelled + self.unreadable_total
        if total != self.rows:
            raise ConservationError.at("labels", f"{self.rows} rows", f"{total} by outcome", "run the day again")

    def document(self) -> Dict[str, Any]:
        """Return the counts as they stand in the manifest and in the report."""
        return {
            "files": self.files,
            "filesUnreadable": self.files_unreadable,
            "filesIgnored": self.files_ignored,
            "rows": self.rows,
            "usable": self.usable,
            "superseded": self.superseded,
            "notYetKnown": self.not_yet_known,
            "unlabelled": self.unlabelled,
            "unreadable": {reason: self.unreadable[reason] for reason in REASONS if self.unreadable.get(reason)},
            "unreadableTotal": self.unreadable_total,
        }


def known_labels(rows: DataFrame, known_by_us: int) -> DataFrame:
    """Return the newest label of each event among those known by an instant, that instant included.

    Ties go to the greatest label. ``rows`` is how many rows said something about the event by then.
    """
    known = rows.where("label IS NOT NULL").where(sf.unix_micros("label_time") <= known_by_us)
    newest = sf.max(sf.struct("label_time", "label")).alias("newest")
    found = known.groupBy("event_id").agg(newest, sf.count("*").alias("rows"))
    return found.select("event_id", "newest.label", "newest.label_time", "rows")


def quarantined_rows(rows: DataFrame) -> DataFrame:
    """Return the rows that cannot be read, in the columns of the quarantine."""
    return rows.where("file_rows IS NULL AND reason IS NOT NULL").select(*QUARANTINE_COLUMNS)


def unreadable_files(rows: DataFrame) -> List[Row]:
    """Return the files that could not be read, or not to their end, with how many rows were."""
    found = rows.where("file_rows IS NOT NULL AND reason IS NOT NULL")
    return found.select("source_object", "reason", "column", "raw", "file_rows").orderBy("source_object").collect()


def outcome_counts(rows: DataFrame, known_by_us: int) -> List[Row]:
    """Count rows by ``outcome`` and ``reason``, and what the files say of how many they are."""
    outcome = (
        sf.when(sf.col("file_rows").isNotNull(), FILE)
        .when(sf.col("reason").isNotNull(), UNREADABLE)
        .when(sf.col("label").isNull(), UNLABELLED)
        .when(sf.unix_micros("label_time") <= known_by_us, KNOWN)
        .otherwise(NOT_YET_KNOWN)
    )
    counts = rows.groupBy(outcome.alias("outcome"), "reason")
    return counts.agg(sf.count("*").alias("rows"), sf.sum("file_rows").alias("file_rows")).collect()


def label_counts(outcomes: Sequence[Row], known: Row, files_ignored: int) -> LabelCounts:
    """Put together what became of the rows; ``known`` has the number of known labels and of the rows behind them."""
    files = [row for row in outcomes if row.outcome == FILE]
    by_outcome = {row.outcome: row["rows"] for row in outcomes if row.reason is None}
    return LabelCounts(
        files=sum(row["rows"] for row in files),
        files_unreadable=sum(row["rows"] for row in files if row.reason is not None),
        files_ignored=files_ignored,
        rows=sum(row.file_rows for row in files),
        usable=known.labels,
        superseded=(known["rows"] or 0) - known.labels,
        not_yet_known=by_outcome.get(NOT_YET_KNOWN, 0),
        unlabelled=by_outcome.get(UNLABELLED, 0),
        unreadable={row.reason: row["rows"] for row in outcomes if row.outcome == UNREADABLE},
    )


@dataclass(frozen=True)
class LabelUse:
    """What became of the usable labels in one training set.

    ``before_event`` are those that claim to have been known before their event, ``without_event`` those whose event is
    not one of the period.
    """

    used: int
    before_event: int
    without_event: int

    def document(self) -> Dict[str, int]:
        """Return the counts as they stand in the manifest."""
        return {"used": self.used, "beforeEvent": self.before_event, "withoutEvent": self.without_event}


def warnings(counts: LabelCounts, use: LabelUse, files: Sequence[Row], quarantine: str) -> List[str]:
    """Return what whoever trains should know about the labels, nothing where all of it was read and some of it used."""
    found = [_file_warning(file) for file in files]
    if counts.unreadable_total:
        found.append(f"labels: got {counts.unreadable_total} rows that cannot be read, expected none; see {quarantine}")
    if use.before_event:
        got = f"{use.before_event} labels known before their event"
        found.append(f"labels: got {got}, expected later ones; check the ids, and format and zone of the label time")
    if not use.used:
        got = f"no label that can be used of {counts.rows} rows in {counts.files} files"
        found.append(f"labels: got {got}, expected one of an event of the period; compare ids and label times")
    return found


def _file_warning(file: Row) -> str:
    read = f"after {file.file_rows} rows " if file.file_rows else ""
    return f"{file.source_object}: {read}{file.raw}; correct or remove the file"
