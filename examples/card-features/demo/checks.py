"""Figures of the platform against figures worked out independently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from demo.recompute.expected import Expected, SlotCounts
from demo.runtime import Json

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN = 3


@dataclass(frozen=True)
class Check:
    """One comparison: what was compared, how many figures, and the differences in words.

    ``differing`` is the number of things that differ; the words are cut short when there are many.
    """

    name: str
    compared: int
    differences: tuple[str, ...] = ()
    differing: int = 0

    @property
    def passed(self) -> bool:
        """Whether every figure agreed."""
        return not self.differences


@dataclass
class Checks:
    """All comparisons of one run."""

    done: list[Check] = field(default_factory=list)

    def add(self, check: Check) -> Check:
        """Keep a comparison and return it."""
        self.done.append(check)
        return check

    def equal(self, name: str, got: Any, expected: Any) -> Check:
        """Compare one figure."""
        differences = () if got == expected else (f"{name}: got {got!r}, expected {expected!r}",)
        return self.add(Check(name, 1, differences))

    @property
    def failed(self) -> list[Check]:
        """The comparisons with a difference."""
        return [check for check in self.done if not check.passed]

    @property
    def compared(self) -> int:
        """How many figures were compared in all."""
        return sum(check.compared for check in self.done)


def slot_counts_check(slot_end: datetime, report: Json, expected: SlotCounts) -> Check:
    """Compare a slot report with the expected counts, and see that no line went missing."""
    name = f"slot {slot_end:%H:%M} counts"
    quarantined = {reason: count for reason, count in report["quarantined"].items() if count}
    pairs = {
        "lines": (report["lines"], expected.lines),
        "accepted": (report["accepted"], expected.accepted),
        "duplicates": (report["duplicates"], expected.duplicates),
        "quarantined": (quarantined, dict(expected.quarantined)),
        "quarantinedTotal": (report["quarantinedTotal"], sum(expected.quarantined.values())),
        "accepted + duplicates + quarantined": (
            report["accepted"] + report["duplicates"] + report["quarantinedTotal"],
            report["lines"],
        ),
    }
    wrong = [f"{name}, {what}: got {got}, expected {want}" for what, (got, want) in pairs.items() if got != want]
    return Check(name, len(pairs), tuple(wrong))


def records_check(name: str, got: Mapping[str, Mapping[str, str]], expected: Mapping[str, Mapping[str, str]]) -> Check:
    """Compare online records value by value, in the text in which they are stored."""
    wrong = [
        f"{name}, {entity}: got {dict(got.get(entity, {}))}, expected {dict(expected.get(entity, {}))}"
        for entity in sorted({*got, *expected})
        if got.get(entity) != expected.get(entity)
    ]
    return Check(name, sum(map(len, expected.values())), _few(wrong), len(wrong))


def gold_check(table: pa.Table, expected: Expected, group: str) -> Check:
    """Compare every gold row of a group, event columns and features, with the recomputation."""
    import pyarrow as pa
    import pyarrow.compute as pc

    name, accepted = f"gold rows of {group}", expected.accepted
    table = table.sort_by("event_id")
    ids = sorted(accepted)
    if table["event_id"].to_pylist() != ids:
        return Check(name, len(ids), (f"{name}: got {len(table)} rows, expected {len(ids)}, or other ids",))
    scales = _scales(expected, group)
    wrong: list[str] = []
    for column, values in _expected_columns(ids, expected, group).items():
        got = pc.cast(table[column], pa.int64()) if column == "event_time" else table[column]
        got_list = [
            None if v is None else (int(v.scaleb(scales[column])) if column in scales else v) for v in got.to_pylist()
        ]
        wrong += [
            f"{group} {event_id}, {column}: got {have!r}, expected {want!r}"
            for event_id, have, want in zip(ids, got_list, values)
            if have != want
        ]
    return Check(name, len(ids), _few(wrong), len(wrong))


def _expected_columns(ids: Sequence[str], expected: Expected, group: str) -> dict[str, list[Any]]:
    accepted, gold = expected.accepted, expected.groups[group].gold()
    columns: dict[str, list[Any]] = {"event_time": [accepted[i].event_time_us for i in ids]}
    for column in expected.spec["events"]["columns"]:
        columns[column["name"]] = [accepted[i].values[column["name"]] for i in ids]
    for feature in expected.groups[group].document["features"]:
        columns[feature["name"]] = [gold[i][feature["name"]] for i in ids]
    return columns


def _scales(expected: Expected, group: str) -> dict[str, int]:
    """Return the scale of every decimal column and feature; their values are compared in minor units."""
    typed = [(column["name"], column) for column in expected.spec["events"]["columns"]]
    typed += [(feature["name"], feature["result"]) for feature in expected.groups[group].document["features"]]
    return {name: kind["scale"] for name, kind in typed if kind["type"] == "decimal"}


def _few(wrong: Sequence[str]) -> tuple[str, ...]:
    more = (f"... and {len(wrong) - SHOWN} more",) if len(wrong) > SHOWN else ()
    return (*wrong[:SHOWN], *more)
