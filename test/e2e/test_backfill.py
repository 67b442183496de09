"""A backfill from end to end: the state machine on the local runtime, over a day that is past the reach of the slots.

The tests share a deployment of their own and follow its clock: two slots of one evening, one of them with a line that
is refused, and a slot a day later.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import START
from demo.lake import slot_key
from demo.runtime import Json, LocalRuntime, RuntimeOptions, iso
from demo.slot_check import SlotOutcome
from demo.traffic import SLOT
from driver import Driver
from events.generator import sample_events

EVENING = START.replace(minute=40)
#: A slot looks for objects that came late for a day: those of the evening are out of its reach by then.
LATER = START + timedelta(days=1, minutes=30)
REPLAYED = {"card": "card_replayed", "merchant_id": "merchant_replayed"}


@pytest.fixture(scope="module")
def platform(assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """Run the slots that the backfills go over."""
    with LocalRuntime(RuntimeOptions(tmp_path_factory.mktemp("backfill"), START)) as runtime:
        driver = Driver(runtime, assembly, START)
        driver.send(
            *(arrival.line for arrival in sample_events(driver.slot_end)), b"not json at all",
            driver.payment(1, ago=timedelta(minutes=7), currency="usd", **REPLAYED), driver.payment(2, **REPLAYED),
        )  # fmt: skip
        driver.run_slot()
        driver.send(*(driver.payment(number, "card_steady").line() for number in (1, 1, 2)))
        driver.run_slot()
        driver.skip_to(LATER, fire=[])
        driver.send(driver.payment(3, "card_steady"))
        driver.run_slot()
        yield driver


@pytest.fixture(scope="module")
def unchanged(platform: Driver) -> Json:
    """Run a backfill over everything that has arrived, which has nothing to change."""
    before = everything(platform)
    ended = backfill(platform)
    assert everything(platform) == before
    return ended


@pytest.fixture(scope="module")
def corrected(platform: Driver, unchanged: Json) -> Json:
    """Correct two lines of the first slot, see that a slot does not find them, and run a backfill that publishes.

    The line that was refused may come after the one it corrects, the one that was accepted has to come before it.
    """
    put_back(platform, "replay-1.json.gz", b'"evt_card_replayed_1"', (b'"usd"', b'"USD"'))
    put_back(platform, "0-replay-1.json.gz", b'"evt_card_replayed_2"', (b"12.50", b"99.00"))
    assert platform.fire_slot()["status"] == "SUCCEEDED"
    assert platform.lake.slot_report(newest_slot(platform))["objects"] == []
    before = platform.online()
    ended = backfill(platform, publish=True)
    assert platform.online() == before
    platform.forget()
    return ended


@pytest.mark.parametrize(
    ("start", "end", "cause"),
    [
        (None, "2025-10-23T22:50:00Z", "from: got nothing, expected an instant in UTC"),
        ("2025-10-23T22:45:00Z", "2025-10-23T22:50:00Z", "expected a multiple of the slot of 10 minutes"),
        ("2025-10-23T22:40:00Z", "2025-10-23T22:30:00Z", "expected an instant after from; give a later one"),
        ("2025-07-01T00:00:00Z", "2025-10-23T22:40:00Z", "expected at most 100 days after from"),
        ("2025-10-23T22:40:00Z", "2025-11-23T22:40:00Z", "expected an instant that has passed"),
    ],
)
def test_an_invalid_input_fails_before_any_job_and_says_how_to_write_it(
    platform: Driver, start: str | None, end: str, cause: str
) -> None:
    jobs = len(platform.calls("StartJobRun"))
    ended = platform.start(mode="backfill", **({"from": start} if start else {}), to=end)
    assert (ended["status"], ended["error"]) == ("FAILED", "InvalidBackfill")
    assert cause in ended["cause"]
    assert len(platform.calls("StartJobRun")) == jobs


def test_a_backfill_of_what_is_right_already_changes_nothing(platform: Driver, unchanged: Json) -> None:
    # from 22:40 to 23:20 of the next day is a day and forty minutes
    assert unchanged["output"] == {
        "chunks": 2,
        "inserted": 0,
        "replaced": 0,
        "deleted": 0,
        "goldWritten": 0,
        "overflows": 0,
    }
    reports = [platform.lake.document(key) for key in platform.lake.keys(f"control/backfills/{unchanged['name']}/")]
    # 20 samples, a text, two payments of the card that is put back, and three lines of the steady one; then one more
    assert [report["lines"] for report in reports] == [26, 1]
    assert [report["quarantinedTotal"] for report in reports] == [2, 0]


def test_a_backfill_that_goes_on_passes_over_the_chunks_that_are_done(platform: Driver, unchanged: Json) -> None:
    prefix = f"control/backfills/{unchanged['name']}/"
    before = {key: platform.lake.read(key) for key in platform.lake.keys(prefix)}
    jobs = len(platform.calls("StartJobRun"))
    platform.pass_minute()
    ended = platform.start(**json.loads(unchanged["input"]), resume=unchanged["name"])
    assert len(platform.calls("StartJobRun")) == jobs + 2
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", unchanged["output"])
    assert {key: platform.lake.read(key) for key in platform.lake.keys(prefix)} == before


def test_corrected_lines_reach_silver_and_gold_and_the_rows_after_them(platform: Driver, corrected: Json) -> None:
    # the rows of both payments, for the card as for the merchant
    assert corrected["output"] == {
        "chunks": 2,
        "inserted": 1,
        "replaced": 1,
        "deleted": 0,
        "goldWritten": 4,
        "overflows": 0,
    }
    platform.assert_tables()
    rows = {row["event_id"]: row for row in platform.gold("card_features").to_pylist()}
    assert (rows["evt_card_replayed_2"]["txn_count_1h"], str(rows["evt_card_replayed_2"]["amount"])) == (1, "99.00")
    reasons = sorted(row["reason"] for row in platform.quarantine(EVENING + SLOT))
    assert reasons == ["conflicting_duplicate", "pattern_mismatch", "unparseable"]


def test_the_next_slot_publishes_every_entity_once(platform: Driver, corrected: Json) -> None:
    renewals = [f"control/republish/entities/{name}/" for name in ("card_features", "merchant_features")]
    request = f"control/republish/{slot_key(newest_slot(platform))}.json"
    assert [key for key in platform.lake.keys("control/republish/") if not key.startswith(tuple(renewals))] == [request]
    assert all(platform.lake.keys(prefix) for prefix in renewals)
    platform.send(platform.payment(4, "card_steady"))
    outcome = platform.run_slot()
    assert records(outcome) == {name: len(group.entities()) for name, group in platform.expected.groups.items()}
    platform.send(platform.payment(5, "card_steady"))
    # one card, and its merchant, which others pay too
    assert records(platform.run_slot()) == {"card_features": 1, "merchant_features": 1}
    assert platform.lake.keys("control/republish/entities/") == []


def test_a_slot_that_comes_due_meanwhile_runs_all_the_same(platform: Driver, corrected: Json) -> None:
    platform.send(platform.payment(6, "card_steady"))
    with ThreadPoolExecutor(1) as beside:
        ended = beside.submit(platform.start, **whole_range(platform))
        outcome = platform.run_slot()
    assert (outcome.report["accepted"], outcome.differing) == (1, 0)
    assert (ended.result()["status"], ended.result()["output"]["inserted"]) == ("SUCCEEDED", 0)
    platform.assert_tables()


def test_no_role_lacked_a_permission(platform: Driver, corrected: Json) -> None:
    assert platform.runtime.get("permissions")["denied"] == []


def backfill(platform: Driver, **more: Any) -> Json:
    """Run a backfill over the whole range."""
    ended = platform.start(**whole_range(platform), **more)
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    return ended


def whole_range(platform: Driver) -> Json:
    """Return the input of a backfill from the first evening to the newest slot."""
    return {"mode": "backfill", "from": iso(EVENING), "to": iso(newest_slot(platform))}


def put_back(platform: Driver, name: str, event_id: bytes, change: tuple[bytes, bytes]) -> None:
    """Put a line of the first bronze object into an object beside it, with one text replaced."""
    first = platform.lake.bronze()[0]
    (line,) = (each.raw for each in platform.lake.bronze_lines(first) if event_id in each.raw)
    assert change[0] in line
    platform.lake.put(f"{first.rsplit('/', 1)[0]}/{name}", gzip.compress(line.replace(*change) + b"\n"))


def newest_slot(platform: Driver) -> datetime:
    """Return the end of the newest slot that ran."""
    return platform.slot_end - SLOT


def everything(platform: Driver) -> dict[str, Any]:
    """Return all that a backfill could change: the tables, the quarantine, what is served and what was published."""
    layout = platform.lake.spec["layout"]
    folders = (layout["quarantine"], "publish/", layout["published"], layout["slots"], layout["republish"])
    objects = {key: platform.lake.read(key) for folder in folders for key in platform.lake.keys(folder)}
    return {"tables": platform.snapshots(), "objects": objects, "online": platform.online()}


def records(outcome: SlotOutcome) -> dict[str, int]:
    """Return how many records a slot published, by group."""
    return {group["name"]: group["publishRecords"] for group in outcome.report["groups"]}
