"""The example from end to end: the synthesised template on the local runtime, events in, features read back.

The tests share one deployment and follow its clock: each takes the next slots, and uses cards of its own. Whatever a
test asserts for itself, every slot it runs is also held against the recomputation for all cards (``Driver.run_slot``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from demo.lake import slot_key
from demo.runtime import Json, iso
from demo.simulation import DAILY_SCHEDULE
from demo.slot_check import SlotOutcome
from demo.traffic import SLOT
from driver import Driver
from events.generator import micros, sample_events


def online(platform: Driver, card: str) -> dict[str, str]:
    """Return the online record of a card, or nothing."""
    return platform.deployment.online("card_features", [card]).get(card, {})


def test_features_of_the_sample_events_can_be_read_back(platform: Driver) -> None:
    platform.send(*(arrival.line for arrival in sample_events(platform.slot_end)))
    outcome = platform.run_slot()
    # by eleven cards at eleven merchants
    assert (outcome.report["lines"], outcome.report["accepted"], outcome.report["publish"]["records"]) == (20, 20, 22)
    record = online(platform, "card_00001")
    # six payments of 627.24 in all, at 16:30 to 16:58 by two merchants, the last of them 65.00: none in the last hour
    assert record["event_time"] == "2025-10-23T22:50:00.000Z"
    assert (record["txn_count_1h"], record["txn_amount_1h"], record["merchant_count_24h"]) == ("0", "0.00", "2")
    assert (record["avg_amount_7d"], record["last_amount"], record["last_pos_mode"]) == ("104.54", "65.00", "online")


def test_gold_rows_of_the_sample_events_are_as_of_their_own_time(platform: Driver) -> None:
    platform.assert_tables()
    rows = {row["event_id"]: row for row in platform.gold("card_features").to_pylist()}
    # card_00002 pays 789.00 and 450.00 before this one
    row = rows["evt_1761238000_2345"]
    assert (row["txn_count_1h"], str(row["txn_amount_1h"])) == (2, "1239.00")


@dataclass(frozen=True)
class RoughSlot:
    """One slot of broken and repeated lines while the online store throttles, and what was sent in it."""

    outcome: SlotOutcome
    refused: tuple[bytes, bytes, bytes]
    batches: int


@pytest.fixture(scope="module")
def rough(platform: Driver) -> RoughSlot:
    """Run the slot for the tests that look at it; ``card_late`` pays in it for the first time."""
    good = platform.payment(1, "card_poison")
    bad = platform.payment(2, "card_poison", currency="usd").line()
    conflict = platform.payment(1, "card_poison", cents=99_900).line()
    refused = (bad, b"not json at all", conflict)
    platform.send(
        platform.payment(1, "card_late", ago=timedelta(minutes=9), cents=1000), good, good.line(), *refused,
        *(platform.payment(1, f"card_throttled_{n}") for n in range(5)),
    )  # fmt: skip
    call = {"service": "featurestore-runtime", "operation": "BatchWriteRecord"}
    platform.runtime.post("faults", {**call, "entries": "unprocessed", "index": [0, 2], "count": 3})
    platform.runtime.post("faults", {**call, "error": "ThrottlingException", "count": 1})
    before = len(platform.calls("BatchWriteRecord"))
    outcome = platform.run_slot()
    platform.runtime.delete("faults")
    return RoughSlot(outcome, refused, len(platform.calls("BatchWriteRecord")) - before)


def test_broken_and_repeated_lines_are_counted_and_kept_apart(platform: Driver, rough: RoughSlot) -> None:
    report = rough.outcome.report
    assert (report["lines"], report["accepted"], report["duplicates"], report["quarantinedTotal"]) == (11, 7, 1, 3)
    rows = platform.quarantine(rough.outcome.slot_end)
    assert sorted(row["raw"] for row in rows) == sorted(raw.decode() for raw in rough.refused)
    assert [row["column"] for row in rows if row["raw"] == rough.refused[0].decode()] == ["currency"]
    assert {row["source_object"] for row in rows} == set(report["objects"])
    assert online(platform, "card_poison")["last_amount"] == "12.50"


def test_a_throttled_publisher_still_writes_every_record(platform: Driver, rough: RoughSlot) -> None:
    # seven cards fit into one call: throttled once, and then three times with entries left over
    assert rough.outcome.report["publish"]["records"] >= 7
    assert rough.batches >= 3
    assert platform.dead_letters(rough.outcome.slot_end) == []


def test_a_late_payment_changes_the_rows_after_it(platform: Driver, rough: RoughSlot) -> None:
    platform.send(platform.payment(2, "card_late", ago=timedelta(minutes=40), cents=500))
    outcome = platform.run_slot()
    assert outcome.report["groups"][0]["goldWritten"] == 2  # the late one, and the earlier arrival that now sees it
    record = online(platform, "card_late")
    assert (record["txn_count_1h"], record["txn_amount_1h"], record["last_amount"]) == ("2", "15.00", "10.00")
    platform.assert_tables()


def test_the_daily_run_builds_datasets_of_the_day_before(platform: Driver) -> None:
    midnight = (platform.slot_end + timedelta(days=1)).replace(hour=0, minute=0)
    fired = platform.skip_to(midnight + timedelta(minutes=31), fire=[DAILY_SCHEDULE])
    assert [run["status"] for run in fired] == ["SUCCEEDED"]
    report = platform.lake.document("control/datasets/2025-10-23.json")
    yesterday = [e for e in platform.expected.accepted.values() if e.event_time_us < micros(midnight)]
    for built, column in zip(report["groups"], ("card_id", "merchant_id")):
        assert built["training"]["rows"] == len(yesterday)
        assert built["training"]["train"] + built["training"]["validation"] == len(yesterday)
        assert built["inference"]["rows"] == len({event.values[column] for event in yesterday})


def test_a_missed_slot_is_healed_by_the_next(platform: Driver) -> None:
    platform.send(platform.payment(1, "card_missed"))
    missed = platform.slot_end
    platform.skip_slot()
    assert online(platform, "card_missed") == {}
    platform.send(platform.payment(2, "card_missed"))
    outcome = platform.run_slot()
    assert (outcome.report["lines"], len(outcome.report["objects"])) == (2, 2)
    assert platform.lake.published(missed) is None
    assert online(platform, "card_missed")["txn_count_1h"] == "2"


def test_an_audit_finds_records_that_were_damaged_and_the_next_slot_mends_them(platform: Driver) -> None:
    store, name = (
        platform.runtime.client("sagemaker-featurestore-runtime"),
        platform.deployment.store_name("card_features"),
    )
    lost, changed = online(platform, "card_00001"), online(platform, "card_missed")
    store.delete_record(
        FeatureGroupName=name, RecordIdentifierValueAsString="card_00001", EventTime=lost["event_time"],
        DeletionMode="HardDelete",
    )  # fmt: skip
    values = {**changed, "txn_count_1h": "999"}
    record = [{"FeatureName": feature, "ValueAsString": text} for feature, text in values.items()]
    store.put_record(FeatureGroupName=name, Record=record)
    told = len(alarm_messages(platform))
    assert platform.start(mode="daily", scheduledTime="2025-10-24T00:30:00Z")["status"] == "SUCCEEDED"
    prefix = f"publish/card_features/differences/slot={slot_key(platform.slot_end - SLOT)}/"
    found = [json.loads(line) for key in platform.lake.keys(prefix) for line in platform.lake.read(key).splitlines()]
    assert sorted((each["recordIdentifier"], each["fault"], each["served"] and each["features"]) for each in found) == [
        ("card_00001", "missing", None),
        ("card_missed", "different", ["txn_count_1h"]),
    ]
    assert online(platform, "card_00001") == {}
    platform.expected.groups["card_features"].renew("card_00001", "card_missed")
    outcome = platform.run_slot()
    assert online(platform, "card_00001")["event_time"] == iso(outcome.slot_end)
    assert [m for m in alarm_messages(platform)[told:] if "AuditDifferences" in m["AlarmName"]]
    # What was asked for is done: a second audit finds nothing, and the slot after it has nothing to write for it.
    assert platform.start(mode="daily", scheduledTime="2025-10-24T00:30:00Z")["status"] == "SUCCEEDED"
    assert platform.lake.keys(f"publish/card_features/differences/slot={slot_key(outcome.slot_end)}/") == []
    platform.run_slot()
    assert platform.lake.keys("control/republish/") == []


def test_a_record_that_is_refused_for_good_becomes_a_dead_letter(platform: Driver) -> None:
    fault = {"operation": "BatchWriteRecord", "entries": ["ValidationError", "injected"], "index": [0], "count": 1}
    platform.send(platform.payment(1, "card_refused"))
    platform.runtime.post("faults", fault)
    run = platform.fire_slot()
    outcome, checks = platform.check_slot()
    letters = platform.dead_letters(outcome.slot_end)
    mark = platform.lake.published(outcome.slot_end) or {}
    assert (run["status"], len(letters), mark.get("deadLettered"), outcome.differing) == ("SUCCEEDED", 1, 1, 1)
    assert letters[0]["errorCode"] == "ValidationError"
    assert mark["written"] + 1 == outcome.report["publish"]["records"]
    assert len(checks.failed) == 2  # the record that is missing online, and the one less written
    # whichever part was written first, a card's or a merchant's: its next change is published again
    card, merchant = (letters[0]["record"].get(name) for name in ("card_id", "merchant_id"))
    platform.send(platform.payment(9, card or "card_refused", **({"merchant_id": merchant} if merchant else {})))
    outcome = platform.run_slot()
    record = outcome.online["card_features" if card else "merchant_features"][card or merchant]
    assert record["event_time"] == iso(outcome.slot_end)


def test_a_failed_job_raises_an_alarm_and_the_next_slot_makes_up_for_it(platform: Driver) -> None:
    platform.send(platform.payment(1, "card_failed"))
    told = len(alarm_messages(platform))
    with platform.broken_spec():
        assert platform.fire_slot()["status"] == "FAILED"
    assert [m for m in alarm_messages(platform)[told:] if m["NewStateValue"] == "ALARM"]
    assert online(platform, "card_failed") == {}
    platform.send(platform.payment(2, "card_failed"))
    platform.run_slot()
    assert online(platform, "card_failed")["txn_count_1h"] == "2"


def test_a_rerun_of_the_newest_and_of_an_older_slot_changes_nothing(platform: Driver, rough: RoughSlot) -> None:
    tables, records = platform.snapshots(), platform.online()
    for slot_end in (platform.slot_end - SLOT, rough.outcome.slot_end):
        first = platform.lake.slot_report(slot_end)
        assert platform.rerun(slot_end)["status"] == "SUCCEEDED"
        again = platform.lake.slot_report(slot_end)
        assert counts(again) == counts(first)
        assert again["publish"]["records"] == 0
    assert platform.snapshots() == tables
    assert platform.online() == records


def test_no_role_lacked_a_permission_and_no_row_went_missing(platform: Driver) -> None:
    platform.assert_tables()
    assert platform.runtime.get("permissions")["denied"] == []


def alarm_messages(platform: Driver) -> list[Json]:
    """Return the messages of alarms that reached the topic."""
    sent = platform.runtime.get("notifications")
    return [each["message"] for each in sent if isinstance(each["message"], dict) and "AlarmName" in each["message"]]


def counts(report: Json) -> Json:
    """Return the figures of a report that a rerun must repeat."""
    names = ("objects", "lines", "accepted", "duplicates", "quarantined", "quarantinedTotal", "maxEventTime")
    return {name: report[name] for name in names}


def test_spark_submit_gives_the_same_answer(platform_with_spark_submit: Driver) -> None:
    driver = platform_with_spark_submit
    driver.send(*(arrival.line for arrival in sample_events(driver.slot_end)))
    outcome: SlotOutcome = driver.run_slot()
    assert outcome.report["accepted"] == 20
    driver.assert_tables()
    assert driver.runtime.get("permissions")["denied"] == []
