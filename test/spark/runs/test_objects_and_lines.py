"""Every row of the table of docs/input.md, by the reader alone and in one slot: what it says is what happens."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Dict, List, Tuple

import pytest
from odd_objects import CASES, keyed, stated_outcomes
from spark_lake import LakeFactory, TestLake, golden_document, us

from medallion import object_keys
from medallion.bronze.objects import line_batches
from medallion.errors import InputError
from medallion.lake.bucket import Bucket
from medallion.runs.replay import refused_lines, replay_objects
from medallion.spec.document import spec_of

FIRST, START = "2025-10-23T23:00:00.000Z", "2025-10-23T22:00:00Z"
MINUTE_US = 60_000_000
SPEC = spec_of(golden_document())
BRONZE = SPEC.layout.bronze
STATED = stated_outcomes()
CHUNK = 1024 * 1024

Place = Tuple[str, int]


def minute_of(what: str) -> str:
    """Return the prefix of the objects of a row, which has a minute of its own."""
    return object_keys.arrival_prefix(BRONZE, us(START) + list(CASES).index(what) * MINUTE_US)


OBJECTS = {what: keyed(BRONZE, minute_of(what), case(minute_of(what))) for what, case in CASES.items()}


def is_read(key: str) -> bool:
    """Whether a key is that of an object: not a folder, and directly below a minute."""
    return key.startswith(f"{BRONZE}ingest_dt=") and key.count("/") == minute_of(next(iter(CASES))).count("/")


def test_every_row_of_the_table_is_tried() -> None:
    assert list(STATED) == list(CASES)
    assert len(CASES) < 60


@pytest.mark.parametrize("what", CASES)
def test_the_reader_makes_of_it_what_the_table_says(what: str) -> None:
    read = [(key, body) for key, body in OBJECTS[what] if is_read(key)]
    chunked = [(key, [body[at : at + CHUNK] for at in range(0, len(body), CHUNK)]) for key, body in read]
    rows = [row for batch in line_batches(SPEC.events)(chunked) for row in batch.to_pylist()]
    assert [row["source_object"] for row in rows if row["totals"] is not None] == [key for key, _ in read]
    found = [row["reason"] or "event" for row in rows if row["totals"] is None]
    assert found == [outcome for outcome in STATED[what] if outcome != "stray"]


@pytest.fixture(scope="module")
def read(new_lake: LakeFactory) -> TestLake:
    """Return a lake after one slot that took all of it."""
    lake = new_lake()
    for objects in OBJECTS.values():
        for key, body in objects:
            lake.s3.put_object(Bucket=lake.bucket, Key=key, Body=body)
    lake.reports["first"] = lake.run(FIRST)
    return lake


@pytest.fixture(scope="module")
def outcomes(read: TestLake) -> Dict[str, List[str]]:
    """Return what silver and the quarantine have of each object, line by line, and the strays."""
    found: Dict[str, Dict[Place, str]] = defaultdict(dict)
    accepted = [(row, "event") for row in read.rows(read.spec.events.table)]
    refused = [(row, row["reason"]) for row in refused_rows(read)]
    for row, outcome in (*accepted, *refused):
        place = row["source_object"], row["source_line"]
        assert place not in found[place[0]]
        found[place[0]][place] = outcome
    for key in read.reports["first"]["strayObjects"]:
        found[key] = {(key, 0): "stray"}
    return {key: [of_object[place] for place in sorted(of_object)] for key, of_object in found.items()}


def refused_rows(lake: TestLake) -> List[Dict[str, Any]]:
    return list(refused_lines(Bucket(lake.bucket), lake.spec, us(START), us(FIRST)))


@pytest.mark.parametrize("what", CASES)
def test_a_slot_makes_of_it_what_the_table_says(outcomes: Dict[str, List[str]], what: str) -> None:
    assert [outcome for key, _ in OBJECTS[what] for outcome in outcomes.get(key, [])] == STATED[what]


def test_the_report_accounts_for_every_object_and_every_line(read: TestLake) -> None:
    report, stated = read.reports["first"], [outcome for outcomes in STATED.values() for outcome in outcomes]
    keys = [key for objects in OBJECTS.values() for key, _ in objects]
    assert sorted(report["objects"]) == sorted(key for key in keys if is_read(key))
    assert report["lines"] == len(stated) - stated.count("stray")
    assert (report["accepted"], report["duplicates"]) == (stated.count("event"), 0)
    assert report["quarantined"] == {reason: stated.count(reason) for reason in report["quarantined"]}
    assert read.rows("card_features") == read.model_gold(read.spec.events.table)


def test_what_is_not_exactly_what_arrived_is_not_put_back(read: TestLake) -> None:
    latin = minute_of("an event in Latin-1")
    (line,) = [row for row in refused_rows(read) if row["source_object"].startswith(latin)]
    assert '"M\\xfcller"' in line["raw"]
    with pytest.raises(InputError, match="corrected line 1: got a raw that is not exactly what arrived"):
        replay_objects(read.spec, [line], "n")
    corrected = {**line, "raw": line["raw"].replace("\\xfc", "ü"), "raw_is_exact": True}
    assert len(replay_objects(read.spec, [corrected], "n")) == 1
