"""What became of the lines that a run read, and the check that none was lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Sequence

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
        total = self.accepted + self.duplicates + sum(self.quarantined.values())
        if total != self.lines:
            raise ConservationError.at("run", f"{self.lines} lines", f"{total} by outcome", "run it again")

    def document(self) -> Dict[str, Any]:
        """Return the counts as they stand in the report."""
        return {
            "lines": self.lines,
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "quarantined": {reason: self.quarantined[reason] for reason in REASONS if self.quarantined.get(reason)},
            "quarantinedTotal": sum(self.quarantined.values()),
            "unknownColumns": self.unknown_columns,
        }


def read_counts(lines: DataFrame) -> List[Row]:
    """Count lines by the reason of their refusal, null where they hold an event."""
    counts = lines.groupBy("reason").agg(sf.count("*").alias("lines"), sf.sum("unknown_columns").alias("unknown"))
    return counts.collect()


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


def line_counts(read: Sequence[Row], outcomes: Sequence[Row]) -> LineCounts:
    """Put together what the lines were when read, and what became of those that hold an event."""
    refused = {row.reason: row.lines for row in read if row.reason is not None}
    by_outcome: Dict[str, int] = {}
    for row in outcomes:
        by_outcome[row.outcome] = by_outcome.get(row.outcome, 0) + row.lines
    accepted, duplicates = by_outcome.pop(silver.ACCEPTED, 0), by_outcome.pop(silver.DUPLICATE, 0)
    return LineCounts(
        lines=sum(row.lines for row in read),
        accepted=accepted,
        duplicates=duplicates,
        quarantined={**refused, **by_outcome},
        unknown_columns=sum(row.unknown for row in read),
    )
