"""Backfills: silver, gold and quarantine become what a fresh platform would have, whatever stood there before."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Dict, List

import pytest
from killed_runs import KilledError, kill_after
from spark_lake import LakeFactory, TestLake, golden_document, raw_event, us

from medallion.errors import InputError
from medallion.layers.line_counts import ConservationError
from medallion.runs.backfill_run import BackfillRun, Chunk

GOLD, SILVER = "card_features", "card_transactions"
START, MIDNIGHT, END = "2025-10-22T00:00:00.000Z", "2025-10-23T00:00:00.000Z", "2025-10-24T00:00:00.000Z"


def old_document() -> Dict[str, Any]:
    """Return a spec without the column ``pos_mode`` and its feature."""
    document = golden_document()
    document["events"]["columns"].pop()
    document["featureGroups"][0]["features"].pop()
    return document


def new_document() -> Dict[str, Any]:
    """Return the golden spec with a bound on the amount, and currencies in letters of either size."""
    document = golden_document()
    columns = {column["name"]: column for column in document["events"]["columns"]}
    columns["amount"]["lessThanOrEqualTo"] = "1000"
    columns["currency"]["pattern"] = "^[A-Za-z]{3}$"
    return document


def deliver(lake: TestLake) -> None:
    """Deliver two days of lines, of which the two specs think differently."""
    lake.arrive(
        "2025-10-22T10:05:00Z",
        [
            raw_event("kept", "22T10:00:00"),
            raw_event("wider", "22T10:00:10", pos_mode="chip"),
            raw_event("huge_twice_a_day", "22T10:00:20", amount=5000),
            raw_event("huge_then_small", "22T10:00:30", amount=5000),
            raw_event("huge", "22T10:00:40", amount=5000),
            raw_event("small_letters", "22T09:00:00", "c2", currency="eur"),
            raw_event("moved", "22T09:10:00", "c2", currency="usd"),
            raw_event("twice", "22T10:01:00"),
            *(raw_event(f"{name}_by_hand", f"22T10:02:0{at}") for at, name in enumerate(BY_HAND)),
            "{poison",
        ],
    )
    lake.arrive(
        "2025-10-22T11:00:00Z",
        [
            raw_event("huge_twice_a_day", "22T10:59:00", amount=5),
            raw_event("moved", "22T10:58:00", "c3"),
            raw_event("seen_after", "22T10:57:00", "c2"),
        ],
    )
    lake.arrive("2025-10-23T00:00:00Z", [raw_event("before_midnight", "22T23:59:50")])
    lake.arrive(
        "2025-10-23T09:00:00Z",
        [
            raw_event("huge_then_small", "23T08:59:00", amount=7),
            raw_event("small_letters", "23T08:58:00", "c3", currency="EUR"),
            raw_event("twice", "22T10:01:00"),
            raw_event("late", "21T12:00:00", "c2"),
            raw_event("next_day", "23T08:57:00", "c2"),
            raw_event("next_day_too", "23T08:56:00", "c3"),
        ],
    )


BY_HAND = ("changed", "deleted", "doubled", "displaced")


def change_by_hand(lake: TestLake) -> None:
    """Damage both tables as nobody should."""
    silver, gold = (f"glue_catalog.`{lake.bucket}`.`{name}`" for name in (SILVER, GOLD))
    for statement in (
        f"UPDATE {silver} SET amount = 77, card_id = 'nobody' WHERE event_id = 'changed_by_hand'",
        f"DELETE FROM {silver} WHERE event_id = 'deleted_by_hand'",
        f"INSERT INTO {silver} SELECT * FROM {silver} WHERE event_id = 'doubled_by_hand'",
        f"UPDATE {silver} SET event_time = TIMESTAMP '2025-09-01 00:00:00', dt = DATE '2025-09-01'"
        " WHERE event_id = 'displaced_by_hand'",
        f"UPDATE {gold} SET txn_count_1h = 99 WHERE event_id = 'kept'",
        f"DELETE FROM {gold} WHERE event_id IN ('twice', 'before_midnight')",
        f"INSERT INTO {gold} SELECT * FROM {gold} WHERE event_id = 'seen_after'",
        f"UPDATE {gold} SET event_id = 'phantom', card_id = 'nobody' WHERE event_id = 'doubled_by_hand'",
    ):
        lake.spark.sql(statement)


def state(lake: TestLake) -> Dict[str, List[Dict[str, Any]]]:
    """Return everything that follows from bronze and the spec."""
    return {"silver": lake.rows(SILVER), "gold": lake.rows(GOLD), "quarantine": lake.quarantine()}


def fresh_state(new_lake: LakeFactory, document: Dict[str, Any], lake: TestLake) -> Dict[str, Any]:
    """Return what a new platform makes of the lake's bronze objects, taken by one slot."""
    fresh = new_lake(document)
    for key in lake.keys("bronze/"):
        fresh.s3.put_object(Bucket=fresh.bucket, Key=key, Body=lake.body(key))
    fresh.run(END)
    return state(fresh)


@pytest.fixture(scope="module")
def healed(new_lake: LakeFactory) -> TestLake:
    """Return a lake that was filled by the old spec and damaged by hand, after a backfill by the new one."""
    old = new_lake(old_document())
    deliver(old)
    old.run(MIDNIGHT)
    old.run(END)
    change_by_hand(old)
    lake = old.with_spec(new_document())
    lake.reports["first day"] = lake.backfill_run(START, MIDNIGHT).run()
    lake.reports["second day"] = lake.backfill_run(MIDNIGHT, END).run()
    return lake


def test_everything_is_as_a_fresh_platform_makes_it(new_lake: LakeFactory, healed: TestLake) -> None:
    found, fresh = state(healed), fresh_state(new_lake, new_document(), healed)
    for layer in ("silver", "gold", "quarantine"):
        assert found[layer] == fresh[layer], layer


def test_gold_equals_the_quadratic_model_of_silver(healed: TestLake) -> None:
    assert healed.rows(GOLD) == healed.model_gold(SILVER)


def test_of_each_event_the_first_line_stands_that_the_new_rules_accept(healed: TestLake) -> None:
    found = {
        row["event_id"]: (f"{row['arrival_time']:%dT%H:%M}", row["card_id"], row["amount"], row["currency"])
        for row in healed.rows(SILVER)
    }
    first = ("22T10:05", "c1", Decimal("10.00"), None)
    assert found == {
        "kept": first,
        "wider": first,
        "huge_twice_a_day": ("22T11:00", "c1", Decimal("5.00"), None),
        "huge_then_small": ("23T09:00", "c1", Decimal("7.00"), None),
        "small_letters": ("22T10:05", "c2", Decimal("10.00"), "eur"),
        "moved": ("22T10:05", "c2", Decimal("10.00"), "usd"),
        "twice": first,
        **{f"{name}_by_hand": first for name in BY_HAND},
        "seen_after": ("22T11:00", "c2", Decimal("10.00"), None),
        "before_midnight": ("23T00:00", "c1", Decimal("10.00"), None),
        "late": ("23T09:00", "c2", Decimal("10.00"), None),
        "next_day": ("23T09:00", "c2", Decimal("10.00"), None),
        "next_day_too": ("23T09:00", "c3", Decimal("10.00"), None),
    }
    assert len(healed.rows(SILVER)) == len(found)


def test_quarantine_has_the_lines_that_the_new_rules_refuse(healed: TestLake) -> None:
    found = [(f"{row['arrival_time']:%dT%H:%M}", row["source_line"], row["reason"]) for row in healed.quarantine()]
    assert found == [
        ("22T10:05", 3, "out_of_bounds"),
        ("22T10:05", 4, "out_of_bounds"),
        ("22T10:05", 5, "out_of_bounds"),
        ("22T10:05", 13, "unparseable"),
        ("22T11:00", 2, "conflicting_duplicate"),
        ("23T09:00", 2, "conflicting_duplicate"),
    ]


def test_the_reports_count_lines_and_changes(healed: TestLake) -> None:
    first, second = healed.reports["first day"], healed.reports["second day"]
    # Of 13 and 3 lines three huge amounts, the poison and the later line of the moved event are refused; of 1 and 6
    # lines one repeats an event, and one contradicts the line in small letters.
    assert (first["lines"], first["accepted"], first["duplicates"], first["quarantinedTotal"]) == (16, 11, 0, 5)
    assert (second["lines"], second["accepted"], second["duplicates"], second["quarantinedTotal"]) == (7, 5, 1, 1)
    # Inserted: what was deleted by hand. Replaced: wider, huge_twice_a_day, small_letters, moved and three by hand.
    # Deleted: the other two huge ones, of which the second day brings one back.
    assert changes(first) == {"inserted": 1, "replaced": 7, "deleted": 2, "withoutObject": 0}
    assert changes(second) == {"inserted": 1, "replaced": 0, "deleted": 0, "withoutObject": 0}
    assert healed.document("control/backfills/b/20251022T000000Z_20251023T000000Z.json") == first
    assert (first["from"], first["to"], first["specHash"]) == (START, MIDNIGHT, healed.spec.spec_hash)


def test_another_backfill_of_the_range_changes_nothing(healed: TestLake) -> None:
    before = state(healed)
    report = healed.backfill_run(START, END, "again").run()
    assert (changes(report)["replaced"], report["groups"][0]["goldWritten"]) == (0, 0)
    assert report["silver"]["snapshotId"] == healed.reports["second day"]["silver"]["snapshotId"]
    assert report["groups"][0]["snapshotId"] == healed.reports["second day"]["groups"][0]["snapshotId"]
    assert state(healed) == before


def test_a_chunk_is_done_again_only_if_the_spec_is_another_or_a_publish_is_asked_for(healed: TestLake) -> None:
    first = healed.reports["first day"]
    assert healed.backfill_run(START, MIDNIGHT).run() == first
    other = golden_document()
    other["events"]["allowedSkewUs"] += 1
    assert healed.with_spec(other).backfill_run(START, MIDNIGHT).run()["specHash"] != first["specHash"]
    assert healed.backfill_run(START, MIDNIGHT, publish=True).run()["publish"] is True


def changes(report: Dict[str, Any]) -> Dict[str, int]:
    return {name: count for name, count in report["silver"].items() if name != "snapshotId"}


STEPS = [
    "write_quarantine",
    "settle",
    "merge_gold",
    "hold_renewals",
    "merge_silver",
    "check_tables",
    "request_republish",
]


def of_one_hour(document: Dict[str, Any]) -> Dict[str, Any]:
    """Return the document with features of an hour alone, so that late events reach less than all that follows."""
    document["featureGroups"][0]["features"] = document["featureGroups"][0]["features"][:2]
    return document


def test_a_run_that_is_killed_after_every_step_ends_as_a_clean_one_although_slots_run_in_between(
    new_lake: LakeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = new_lake(of_one_hour(golden_document()))
    old.arrive("2025-10-22T10:05:00Z", [raw_event("huge", "22T10:00:00", amount=5000)])
    old.arrive("2025-10-22T10:51:00Z", [raw_event("reached", "22T10:50:00")])
    old.run("2025-10-22T23:30:00.000Z")
    lake = old.with_spec(of_one_hour(new_document()))
    chunk = START, "2025-10-22T10:30:00.000Z"
    for minute, step in enumerate(STEPS):
        with monkeypatch.context() as patched:
            kill_after(patched, BackfillRun, step)
            with pytest.raises(KilledError, match=step):
                lake.backfill_run(*chunk, publish=True).run()
        # Reaches the huge event, but not all that it reaches: nothing but the repeated run can find those rows.
        lake.arrive(f"2025-10-23T00:0{minute}:00Z", [raw_event(f"late{minute}", f"22T09:3{minute}:00")])
        lake.run(f"2025-10-23T{1 + minute // 6:02d}:{minute % 6}0:00.000Z")
    lake.backfill_run(*chunk, publish=True).run()
    assert state(lake) == fresh_state(new_lake, of_one_hour(new_document()), lake)
    assert lake.rows(GOLD) == lake.model_gold(SILVER)


def test_gold_is_recomputed_in_the_range_and_where_silver_changed_but_nowhere_else(new_lake: LakeFactory) -> None:
    old = new_lake()
    old.arrive("2025-10-21T23:59:00Z", [raw_event("before", "21T23:58:00"), raw_event("other", "21T23:58:00", "c2")])
    old.arrive(
        "2025-10-22T10:00:00Z", [raw_event("huge", "22T09:59:00", amount=5000), raw_event("in", "22T09:59:30", "c2")]
    )
    old.arrive("2025-10-23T10:00:00Z", [raw_event("after", "23T09:59:00"), raw_event("next", "23T09:59:00", "c2")])
    old.run(END)
    old.spark.sql(f"UPDATE glue_catalog.`{old.bucket}`.`{GOLD}` SET txn_count_1h = 99")
    lake = old.with_spec(new_document())
    report = lake.backfill_run(START, MIDNIGHT).run()
    # The huge event is deleted, which changes the mean of seven days on the day after.
    found = {row["event_id"]: (row["txn_count_1h"], row["avg_amount_7d"]) for row in lake.rows(GOLD)}
    assert found == {"before": (99, None), "other": (99, None), "in": (0, 10.0), "after": (0, 10.0), "next": (99, 10.0)}
    assert report["groups"][0]["goldWritten"] == 3


def test_a_new_feature_is_computed_for_the_lines_of_the_range_those_of_the_day_before_included(
    new_lake: LakeFactory,
) -> None:
    old = new_lake(old_document())
    deliver(old)
    old.run(END)
    lake = old.with_spec(golden_document())
    lake.backfill_run(START, END).run()
    assert lake.rows(GOLD) == lake.model_gold(SILVER)
    # The event from before the range arrived in it.
    assert min(row["event_time"] for row in lake.rows(GOLD)).day == 21


def test_a_new_group_is_filled(new_lake: LakeFactory) -> None:
    old = new_lake()
    deliver(old)
    old.run(END)
    document = golden_document()
    (cards,) = document["featureGroups"]
    folders = {name: prefix.replace("card_features", "merchants") for name, prefix in cards["layout"].items()}
    names = {"name": "merchants", "featureGroupName": "merchants", "table": "merchants"}
    keys = {"entity": ["merchant_id"], "recordIdentifier": "merchant_id", "features": cards["features"][:4]}
    document["featureGroups"].append({**cards, **names, **keys, "layout": folders})
    lake = old.with_spec(document)
    report = lake.backfill_run(START, END).run()
    assert [group["goldWritten"] for group in report["groups"]] == [0, len(lake.rows(SILVER))]
    assert lake.rows("merchants") == lake.model_gold(SILVER, 1)


def test_rows_whose_object_is_gone_from_bronze_stay_and_are_counted(new_lake: LakeFactory) -> None:
    old = new_lake()
    expired = old.arrive("2025-10-22T10:00:00Z", [raw_event("huge", "22T09:59:00", amount=5000)], "a")
    old.arrive("2025-10-22T10:00:00Z", [raw_event("huge_too", "22T09:59:00", amount=5000)], "b")
    old.run(END)
    old.s3.delete_object(Bucket=old.bucket, Key=expired)
    report = old.with_spec(new_document()).backfill_run(START, MIDNIGHT).run()
    assert [row["event_id"] for row in old.rows(SILVER)] == ["huge"]
    assert (report["objects"], changes(report)["deleted"], changes(report)["withoutObject"]) == (1, 1, 1)


def test_a_range_without_anything_is_an_empty_report(new_lake: LakeFactory) -> None:
    lake = new_lake()
    lake.s3.put_object(Bucket=lake.bucket, Key=f"{lake.spec.layout.bronze}ingest_dt=2025/10/22/notes.txt", Body=b"x")
    report = lake.backfill_run(START, MIDNIGHT).run()
    assert (report["lines"], report["objects"], report["strayObjects"], report["republish"]) == (0, 0, 1, [])
    assert (report["silver"]["snapshotId"], report["groups"][0]["goldWritten"]) == (None, 0)


@pytest.mark.parametrize("step", ["merge_silver", "merge_gold"])
def test_a_step_that_did_not_do_its_work_stops_the_run(
    new_lake: LakeFactory, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    lake = new_lake()
    lake.arrive("2025-10-22T10:00:00Z", [raw_event("a", "22T09:59:00")])
    monkeypatch.setattr(BackfillRun, step, lambda *_: 0)
    with pytest.raises(ConservationError, match=r"got [01], expected [01] as "):
        lake.backfill_run(START, MIDNIGHT).run()
    assert lake.keys("control/backfills/") == []


def test_the_next_slot_publishes_every_entity_once_if_that_was_asked_for(new_lake: LakeFactory) -> None:
    lake = new_lake()
    lake.arrive("2025-10-22T10:00:00Z", [raw_event("a", "22T09:59:00"), raw_event("b", "22T09:59:00", "c2")])
    lake.run(MIDNIGHT)
    slots = [f"2025-10-23T00:{minute}0:00.000Z" for minute in range(1, 5)]
    lake.run(slots[0], publish=False)
    silent = lake.backfill_run(START, MIDNIGHT).run()
    report = lake.backfill_run(START, MIDNIGHT, publish=True).run()
    requests = ["control/republish/20251023T000000Z.json", "control/republish/20251023T001000Z.json"]
    assert (silent["republish"], report["republish"]) == ([], requests)
    # The first slot was committed before the request, and is marked as published only now.
    lake.mark_published(slots[0])
    assert [len(lake.published(slot)) for slot in slots[1:] if lake.run(slot)] == [2, 0, 0]


def test_a_record_whose_last_event_a_backfill_deleted_is_published_when_that_is_asked_for(
    new_lake: LakeFactory,
) -> None:
    """The first backfill asks for nothing; the second has nothing left to delete, and lets the next slot publish."""
    old = new_lake()
    old.arrive("2025-10-22T10:05:00Z", [raw_event("huge", "22T10:00:00", "c1", amount=5000)])
    old.arrive("2025-10-22T10:06:00Z", [raw_event("small", "22T10:00:00", "c2", amount=5)])
    old.run(MIDNIGHT)
    lake = old.with_spec(new_document())
    slots = [f"2025-10-23T00:{minute}0:00.000Z" for minute in range(1, 4)]
    assert lake.backfill_run(START, MIDNIGHT).run()["silver"]["deleted"] == 1
    assert lake.run(slots[0])["publish"]["records"] == 0
    again = lake.backfill_run(START, MIDNIGHT, publish=True).run()
    assert again["silver"]["deleted"] == 0
    lake.run(slots[1])
    c1, c2 = lake.published(slots[1])
    # An hour has no event for either card; c1 has none at all, c2 one of 5.00 in 24 hours and in 7 days.
    assert (c1["card_id"], c1["merchant_count_24h"], "avg_amount_7d" in c1) == ("c1", 0, False)
    assert (c2["card_id"], c2["merchant_count_24h"], c2["avg_amount_7d"]) == ("c2", 1, 5.0)
    assert lake.run(slots[2])["publish"]["records"] == 0
    assert lake.keys("control/republish/entities/") == lake.keys("control/republish/held/") == []


def test_what_a_backfill_held_back_is_published_with_the_whole_of_its_group(new_lake: LakeFactory) -> None:
    old = new_lake()
    old.arrive("2025-10-22T10:05:00Z", [raw_event("huge", "22T10:00:00", "c1", amount=5000)])
    old.arrive("2025-10-22T10:06:00Z", [raw_event("small", "22T10:00:00", "c2", amount=5)])
    old.run(MIDNIGHT)
    stricter = new_document()
    old.with_spec(stricter).backfill_run(START, MIDNIGHT).run()
    assert len(old.keys("control/republish/held/")) == 1
    stricter["featureGroups"][0]["features"].pop()
    lake = old.with_spec(stricter)
    lake.run("2025-10-23T00:10:00.000Z")
    # c1 has lost its only event, so that nothing but the renewal names it; c2 is one of all entities.
    records = lake.published("2025-10-23T00:10:00.000Z")
    assert [(record["card_id"], record["merchant_count_24h"]) for record in records] == [("c1", 0), ("c2", 1)]
    assert lake.run("2025-10-23T00:20:00.000Z")["publish"]["records"] == 0
    assert lake.keys("control/republish/") == []


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("2025-10-22T00:05:00Z", MIDNIGHT, "--from: got 2025-10-22T00:05:00.000Z, expected a multiple of 10 minutes"),
        (START, "2025-10-22T00:05:00Z", "--to: got 2025-10-22T00:05:00.000Z, expected a multiple of 10 minutes"),
    ],
)
def test_a_range_off_the_slots_is_refused(new_lake: LakeFactory, start: str, end: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        new_lake().backfill_run(start, end)


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InputError, match="expected an instant after --from"):
        Chunk("b", us(MIDNIGHT), us(START))
