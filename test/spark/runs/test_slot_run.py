"""Whole slot runs on real tables: what stands afterwards, whatever arrived, repeated, failed or came late."""

from __future__ import annotations

import gzip
from decimal import Decimal
from typing import Any, Dict, Iterable, List, Optional

import pytest
from killed_runs import KilledError, kill_after
from spark_lake import LakeFactory, TestLake, golden_document, raw_event, us

from medallion import instants
from medallion.errors import InputError
from medallion.runs.slot_run import SlotRun

GOLD, SILVER = "card_features", "card_transactions"
FIRST, SECOND, THIRD = "2025-10-23T22:10:00.000Z", "2025-10-23T22:20:00.000Z", "2025-10-23T22:30:00.000Z"


def end_state(lake: TestLake) -> Dict[str, Any]:
    """Return everything that must not depend on how the platform got there."""
    return {"silver": lake.rows(SILVER), "gold": lake.rows(GOLD)}


def snapshots(report: Dict[str, Any]) -> List[Optional[int]]:
    return [report["silver"]["snapshotId"], *(group["snapshotId"] for group in report["groups"])]


def without_durations(report: Dict[str, Any], *others: str) -> Dict[str, Any]:
    return {name: value for name, value in report.items() if name not in ("durationsMs", *others)}


def arrive_mixed(lake: TestLake) -> None:
    """Deliver good lines among every kind of bad one: 12 lines and 2 blank ones, in two objects."""
    first = raw_event("e1", "22:00:10", amount=125.5)
    lake.arrive(
        "2025-10-23T22:01:00Z",
        [
            first,
            "{not json",
            "",
            first,
            raw_event("e1", "22:00:10", amount=99),
            raw_event("e2", "22:00:20", amount="45.99", pos_mode="chip", extra=1),
            raw_event("e3", "22:00:30", amount=-1),
            "  ",
            raw_event("e4", "22:00:40", card=None),
            raw_event("e5", "22:20:00"),
            {**raw_event("e6", "00:00:00"), "ts": us("2025-10-16T22:00:59Z") // 1_000_000},
        ],
    )
    whole = gzip.compress(
        b'{"event_id":"e7","card_id":"c2","ts":1761256830,"merchant_id":"m2","amount":7}\n' + bytes(range(256)) * 40
    )
    lake.arrive_bytes("2025-10-23T22:02:00Z", whole[: len(whole) - 200], "b")


@pytest.fixture(scope="module")
def mixed(new_lake_as_on_emr: LakeFactory) -> TestLake:
    """Return a lake after one slot of mixed lines."""
    lake = new_lake_as_on_emr()
    arrive_mixed(lake)
    lake.reports["first"] = lake.run(FIRST)
    return lake


def test_every_line_is_accepted_a_duplicate_or_quarantined_with_its_reason(mixed: TestLake) -> None:
    report = mixed.reports["first"]
    unparseable = report["quarantined"]["unparseable"]
    assert report["quarantined"] == {
        "unparseable": unparseable,
        "missing_required": 1,
        "out_of_bounds": 1,
        "conflicting_duplicate": 1,
        "from_the_future": 1,
        "too_late": 1,
    }
    assert unparseable >= 2  # one line of the first object, and of the damaged one its noise and its tail
    assert (report["accepted"], report["duplicates"], report["unknownColumns"]) == (3, 1, 1)
    assert report["quarantinedTotal"] == len(mixed.quarantine(FIRST)) == 5 + unparseable
    assert report["lines"] == 3 + 1 + 5 + unparseable


def test_quarantine_says_which_rule_which_column_and_where_the_line_stands(mixed: TestLake) -> None:
    rows = [row for row in mixed.quarantine(FIRST) if row["source_object"].endswith("a.json.gz")]
    assert [(row["reason"], row["column"], row["source_line"]) for row in rows] == [
        ("unparseable", None, 2),
        ("conflicting_duplicate", None, 5),
        ("out_of_bounds", "amount", 7),
        ("missing_required", "card_id", 9),
        ("from_the_future", "ts", 10),
        ("too_late", "ts", 11),
    ]
    assert rows[0]["raw"] == "{not json"
    assert '"amount": 99' in rows[1]["raw"]


def test_silver_has_typed_values_and_provenance(mixed: TestLake) -> None:
    first = mixed.rows(SILVER)[0]
    assert (first["event_id"], first["amount"], first["card_id"]) == ("e1", Decimal("125.50"), "c1")
    assert instants.micros_of(first["event_time"]) == us("2025-10-23T22:00:10Z")
    assert first["source_object"] == "bronze/streaming/card_authorization/ingest_dt=2025/10/23/22/01/a.json.gz"
    assert first["source_line"] == 1
    assert str(first["dt"]) == "2025-10-23"


def test_gold_equals_the_quadratic_model(mixed: TestLake) -> None:
    assert mixed.rows(GOLD) == mixed.model_gold(SILVER)


def test_data_and_metadata_lie_under_their_prefixes(mixed: TestLake) -> None:
    for prefix in ("silver/card_transactions/dt=2025-10-23/", "gold/card_features/dt=2025-10-23/"):
        assert [key for key in mixed.keys(prefix) if key.endswith(".parquet")]
    assert mixed.keys("silver/_iceberg/card_transactions/metadata/")


def test_the_first_publish_set_has_every_entity(mixed: TestLake) -> None:
    assert mixed.published(FIRST) == [
        {
            "card_id": "c1",
            "event_time": FIRST,
            "txn_count_1h": 2,
            "txn_amount_1h": "171.49",  # 125.50 + 45.99
            "merchant_count_24h": 1,
            "avg_amount_7d": 85.745,
            "last_merchant_id": "m1",
            "last_amount": "45.99",
            "last_pos_mode": "chip",
        },
        {
            "card_id": "c2",
            "event_time": FIRST,
            "txn_count_1h": 1,
            "txn_amount_1h": "7.00",
            "merchant_count_24h": 1,
            "avg_amount_7d": 7.0,
            "last_merchant_id": "m2",
            "last_amount": "7.00",
        },
    ]


def test_a_rerun_changes_nothing_and_publishes_nothing(mixed: TestLake) -> None:
    before, first = end_state(mixed), mixed.reports["first"]
    again = mixed.run(FIRST)
    assert snapshots(again) == snapshots(first)
    assert end_state(mixed) == before
    assert mixed.published(FIRST) == []
    assert (again["publish"]["active"], again["silver"]["inserted"], again["groups"][0]["goldWritten"]) == (False, 0, 0)
    assert without_durations(again, "silver", "groups", "publish") == without_durations(
        first, "silver", "groups", "publish"
    )


def test_a_late_event_rewrites_only_the_gold_rows_that_it_changes(new_lake: LakeFactory) -> None:
    lake = new_lake()
    lake.arrive(
        "2025-10-23T22:01:00Z",
        [
            raw_event("before", "19:59:59"),
            raw_event("tied", "20:00:00"),
            raw_event("within", "20:59:00"),
            raw_event("next_hour", "21:30:00", merchant_id="m2"),
            raw_event("other", "20:30:00", card="c2"),
        ],
    )
    lake.run(FIRST)
    before = {row["event_id"]: row for row in lake.rows(GOLD)}
    lake.arrive("2025-10-23T22:12:00Z", [raw_event("late", "20:00:00", amount=20)])
    report = lake.run(SECOND)
    after = {row["event_id"]: row for row in lake.rows(GOLD)}
    assert lake.rows(GOLD) == lake.model_gold(SILVER)
    assert {name for name in after if after[name] != before.get(name)} == {"late", "within", "next_hour"}
    assert report["groups"][0]["goldWritten"] == 3
    # Both at 20:00:00 see the event at 19:59:59 alone, and neither sees the other.
    assert (after["tied"]["txn_count_1h"], after["late"]["txn_count_1h"]) == (1, 1)
    assert [record["card_id"] for record in lake.published(SECOND)] == ["c1"]


def test_a_silent_entity_decays_to_empty_when_its_event_leaves_and_is_then_left_alone(new_lake: LakeFactory) -> None:
    lake = new_lake()
    lake.arrive("2025-10-23T22:01:00Z", [raw_event("e1", "22:00:30")])
    lake.run(FIRST)
    # At 23:00:00 the window is [22:00:00, 23:00:00) and still holds the event of 22:00:30; at 23:10:00 it does not.
    full = lake.run("2025-10-23T23:00:00.000Z")
    assert full["publish"]["records"] == 0
    lake.run("2025-10-23T23:10:00.000Z")
    (record,) = lake.published("2025-10-23T23:10:00.000Z")
    assert (record["txn_count_1h"], record["txn_amount_1h"], record["merchant_count_24h"]) == (0, "0.00", 1)
    assert lake.run("2025-10-23T23:20:00.000Z")["publish"]["records"] == 0
    # Seven days and a slot later nothing is left to aggregate.
    lake.run("2025-10-30T22:10:00.000Z")
    assert lake.published("2025-10-30T22:10:00.000Z") == [
        {
            "card_id": "c1",
            "event_time": "2025-10-30T22:10:00.000Z",
            "txn_count_1h": 0,
            "txn_amount_1h": "0.00",
            "merchant_count_24h": 0,
        }
    ]


def deliver_conflicts(lake: TestLake, name: str) -> None:
    """Deliver one of two objects that disagree about an event's content, entity, time and day."""
    lines = {
        "early": [
            raw_event("x", "21:59:00", card="c1"),
            raw_event("y", "22:00:00", card="c2"),
            raw_event("z", "22:00:30"),
        ],
        "later": [
            raw_event("x", "21:58:00", card="c3", amount=77),
            {**raw_event("y", "00:00:00"), "ts": us("2025-10-22T22:00:00Z") // 1_000_000},
            raw_event("z", "22:00:30"),
            raw_event("w", "22:01:00", card="c3"),
        ],
    }
    lake.arrive({"early": "2025-10-23T22:01:00Z", "later": "2025-10-23T22:02:00Z"}[name], lines[name], name)


def test_the_order_of_delivery_does_not_change_what_stands(new_lake: LakeFactory) -> None:
    together, swapped = new_lake(), new_lake()
    deliver_conflicts(together, "early")
    deliver_conflicts(together, "later")
    report = together.run(FIRST)
    assert (report["accepted"], report["duplicates"], report["quarantined"]) == (4, 1, {"conflicting_duplicate": 2})

    deliver_conflicts(swapped, "later")
    assert swapped.run(FIRST)["accepted"] == 4
    deliver_conflicts(swapped, "early")
    second = swapped.run(SECOND)
    assert (second["silver"]["inserted"], second["silver"]["replaced"]) == (0, 3)
    assert end_state(swapped) == end_state(together)
    assert swapped.rows(GOLD) == swapped.model_gold(SILVER)
    assert swapped.run(FIRST)["quarantined"] == {"conflicting_duplicate": 2}


STEPS = ["write_quarantine", "merge_silver", "merge_gold", "write_publish_set", "write_manifest"]


def deliver(lake: TestLake, minutes: Iterable[int]) -> None:
    for minute in minutes:
        lake.arrive(
            f"2025-10-23T22:{minute:02d}:00Z",
            [
                raw_event(f"e{minute}", f"22:{minute - 1:02d}:30", card=f"c{minute % 2}", amount=minute),
                raw_event(f"old{minute}", f"2{minute % 2}:00:00", amount=minute),
                "poison",
            ],
        )


@pytest.fixture(scope="module")
def clean(new_lake: LakeFactory) -> Dict[str, Any]:
    """Return what two slots without any trouble leave behind."""
    lake = new_lake()
    deliver(lake, (2, 3))
    lake.run(FIRST)
    deliver(lake, (12,))
    report = lake.run(SECOND)
    return {
        **end_state(lake),
        "records": lake.published(SECOND),
        "quarantine": lake.quarantine(SECOND),
        "report": report,
    }


def test_a_run_that_is_killed_after_every_step_in_turn_leaves_what_a_clean_run_leaves(
    new_lake: LakeFactory, clean: Dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = new_lake()
    deliver(lake, (2, 3))
    lake.run(FIRST)
    deliver(lake, (12,))
    for step in STEPS:
        with monkeypatch.context() as patched:
            kill_after(patched, SlotRun, step)
            with pytest.raises(KilledError, match=step):
                lake.run(SECOND)
    report = lake.run(SECOND)
    assert end_state(lake) == {"silver": clean["silver"], "gold": clean["gold"]}
    assert lake.published(SECOND) == clean["records"]
    assert lake.quarantine(SECOND) == clean["quarantine"]
    counted = ("slotEnd", "objects", "lines", "accepted", "duplicates", "quarantined", "maxEventTime")
    assert {name: report[name] for name in counted} == {name: clean["report"][name] for name in counted}


def test_a_slot_that_died_between_silver_and_gold_is_healed_by_the_next(
    new_lake: LakeFactory, clean: Dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = new_lake()
    deliver(lake, (2, 3))
    with monkeypatch.context() as patched:
        kill_after(patched, SlotRun, "merge_silver")
        with pytest.raises(KilledError):
            lake.run(FIRST)
    deliver(lake, (12,))
    report = lake.run(SECOND)
    assert len(report["objects"]) == 3
    assert end_state(lake) == {"silver": clean["silver"], "gold": clean["gold"]}
    assert {record["card_id"] for record in lake.published(SECOND)} == {"c0", "c1"}


def test_a_publish_that_never_finished_is_made_up_for_by_the_next_slot(new_lake: LakeFactory) -> None:
    lake = new_lake()
    lake.arrive("2025-10-23T22:01:00Z", [raw_event("e1", "22:00:30", card="c1")])
    lake.run(FIRST)
    lake.arrive("2025-10-23T22:11:00Z", [raw_event("e2", "22:10:30", card="c2")])
    lake.run(SECOND, publish=False)
    report = lake.run(THIRD)
    assert report["publish"]["since"] == FIRST
    assert [record["card_id"] for record in lake.published(THIRD)] == ["c2"]


def test_a_record_of_a_slot_that_was_published_in_part_is_written_again(new_lake: LakeFactory) -> None:
    """At the end of the first slot and of the third the features are the same, and in between they are not."""
    lake = new_lake()
    lake.arrive("2025-10-23T21:11:00Z", [raw_event("e1", "21:10:30")])
    lake.run(FIRST)
    lake.run(SECOND, publish=False)
    lake.arrive("2025-10-23T22:21:00Z", [raw_event("e2", "22:20:30")])
    lake.run(THIRD)
    counts = [record["txn_count_1h"] for slot in (FIRST, SECOND, THIRD) for record in lake.published(slot)]
    assert counts == [1, 0, 1]
    assert lake.run("2025-10-23T22:40:00.000Z")["publish"]["records"] == 0


def deliver_correction(lake: TestLake) -> None:
    """Deliver an object that arrived before one that was served, and gives the only event of c1 to another card."""
    lake.arrive("2025-10-23T22:01:00Z", [raw_event("e1", "22:00:30", card="c3")], "found late")


NOTHING = {"txn_count_1h": 0, "txn_amount_1h": "0.00", "merchant_count_24h": 0}


def assert_corrected(lake: TestLake, slot: str) -> None:
    """Check that a slot publishes both cards of the correction, and that it is the last to do so."""
    c1, c3 = lake.published(slot)
    assert c1 == {"card_id": "c1", "event_time": slot, **NOTHING}
    assert (c3["card_id"], c3["txn_count_1h"]) == ("c3", 1)
    assert lake.run("2025-10-23T22:50:00.000Z")["publish"]["records"] == 0
    assert lake.keys("control/republish/") == []


def served_before_correction(new_lake: LakeFactory) -> TestLake:
    lake = new_lake()
    lines = [raw_event("e1", "22:00:30", card="c1"), raw_event("e2", "22:00:30", card="c2")]
    lake.arrive("2025-10-23T22:02:00Z", lines)
    lake.run(FIRST)
    deliver_correction(lake)
    return lake


@pytest.mark.parametrize("step", ["write_renewals", "merge_silver", "write_publish_set", "write_report"])
def test_a_correction_that_was_killed_at_any_step_reaches_the_record_that_lost_its_event(
    new_lake: LakeFactory, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    lake = served_before_correction(new_lake)
    with monkeypatch.context() as patched:
        kill_after(patched, SlotRun, step)
        with pytest.raises(KilledError, match=step):
            lake.run(SECOND)
    # Once silver is merged, the repeated run finds nothing to replace, and knows from the first what was displaced.
    report = lake.run(SECOND)
    assert report["silver"]["replaced"] == (1 if step == "write_renewals" else 0)
    assert_corrected(lake, SECOND)


def test_a_correction_is_kept_for_every_slot_until_one_is_published(new_lake: LakeFactory) -> None:
    lake = served_before_correction(new_lake)
    for slot in (SECOND, THIRD, THIRD):
        assert len(lake.run(slot, publish=False)["renewals"]) == 1
    fourth = "2025-10-23T22:40:00.000Z"
    lake.run(fourth)
    assert_corrected(lake, fourth)
    assert lake.run(fourth)["publish"]["records"] == 0


def test_a_slot_without_a_displaced_line_writes_no_renewal(
    new_lake: LakeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = new_lake()
    monkeypatch.delattr(SlotRun, "write_renewals")
    lake.arrive("2025-10-23T22:02:00Z", [raw_event("e1", "22:00:30")])
    lake.run(FIRST)
    lake.arrive("2025-10-23T22:03:00Z", [raw_event("e1", "22:00:30"), raw_event("e2", "22:00:30")])
    report = lake.run(SECOND)
    assert (report["duplicates"], report["silver"]["replaced"], report["renewals"]) == (1, 0, [])
    assert lake.keys("control/republish/") == []


def without_last_feature() -> Dict[str, Any]:
    document = golden_document()
    document["featureGroups"][0]["features"].pop()
    return document


def test_an_added_feature_reaches_every_entity_with_the_next_slot_that_is_published(new_lake: LakeFactory) -> None:
    old = new_lake(without_last_feature())
    lines = [raw_event("e1", "22:00:30", pos_mode="chip"), raw_event("e2", "22:00:30", card="c2", pos_mode="chip")]
    old.arrive("2025-10-23T22:01:00Z", lines)
    before = old.run(FIRST)["groups"][0]["definition"]
    lake = old.with_spec(golden_document())
    # Reading the old slot again by the new spec publishes nothing, and so has to leave what it says it published.
    assert lake.run(FIRST)["groups"][0]["definition"] == before
    assert lake.run(SECOND, publish=False)["groups"][0]["definition"] == lake.spec.feature_groups[0].definition
    lake.run(THIRD)
    for slot in (SECOND, THIRD):
        assert [record["last_pos_mode"] for record in lake.published(slot)] == ["chip", "chip"]
    assert lake.run("2025-10-23T22:40:00.000Z")["publish"]["records"] == 0


def test_an_object_that_states_no_arrival_minute_stops_nothing_and_is_reported(new_lake: LakeFactory) -> None:
    lake = new_lake()
    stray = f"{lake.spec.layout.bronze}notes.txt"
    lake.s3.put_object(Bucket=lake.bucket, Key=stray, Body=b"{}")
    lake.arrive("2025-10-23T22:01:00Z", [raw_event("e1", "22:00:30")])
    report = lake.run(FIRST)
    assert (report["lines"], len(report["objects"]), report["strayObjects"]) == (1, 1, [stray])
    assert lake.document("control/results/20251023T221000Z.json")["strayObjects"] == 1


def test_a_slot_without_objects_commits_an_empty_report(new_lake: LakeFactory) -> None:
    lake = new_lake()
    report = lake.run(FIRST)
    assert (report["lines"], report["objects"], snapshots(report)) == (0, [], [None, None])
    assert report["publish"] == {
        "active": True,
        "records": 0,
        "parts": 0,
        "since": None,
        "manifestKey": "publish/manifest/slot=20251023T221000Z.json",
    }
    assert lake.published(FIRST) == []


def test_a_slot_end_off_the_grid_is_refused(new_lake: LakeFactory) -> None:
    with pytest.raises(InputError, match="expected a multiple of 10 minutes"):
        new_lake().slot_run("2025-10-23T22:15:00Z")
