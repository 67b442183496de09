"""Audits: what is expected of the online store is what the publish sets made of it, whatever ran or stopped."""

from __future__ import annotations

import json
import random
from datetime import date
from typing import Any, Dict, List, Set

import pytest
from killed_runs import KilledError, kill_after
from naive_model import model_features
from properties import MINUTE, Delivery, Online, as_served, deliver, differences, iso, served
from properties_histories import CARDS, SLOT, START, a_document, a_history, lines_of, packed
from spark_lake import LakeFactory, TestLake, golden_document, raw_event

from medallion.errors import InputError
from medallion.lake.bucket import Bucket
from medallion.runs.audit_run import AuditRun
from medallion.runs.slot_run import SlotRun

DAY = date(2025, 10, 26)
ENDS = [START + SLOT * slot for slot in range(1, 6)]
WORLDS = [f"w{number}-" for number in range(10)]


def audit(lake: TestLake, day: date = DAY, sample: float = 1.0) -> List[Dict[str, Any]]:
    manifest = AuditRun(lake.spark, lake.spec, Bucket(lake.bucket), lake.bucket, day, sample).run()
    assert lake.document(f"publish/manifest/audit/{day}.json") == manifest
    return manifest


def lines_of_part(lake: TestLake, key: str) -> List[Dict[str, Any]]:
    return [json.loads(line) for line in lake.body(key).decode("utf-8").rstrip("\n").split("\n")]


def expected(lake: TestLake, manifest: List[Dict[str, Any]]) -> Online:
    """Return the features that the parts of an audit expect of each record."""
    found = {}
    (group,) = lake.spec.feature_groups
    for entry in manifest:
        records = lines_of_part(lake, entry["key"])
        assert len(records) == entry["records"]
        for record in records:
            assert record.pop(group.event_time_feature) == entry["slotEnd"]
            identifier = record.pop(group.record_identifier)
            assert identifier not in found
            found[identifier] = {name: value for name, value in record.items() if name not in group.entity}
    return found


def renewed(lake: TestLake) -> Set[str]:
    """Return the identifiers that open renewals name."""
    keys = lake.keys("control/republish/entities/")
    named = [line for key in keys for line in lines_of_part(lake, key)]
    return {json.dumps([line["bank"], line["card"]], separators=(",", ":")) for line in named}


def arrivals(chance: random.Random) -> Dict[int, List[Delivery]]:
    """Return objects of the first minutes by the slot in which they are found; many state an event differently."""
    appearing: Dict[int, List[Delivery]] = {end: [] for end in ENDS}
    for world in WORLDS:
        events = a_history(chance, world, 10, 3 * SLOT)
        others = [{**event, "card": chance.choice(CARDS)[1]} for event in chance.sample(events, 6)]
        lines = lines_of([*events, *others], chance)
        for delivery in packed(lines, [START + MINUTE * minute for minute in range(1, 8)], chance, world):
            appearing[chance.choice(ENDS[:-1])].append(delivery)
    return appearing


def test_what_is_expected_is_what_was_served_after_every_slot_published_or_not(
    new_lake: LakeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, appearing, spared = new_lake(a_document()), arrivals(random.Random(7)), 0
    online: Online = {}
    (group,) = lake.spec.feature_groups
    nothing = as_served(model_features(group, [], {"query_time": START}), group)

    def assert_as_served() -> int:
        found, skipped = expected(lake, audit(lake)), renewed(lake)
        # An entity that has lost its last event is not looked at any more; its record has nothing.
        looked_at = [name for name in online if name in found or online[name] != nothing]
        assert differences({name: online[name] for name in looked_at if name not in skipped}, found) == {}
        return len(skipped.intersection(online))

    assert audit(lake) == []
    for end in ENDS:
        deliver(lake, appearing[end])
        if end != ENDS[0]:
            # Silver is ahead of what is served, and nothing says so but bronze and the renewals.
            with monkeypatch.context() as patched:
                kill_after(patched, SlotRun, "merge_silver")
                with pytest.raises(KilledError):
                    lake.run(iso(end))
            spared += assert_as_served()
        lake.run(iso(end), publish=False)
        if online:
            spared += assert_as_served()
        if end != ENDS[2]:
            lake.mark_published(iso(end))
            online = served(lake, end, group, online)
            assert set(lake.document(f"control/slots/{lake_slot(end)}.json")["renewals"]) == set(
                lake.keys("control/republish/entities/")
            )
    # Every entity had its only chance to be looked at: a part of them is spared in one audit and not in the next.
    assert spared > 5
    lake.run(iso(ENDS[-1] + SLOT), publish=False)
    assert assert_as_served() == 0


def lake_slot(end: int) -> str:
    return iso(end).replace("-", "").replace(":", "").replace(".000", "")


SLOTS = [f"2025-10-23T22:{minute}0:00.000Z" for minute in range(1, 5)]
GOLDEN_DAY = date(2025, 10, 23)


@pytest.fixture
def quiet(new_lake: LakeFactory) -> TestLake:
    """Return a lake with a slot that is published: one card is active, the events of the other are too old to count."""
    lake = new_lake()
    lake.arrive("2025-10-23T22:01:00Z", [raw_event("e1", "22:00:30"), raw_event("e2", "16T22:05:30", "c2")])
    lake.run(SLOTS[0])
    return lake


def cards(lake: TestLake, manifest: List[Dict[str, Any]]) -> Dict[bool, List[str]]:
    """Return the cards of an audit, by whether they must have a record."""
    named: Dict[bool, List[str]] = {}
    for entry in manifest:
        named.setdefault(entry["mustExist"], []).extend(line["card_id"] for line in lines_of_part(lake, entry["key"]))
    return named


def test_a_record_of_an_entity_without_events_that_count_need_not_exist_but_is_compared(quiet: TestLake) -> None:
    # Seven days before 22:10 is 22:10 on the 16th, when the event of c2 is five minutes old.
    manifest = audit(quiet, GOLDEN_DAY)
    assert cards(quiet, manifest) == {True: ["c1"], False: ["c2"]}
    assert {entry["renewals"] for entry in manifest} == {"control/republish/entities/card_features/"}
    assert {entry["slotEnd"] for entry in manifest} == {SLOTS[0]}


def test_an_audit_leaves_nothing_of_the_one_before(quiet: TestLake) -> None:
    audit(quiet, GOLDEN_DAY)
    quiet.run(SLOTS[1])
    manifest = audit(quiet, GOLDEN_DAY)
    assert quiet.keys("publish/card_features/audit/") == sorted(entry["key"] for entry in manifest)
    assert all("/slot=20251023T222000Z/" in entry["key"] for entry in manifest)


def test_nothing_is_looked_at_that_the_next_slot_publishes_as_a_whole(quiet: TestLake) -> None:
    document = golden_document()
    document["featureGroups"][0]["features"].pop()
    changed = quiet.with_spec(document)
    assert audit(changed, GOLDEN_DAY) == []
    changed.run(SLOTS[1])
    assert cards(changed, audit(changed, GOLDEN_DAY)) == {True: ["c1"], False: ["c2"]}
    changed.backfill_run("2025-10-20T00:00:00Z", "2025-10-21T00:00:00Z", publish=True).run()
    assert audit(changed, GOLDEN_DAY) == []


def test_what_a_backfill_changed_and_nobody_asked_to_publish_is_not_looked_at(new_lake: LakeFactory) -> None:
    lake = new_lake()
    lake.arrive("2025-10-22T10:05:00Z", [raw_event("e1", "22T10:00:00"), raw_event("e2", "22T10:00:00", "c2")])
    lake.run("2025-10-22T22:10:00.000Z")
    lake.arrive("2025-10-22T10:04:00Z", [raw_event("e1", "22T10:00:00", "c3")])
    lake.backfill_run("2025-10-22T00:00:00Z", "2025-10-23T00:00:00Z").run()
    assert cards(lake, audit(lake, date(2025, 10, 22))) == {True: ["c2"]}
    # Once it is asked for, and the next slot is published, all are looked at again; c1 has no event that a slot knows.
    lake.backfill_run("2025-10-22T00:00:00Z", "2025-10-23T00:00:00Z", publish=True).run()
    lake.run("2025-10-22T22:20:00.000Z")
    assert cards(lake, audit(lake, date(2025, 10, 22))) == {True: ["c2", "c3"]}


def test_a_sample_is_a_share_of_the_entities_and_another_one_in_each_slot(new_lake: LakeFactory) -> None:
    lake, drawn = new_lake(), []
    lake.arrive("2025-10-23T22:01:00Z", [raw_event(f"e{card}", "22:00:30", f"c{card}") for card in range(400)])
    for slot in SLOTS[:2]:
        lake.run(slot)
        drawn.append(set(cards(lake, audit(lake, GOLDEN_DAY, 0.25))[True]))
    # Of 400 independent draws at 0.25, fewer than 60 or more than 140 come about once in 200,000 times.
    assert all(60 <= len(sample) <= 140 for sample in drawn)
    # Of as many draws at 0.25 * 0.25 for both, more than 60 come about even more rarely.
    assert len(drawn[0] & drawn[1]) <= 60


@pytest.mark.parametrize("sample", [0.0, -0.5, 1.01, float("nan")])
def test_a_sample_that_is_no_share_is_refused(new_lake: LakeFactory, sample: float) -> None:
    with pytest.raises(InputError, match="expected a share above 0, up to 1"):
        audit(new_lake(), sample=sample)
