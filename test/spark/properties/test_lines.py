"""Lines of every kind against a reader of its own: each is refused alone, with its reason, and nothing fails a run."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Dict, List, Sequence, Set, Tuple

import pytest
from generated_lines import FORMATS, MATCHES, MINUTE, START, Bronze, Lines, a_document, bronze, physical_lines
from jsonschema import Draft202012Validator
from properties import Row, differences, exact, iso
from pyspark.sql import functions as sf
from slow_lines import Held, Refused, SlowLines
from spark_lake import LakeFactory, TestLake
from spark_session import REPOSITORY

from medallion import object_keys
from medallion.bronze.line_reader import REASONS
from medallion.bronze.objects import line_batches
from medallion.lake.bucket import Bucket
from medallion.runs.replay import refused_lines
from medallion.spec.document import spec_of

SEED = 20251127
SLOT = 10 * MINUTE
KEPT_OF_A_LINE = 1024 * 1024
Place = Tuple[str, int]


@dataclass
class Outcomes:
    """What all objects amount to in the order of arrival, decided by the second reader."""

    reader: SlowLines
    silver: Dict[str, Row] = field(default_factory=dict)
    first: Dict[str, str] = field(default_factory=dict)
    refused: Dict[Place, Row] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    blamed: Set[Tuple[str, Any]] = field(default_factory=set)

    def take(self, key: str, found: Bronze) -> None:
        """Decide the lines of an object, which arrived after all that were taken."""
        number = 0
        for number, (line, is_damaged) in enumerate(physical_lines(found), 1):
            answer = self.reader.read(line, found.arrival_us)
            if is_damaged and answer is None:
                answer = Refused("unparseable")
            if answer is None:
                continue
            self._decide((key, number), line, is_damaged, answer)
            if is_damaged and answer != Refused("unparseable"):
                self._decide((key, number + 1), b"", True, Refused("unparseable"))

    def _decide(self, place: Place, line: bytes, is_damaged: bool, answer: Any) -> None:
        self.counts["lines"] += 1
        if isinstance(answer, Held):
            self.counts["unknownColumns"] += answer.unknown
            event = answer.event
            first = self.silver.get(event["event_id"])
            if first is None:
                self.silver[event["event_id"]] = {**event, "source_object": place[0], "source_line": place[1]}
                self.counts["accepted"] += 1
                return
            if exact(event).items() <= exact(first).items():
                self.counts["duplicates"] += 1
                return
            answer = Refused("conflicting_duplicate")
        self.counts[answer.reason] += 1
        self.blamed.add((answer.reason, answer.column))
        self.refused[place] = {**answer._asdict(), **as_kept(line, is_damaged)}


def as_kept(line: bytes, is_damaged: bool) -> Row:
    """Return what the quarantine has of a line."""
    text = line.decode("utf-8", "backslashreplace")
    is_exact = not is_damaged and len(text) <= KEPT_OF_A_LINE and text.encode("utf-8") == line
    return {"raw": text[:KEPT_OF_A_LINE], "raw_is_exact": is_exact}


def drawn(seed: int, time_format: str, minutes: int, objects: int, size: int, ids: int) -> List[Bronze]:
    """Draw objects that arrive in as many minutes."""
    chance = random.Random(f"{seed}{time_format}")
    lines = Lines(chance, time_format, ids)
    return [
        bronze(chance, lines, START + minute * MINUTE, number, chance.choice((0, size, size, 2 * size)))
        for minute in range(minutes)
        for number in range(objects)
    ]


def keyed(document: Row, found: Sequence[Bronze]) -> Dict[str, Bronze]:
    """Return objects by key, in the order of arrival."""
    prefix = document["layout"]["bronze"]
    keys = {object_keys.arrival_prefix(prefix, each.arrival_us) + each.name: each for each in found}
    assert len(keys) == len(found)
    return dict(sorted(keys.items()))


def test_the_declarations_are_what_synth_writes() -> None:
    schema = REPOSITORY / "assets" / "contract" / "feature-spec.schema.json"
    validator = Draft202012Validator(json.loads(schema.read_text("utf-8")))
    for time_format in FORMATS:
        validator.validate(a_document(time_format))


@pytest.mark.parametrize("time_format", FORMATS)
def test_the_reader_says_of_every_line_what_the_second_one_says(time_format: str) -> None:
    document = a_document(time_format)
    reader = SlowLines(document, MATCHES)
    objects = keyed(document, drawn(SEED, time_format, 3, 8, 30, 10**9))
    read = line_batches(spec_of(document).events)((key, [found.body]) for key, found in objects.items())
    rows = {
        (row["source_object"], row["source_line"]): row
        for batch in read
        for row in batch.to_pylist()
        if row["totals"] is None
    }
    wrong = []
    for key, found in objects.items():
        for number, (line, is_damaged) in enumerate(physical_lines(found), 1):
            expected = reader.read(line, found.arrival_us)
            row = rows.pop((key, number), None)
            if is_damaged:
                rows.pop((key, number + 1), None)
                continue
            if not says(row, expected):
                wrong.append((line, row and (row["reason"], row["column"], row["event"]), expected))
    assert wrong == []
    assert rows == {}


def says(row: Any, expected: Any) -> bool:
    if row is None or expected is None:
        return row is None and expected is None
    if isinstance(expected, Refused):
        return (row["reason"], row["column"]) == expected
    found = {name: value for name, value in (row["event"] or {}).items() if name not in ("event_time", "seen_at")}
    wanted = {name: value for name, value in expected.event.items() if name not in ("event_time", "seen_at")}
    return exact(found) == exact(wanted)


@dataclass
class Taken:
    """A lake that took objects in slots, and what they amount to."""

    lake: TestLake
    expected: Outcomes
    reports: List[Row]


def taken(lake: TestLake, document: Row, found: Sequence[Bronze], slots: int) -> Taken:
    """Let a lake take all objects, slot by slot; the expected counts are of all of them."""
    for each in found:
        key = object_keys.arrival_prefix(lake.spec.layout.bronze, each.arrival_us) + each.name
        lake.s3.put_object(Bucket=lake.bucket, Key=key, Body=each.body)
    expected = Outcomes(SlowLines(document, MATCHES))
    for key, each in keyed(document, found).items():
        expected.take(key, each)
    return Taken(lake, expected, [lake.run(iso(START + slot * SLOT)) for slot in range(1, slots + 1)])


def check(found: Taken) -> None:
    """Hold the reports, silver and the quarantine against what the second reader says."""
    totals: Counter[str] = Counter()
    for report in found.reports:
        totals.update({name: report[name] for name in ("lines", "accepted", "duplicates", "unknownColumns")})
        totals.update(report["quarantined"])
        assert report["lines"] == report["accepted"] + report["duplicates"] + report["quarantinedTotal"]
        assert {group["goldWritten"] for group in report["groups"]} == {report["accepted"]}
    assert totals == found.expected.counts
    assert differences(found.expected.silver, silver_rows(found.lake)) == {}
    spec, bucket = found.lake.spec, Bucket(found.lake.bucket)
    rows = list(refused_lines(bucket, spec, START, START + len(found.reports) * SLOT))
    names = ("reason", "column", "raw", "raw_is_exact")
    refused = {(row["source_object"], row["source_line"]): {name: row[name] for name in names} for row in rows}
    assert len(refused) == len(rows)
    wrong = {
        place: (refused.get(place), row) for place, row in found.expected.refused.items() if refused.get(place) != row
    }
    assert wrong == {}
    assert refused.keys() == found.expected.refused.keys()


def silver_rows(lake: TestLake) -> Dict[str, Row]:
    """Return silver by event id, instants as microseconds."""
    declared = lake.spec.events
    instants = ["event_time", *(column.name for column in declared.columns if column.type.name == "timestamp")]
    table = lake.table(declared.table).drop("arrival_time", "dt")
    exact_times = {name: sf.unix_micros(name) for name in instants}
    found = [row.asDict() for row in table.withColumns(exact_times).collect()]
    rows = {row["event_id"]: row for row in found}
    assert len(rows) == len(found)
    return rows


def test_in_one_slot_every_line_is_kept_or_found_with_its_reason(new_lake: LakeFactory) -> None:
    document = a_document("unix_millis")
    found = taken(new_lake(document), document, drawn(SEED, "unix_millis", 4, 18, 50, 8_000), 1)
    check(found)
    assert {reason for reason, _ in found.expected.blamed} == {*REASONS}
    assert found.expected.counts["duplicates"] > 50
    assert found.expected.counts["accepted"] > 500


@pytest.mark.nightly
@pytest.mark.parametrize("time_format", FORMATS)
def test_a_million_lines_in_slots_are_kept_or_found_with_their_reasons(new_lake: LakeFactory, time_format: str) -> None:
    document = a_document(time_format)
    found = taken(new_lake(document), document, drawn(SEED + 1, time_format, 40, 20, 250, 400_000), 4)
    check(found)
    assert found.expected.counts["lines"] > 190_000
