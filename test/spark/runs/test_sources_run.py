"""Slots of nested events: what stands afterwards is what the same values as plain keys give, also while a key moves."""

from __future__ import annotations

from typing import Any, Dict, List

from spark_lake import LakeFactory, RawEvent, TestLake, golden_document, raw_event

GOLD, SILVER = "card_features", "card_transactions"
START, FIRST, SECOND = "2025-10-23T22:00:00Z", "2025-10-23T22:10:00.000Z", "2025-10-23T22:20:00.000Z"
CARD_ID: List[List[Any]] = [["payment", "card.id", 0], ["card_id"]]
"""Where the card stands after its key has moved, and before."""


def nested_document() -> Dict[str, Any]:
    """Return the golden document for events with every value elsewhere."""
    document = golden_document()
    events = document["events"]
    events.update(eventId="$.meta.id", eventIdSources=[["meta", "id"]])
    events["eventTime"].update(column="Time Stamp", sources=[["Time Stamp"]])
    for column in events["columns"]:
        column["sources"] = [["payment", column["name"].upper(), 1]]
    return document


def nested(event: RawEvent) -> RawEvent:
    """Return an event as that document finds it."""
    event_id, time = event.pop("event_id"), event.pop("ts")
    values = {name.upper(): ["unused", value] for name, value in event.items()}
    return {"meta": {"id": event_id}, "Time Stamp": time, "payment": values}


def document_with(card_sources: List[List[Any]]) -> Dict[str, Any]:
    document = golden_document()
    document["events"]["columns"][0]["sources"] = card_sources
    return document


def moved(event: RawEvent) -> RawEvent:
    card = event.pop("card_id")
    return {**event, "payment": {"card.id": [card]}}


def sent() -> List[RawEvent]:
    return [
        raw_event("e1", "22:00:10", amount=125.5),
        raw_event("e2", "22:00:20", amount="45.99", pos_mode="chip"),
        raw_event("e3", "22:00:30", card=None),
        raw_event("e4", "22:00:40", "c2", currency="EURO"),
        raw_event("e5", "22:00:50", "c2", currency=None),
    ]


def state(lake: TestLake) -> Dict[str, Any]:
    return {"silver": lake.rows(SILVER), "gold": lake.rows(GOLD), "published": lake.published(FIRST)}


def test_values_from_elsewhere_give_what_plain_keys_give(new_lake: LakeFactory) -> None:
    plain, elsewhere = new_lake(), new_lake(nested_document())
    plain.arrive("2025-10-23T22:01:00Z", sent())
    elsewhere.arrive("2025-10-23T22:01:00Z", [nested(event) for event in sent()])
    reports = [lake.run(FIRST) for lake in (plain, elsewhere)]

    assert state(elsewhere) == state(plain)
    assert [row["event_id"] for row in elsewhere.rows(SILVER)] == ["e1", "e2", "e5"]
    assert elsewhere.rows(GOLD) == elsewhere.model_gold(SILVER)
    assert [report["unknownColumns"] for report in reports] == [0, 0]
    for lake in (plain, elsewhere):
        refused = [(row["reason"], row["column"], row["source_line"]) for row in lake.quarantine(FIRST)]
        assert refused == [("missing_required", "card_id", 3), ("pattern_mismatch", "currency", 4)]


def test_a_key_moves_without_a_gap_while_both_places_are_read(new_lake: LakeFactory) -> None:
    before = new_lake()
    before.arrive("2025-10-23T22:01:00Z", [raw_event("e1", "22:00:10"), raw_event("e2", "22:00:20", "c2")])
    before.run(FIRST)

    both = before.with_spec(document_with(CARD_ID))
    both.arrive("2025-10-23T22:11:00Z", [moved(raw_event("e3", "22:10:10")), raw_event("e4", "22:10:20", "c2")])
    both.run(SECOND)
    cards = [("e1", "c1"), ("e2", "c2"), ("e3", "c1"), ("e4", "c2")]
    assert [(row["event_id"], row["card_id"]) for row in both.rows(SILVER)] == cards
    assert both.rows(GOLD) == both.model_gold(SILVER)

    both.backfill_run(START, SECOND).run()
    assert [(row["event_id"], row["card_id"]) for row in both.rows(SILVER)] == cards

    after = before.with_spec(document_with(CARD_ID[:1]))
    after.backfill_run(START, SECOND, "after").run()
    assert [row["event_id"] for row in after.rows(SILVER)] == ["e3"]
    refused = [(row["reason"], row["column"]) for row in after.quarantine()]
    assert refused == [("missing_required", "card_id")] * 3
