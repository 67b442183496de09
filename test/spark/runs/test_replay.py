"""Every kind of bad line in the quarantine, and corrected lines on their way back through bronze."""

from __future__ import annotations

import gzip
import io
import json
import runpy
import sys
from decimal import Decimal
from typing import Any, Dict, List

import pytest
from spark_lake import GOLDEN_SPEC, LakeFactory, TestLake, golden_document, raw_event, us
from spark_session import REPOSITORY

from medallion.bronze.line_reader import REASONS
from medallion.errors import InputError
from medallion.lake.bucket import Bucket
from medallion.runs.replay import backfill_input, put_back, refused_lines, replay_objects
from medallion.spec.document import spec_of

GOLD, SILVER = "card_features", "card_transactions"
FIRST, SECOND, THIRD = "2025-10-23T22:10:00.000Z", "2025-10-23T22:20:00.000Z", "2025-10-23T22:30:00.000Z"
OBJECT = "bronze/streaming/card_authorization/ingest_dt=2025/10/23/22/01/{}.json.gz"
SPEC = spec_of(golden_document())


BAD: List[Any] = [
    # what is wrong, line, reason, column, line as it is put back
    ("not JSON", "{not json", "unparseable", None, raw_event("json")),
    ("no object", '["event_id"]', "unparseable", None, raw_event("object")),
    ("required column missing", raw_event("a1", card_id=...), "missing_required", "card_id", raw_event("a1")),
    ("required column null", raw_event("a2", merchant_id=None), "missing_required", "merchant_id", raw_event("a2")),
    ("no event id", raw_event("", amount=11), "missing_required", "event_id", raw_event("a3", amount=11)),
    ("wrong type", raw_event("a4", amount="ten"), "wrong_type", "amount", raw_event("a4")),
    ("not a number", raw_event("a5", amount=float("nan")), "not_finite", "amount", raw_event("a5")),
    ("infinity", raw_event("a6", amount=float("inf")), "not_finite", "amount", raw_event("a6")),
    ("out of bounds", raw_event("a7", amount=0), "out_of_bounds", "amount", raw_event("a7")),
    ("pattern", raw_event("a8", currency="euro"), "pattern_mismatch", "currency", raw_event("a8", currency="EUR")),
    ("not allowed", raw_event("a9", channel="fax"), "not_allowed", "channel", raw_event("a9", channel="web")),
    ("too long", raw_event("a13", card_id="c" * 2049), "too_long", "card_id", raw_event("a13")),
    ("other unit", {**raw_event("a14"), "ts": 1761256860000}, "wrong_unit", "ts", raw_event("a14")),
    ("other content", raw_event("good", amount=99), "conflicting_duplicate", None, raw_event("a10", amount=99)),
    # The skew is five minutes past the arrival, whose slack is two; lateness is seven days before it.
    ("future", raw_event("a11", "23T22:08:01"), "from_the_future", "ts", raw_event("a11")),
    ("too late", raw_event("a12", "16T22:00:59"), "too_late", "ts", raw_event("a12", "16T22:01:00")),
]  # fmt: skip


def text_of(line: Any) -> str:
    return line if isinstance(line, str) else json.dumps(line)


def with_channel() -> Dict[str, Any]:
    """Return the golden document with a column of allowed values."""
    document = golden_document()
    channel = {"name": "channel", "type": "string", "required": False, "allowedValues": ["pos", "web"]}
    document["events"]["columns"].append(channel)
    return document


@pytest.fixture(scope="module")
def refused(new_lake: LakeFactory) -> TestLake:
    """Return a lake after a slot with a good line, a duplicate, every bad line, and an object without its end."""
    lake = new_lake(with_channel())
    good = raw_event("good", extra=1)
    lake.arrive("2025-10-23T22:01:00Z", [good, good, *(line for _, line, *_ in BAD)])
    whole = gzip.compress(
        "\n".join(json.dumps(raw_event(f"t{number}", pos_mode=str(number**9))) for number in range(200)).encode()
    )
    lake.arrive_bytes("2025-10-23T22:01:00Z", whole[: len(whole) // 2], "truncated")
    lake.reports["first"] = lake.run(FIRST)
    return lake


def test_every_reason_has_a_bad_line() -> None:
    assert {reason for _, _, reason, *_ in BAD} == set(REASONS)


@pytest.mark.parametrize("number", range(len(BAD)), ids=[what for what, *_ in BAD])
def test_a_bad_line_is_quarantined_with_reason_column_text_and_place(refused: TestLake, number: int) -> None:
    _, line, reason, column, _ = BAD[number]
    # Lines are counted from 1, and two good ones come first.
    (found,) = [row for row in rows_of(refused, "a") if row["source_line"] == number + 3]
    assert (found["reason"], found["column"], found["raw"]) == (reason, column, text_of(line))
    assert (found["source_object"], f"{found['arrival_time']:%H:%M:%S}") == (OBJECT.format("a"), "22:01:00")


def test_a_truncated_object_loses_only_what_cannot_be_read(refused: TestLake) -> None:
    (tail,) = rows_of(refused, "truncated")
    accepted = sum(row["event_id"].startswith("t") for row in refused.rows(SILVER))
    assert 50 < accepted < 150
    assert (tail["reason"], tail["column"], tail["source_line"]) == ("unparseable", None, accepted + 1)


def test_what_is_no_bad_line_is_counted(refused: TestLake) -> None:
    report = refused.reports["first"]
    assert (report["duplicates"], report["unknownColumns"]) == (1, 2)  # the extra column of both good lines
    assert report["quarantinedTotal"] == len(BAD) + 1
    assert report["lines"] == report["accepted"] + 1 + report["quarantinedTotal"]


def rows_of(lake: TestLake, name: str) -> List[Dict[str, Any]]:
    return [row for row in lake.quarantine() if row["source_object"] == OBJECT.format(name)]


def corrections(lake: TestLake) -> List[Dict[str, Any]]:
    """Return the quarantined lines as an operator puts them back: corrected, and without the end of the object."""
    texts = {text_of(line): text_of(correct) for _, line, _, _, correct in BAD}
    start_us = us("2025-10-23T22:00:00Z")
    found = refused_lines(Bucket(lake.bucket), lake.spec, start_us, us(FIRST))
    return [{**line, "raw": texts[line["raw"]]} for line in found if line["raw"] in texts]


@pytest.fixture(scope="module")
def replayed(refused: TestLake) -> TestLake:
    """Return the lake after a slot that took the corrected lines."""
    refused.reports["before"] = {"quarantine": refused.quarantine()}
    put_back(Bucket(refused.bucket), replay_objects(refused.spec, corrections(refused), "1"))
    refused.reports["second"] = refused.run(SECOND)
    return refused


def test_corrected_lines_are_accepted_by_the_next_slot(replayed: TestLake) -> None:
    report = replayed.reports["second"]
    assert report["objects"] == [OBJECT.format("replay-1")]
    assert (report["lines"], report["accepted"], report["quarantinedTotal"]) == (len(BAD), len(BAD), 0)
    assert replayed.rows(GOLD) == replayed.model_gold(SILVER)


def test_corrected_lines_are_judged_by_their_first_arrival(replayed: TestLake) -> None:
    # It was too late by a second, and is now seven days before the minute in which it first arrived.
    (oldest,) = [row for row in replayed.rows(SILVER) if row["event_id"] == "a12"]
    assert f"{oldest['arrival_time']:%dT%H:%M} {oldest['event_time']:%dT%H:%M}" == "23T22:01 16T22:01"


def test_the_refused_lines_stay_in_the_quarantine(replayed: TestLake) -> None:
    assert replayed.quarantine() == replayed.reports["before"]["quarantine"]


def test_a_second_replay_of_the_same_lines_is_all_duplicates(replayed: TestLake) -> None:
    put_back(Bucket(replayed.bucket), replay_objects(replayed.spec, corrections(replayed), "2"))
    before = replayed.rows(SILVER)
    report = replayed.run(THIRD)
    assert (report["lines"], report["accepted"], report["duplicates"]) == (len(BAD), 0, len(BAD))
    assert replayed.rows(SILVER) == before


def an_old_replay(new_lake: LakeFactory) -> TestLake:
    """Return a lake in which a line that was refused three days ago has been put back, and a slot has run since."""
    lake = new_lake()
    lake.arrive("2025-10-20T22:01:00Z", [raw_event("x", "20T22:00:30", currency="euro"), "poison"])
    lake.run("2025-10-20T22:10:00.000Z")
    lake.run(FIRST)
    (line, _) = refused_lines(Bucket(lake.bucket), lake.spec, us("2025-10-20T22:00:00Z"), us("2025-10-20T22:10:00Z"))
    objects = replay_objects(lake.spec, [{**line, "raw": line["raw"].replace("euro", "EUR")}], "old")
    put_back(Bucket(lake.bucket), objects)
    lake.reports["slot"] = lake.run(SECOND)
    lake.reports["input"] = json.loads(backfill_input(lake.spec, objects))
    return lake


def test_what_arrived_more_than_a_day_ago_is_taken_by_a_backfill(new_lake: LakeFactory) -> None:
    lake = an_old_replay(new_lake)
    assert lake.reports["slot"]["lines"] == 0
    span = {"from": "2025-10-20T22:00:00.000Z", "to": "2025-10-20T22:10:00.000Z"}
    assert lake.reports["input"] == {"mode": "backfill", **span}
    report = lake.backfill_run(span["from"], span["to"]).run()
    assert (report["lines"], report["accepted"], report["quarantined"]) == (
        3, 1, {"unparseable": 1, "pattern_mismatch": 1}
    )  # fmt: skip
    assert [(row["event_id"], row["currency"]) for row in lake.rows(SILVER)] == [("x", "EUR")]
    assert lake.rows(GOLD) == lake.model_gold(SILVER)


def test_a_replay_is_taken_back_by_an_empty_object_and_a_backfill(new_lake: LakeFactory) -> None:
    lake = an_old_replay(new_lake)
    span = lake.reports["input"]["from"], lake.reports["input"]["to"]
    lake.backfill_run(*span, "put back").run()
    (replayed,) = [key for key in lake.keys("bronze/") if "replay" in key]
    Bucket(lake.bucket).put(replayed, gzip.compress(b""))
    report = lake.backfill_run(*span, "take back").run()
    assert (report["lines"], report["silver"]["deleted"], lake.rows(SILVER), lake.rows(GOLD)) == (2, 1, [], [])


@pytest.mark.parametrize(
    ("again", "outcome"), [({"amount": 10}, {"duplicates": 1}), ({"amount": 20}, {"quarantinedTotal": 1})]
)
def test_a_corrected_line_stands_before_one_of_its_event_that_arrived_meanwhile(
    new_lake: LakeFactory, again: Dict[str, Any], outcome: Dict[str, int]
) -> None:
    lake = new_lake()
    lake.arrive("2025-10-23T22:01:00Z", [raw_event("x", currency="euro"), raw_event("y")])
    lake.run(FIRST)
    lake.arrive("2025-10-23T22:12:00Z", [raw_event("x", currency="EUR", **again)])
    lake.run(SECOND)
    (line,) = refused_lines(Bucket(lake.bucket), lake.spec, us("2025-10-23T22:00:00Z"), us(FIRST))
    corrected = [{**line, "raw": line["raw"].replace("euro", "EUR")}]
    put_back(Bucket(lake.bucket), replay_objects(lake.spec, corrected, "1"))
    report = lake.run(THIRD)
    assert (report["accepted"], report["silver"]["replaced"]) == (1, 1)
    (standing,) = [row for row in lake.rows(SILVER) if row["event_id"] == "x"]
    assert (standing["source_object"], standing["amount"]) == (OBJECT.format("replay-1"), Decimal("10.00"))
    assert lake.rows(GOLD) == lake.model_gold(SILVER)
    # The later line is what the earlier one makes of it as soon as its slot is read again.
    assert {name: lake.run(SECOND)[name] for name in outcome} == outcome


def a_line(raw: str, source_object: str = OBJECT.format("a")) -> Dict[str, Any]:
    return {"raw": raw, "raw_is_exact": True, "source_object": source_object}


def test_lines_go_to_the_minute_in_which_each_arrived() -> None:
    later = OBJECT.format("b").replace("22/01", "22/02")
    objects = replay_objects(SPEC, [a_line(json.dumps(raw_event("x"))), a_line(json.dumps(raw_event("y")), later)], "n")
    assert list(objects) == [OBJECT.format("replay-n"), OBJECT.format("replay-n").replace("22/01", "22/02")]
    assert [json.loads(gzip.decompress(body))["event_id"] for body in objects.values()] == ["x", "y"]


@pytest.mark.parametrize(
    ("raw", "name", "message"),
    [
        (
            json.dumps(raw_event("x", amount=-1)),
            "n",
            "corrected line 1: got out_of_bounds amount, expected what the spec",
        ),
        (json.dumps(raw_event("x")) + "\n", "n", "corrected line 1: got a line break"),
        (json.dumps(raw_event("x")), "a/b", "--name: got 'a/b', expected letters, digits"),
    ],
)
def test_what_would_be_refused_again_is_not_put_back(raw: str, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        replay_objects(SPEC, [a_line(raw)], name)


def test_an_object_of_bronze_is_never_replaced_by_another(new_lake: LakeFactory) -> None:
    lake = Bucket(new_lake().bucket)
    first = replay_objects(SPEC, [a_line(json.dumps(raw_event("x")))], "n")
    put_back(lake, first)
    put_back(lake, first)
    with pytest.raises(InputError, match="expected none of that name; choose another --name"):
        put_back(lake, replay_objects(SPEC, [a_line(json.dumps(raw_event("y")))], "n"))


def command(monkeypatch: pytest.MonkeyPatch, lake: TestLake, *arguments: str, stdin: str = "") -> None:
    """Run the operator's command in this process."""
    monkeypatch.setattr(sys, "argv", ["replay.py", "--spec", str(GOLDEN_SPEC), "--lake", lake.bucket, *arguments])
    monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
    runpy.run_path(str(REPOSITORY / "assets" / "spark" / "jobs" / "replay.py"), run_name="__main__")


def test_the_command_prints_lines_and_puts_them_back(
    new_lake: LakeFactory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lake = new_lake()
    lake.arrive("2025-10-23T22:01:00Z", [raw_event("x", currency="euro")])
    lake.run(FIRST)
    command(monkeypatch, lake, "read", "--from", "2025-10-23T22:00:00Z", "--to", FIRST)
    printed = capsys.readouterr().out
    assert json.loads(printed)["arrival_time"] == "2025-10-23T22:01:00.000Z"
    command(monkeypatch, lake, "write", "--name", "n", stdin=printed.replace("euro", "EUR"))
    assert json.loads(capsys.readouterr().out)["from"] == "2025-10-23T22:00:00.000Z"
    assert lake.keys("bronze/")[1:] == [OBJECT.format("replay-n")]
    with pytest.raises(InputError, match="corrected lines: got none"):
        command(monkeypatch, lake, "write", "--name", "n")
