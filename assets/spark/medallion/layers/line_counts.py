"""What became of the lines that a run read, and the check that none was lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Collection, Dict, List, Mapping, Sequence

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as sf

from medallion.bronze.line_reader import REASONS
from medallion.errors import MedallionError
from medallion.layers import silver


class ConservationError(MedallionError):
    """Lines were lost or counted twice; nothing of the run may be published."""


@dataclass(frozen=True)
class LineCounts:
    """What became of the lines that a run read; ``quarantined`` is by reason."""

    lines: int
    accepted: int
    duplicates: int
    quarantined: Mapping[str, int]
    unknown_columns: int

    def check(self) -> None:
        """Raise ``ConservationError`` unless every line is accepted, a duplicate or quarantined."""
        total = self.accepted + self.duplicates + self.quarantined_total
        if total != self.lines:
            raise ConservationError.at("run", f"{self.lines} lines", f"{total} by outcome", "run it again")

    @property
    def quarantined_total(self) -> int:
        """How many lines were refused."""
        return sum(self.quarantined.values())

    def check_quarantine(self, written: int) -> None:
        """Raise ``ConservationError`` unless every refused line was written."""
        if written != self.quarantined_total:
            expected = f"{self.quarantined_total} as refused"
            raise ConservationError.at("quarantine", f"{written} lines written", expected, "run it again")

    def document(self) -> Dict[str, Any]:
        """Return the counts as they stand in the report."""
        return {
            "lines": self.lines,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "quarantined": {reason: self.quarantined[reason] for reason in REASONS if self.quarantined.get(reason)},
            "quarantinedTotal": self.quarantined_total,
            "unknownColumns": self.unknown_columns,
        }


def object_totals(lines: DataFrame) -> List[Row]:
    """Return what was read of each object: how many lines, of them refused by reason, and unknown columns."""
    return lines.where("totals IS NOT NULL").select("source_object", "totals.*").collect()


def check_objects(objects: Collection[str], totals: Sequence[Row]) -> None:
    """Raise ``ConservationError`` unless each of these objects was read to its end, once, and no other was."""
    times = Counter(row.source_object for row in totals)
    times.subtract(objects)
    for key, more in sorted(times.items()):
        if more:
            expected = "once" if key in objects else "never"
            raise ConservationError.at(key, f"read {times[key] + (key in objects)} times", expected, "run it again")


def outcome_counts(decided: DataFrame) -> List[Row]:
    """Count decided lines by ``outcome`` and ``change``, with the span of their times and of the days they change."""
    return (
        decided.groupBy("outcome", "change")
        .agg(
            sf.count("*").alias("lines"),
            sf.min(sf.unix_micros("event.event_time")).alias("first_us"),
            sf.max(sf.unix_micros("event.event_time")).alias("last_us"),
            sf.min("_match_dt").alias("first_dt"),
            sf.max("_match_dt").alias("last_dt"),
        )
        .collect()
    )


def line_counts(totals: Sequence[Row], outcomes: Sequence[Row]) -> LineCounts:
    """Put together what was read of the objects, and what became of the lines that hold an event."""
    refused: Counter[str] = Counter()
    for row in totals:
        refused.update(row.refused)
    by_outcome: Counter[str] = Counter()
    for row in outcomes:
        by_outcome[row.outcome] += row.lines
    accepted, duplicates = by_outcome.pop(silver.ACCEPTED, 0), by_outcome.pop(silver.DUPLICATE, 0)
    return LineCounts(
        lines=sum(row.lines for row in totals),
        accepted=accepted,
        duplicates=duplicates,
        quarantined=refused + by_outcome,
        unknown_columns=sum(row.unknown_columns for row in totals),
    )
