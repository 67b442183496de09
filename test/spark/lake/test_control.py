"""Which objects a slot takes, and which of them the online store has not seen, from listings and reports."""

from __future__ import annotations

from typing import Dict, Iterator, Optional, Sequence

import boto3
import pytest
from moto import mock_aws
from spark_lake import golden_document

from medallion import instants
from medallion.lake import control
from medallion.lake.control import Lake, SlotInput, slot_input
from medallion.spec.declaration import Spec

SPEC = Spec.from_document(golden_document())
BRONZE = SPEC.layout.bronze


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="lake")
        yield Lake("lake")


def at(clock: str, day: str = "2025-10-23") -> int:
    return instants.instant_us(f"{day}T{clock}:00Z")


def arrived(lake: Lake, clock: str, day: str = "2025-10-23") -> str:
    key = f"{instants.arrival_prefix(BRONZE, at(clock, day))}{day}-{clock.replace(':', '')}.json.gz"
    lake.write(key, {})
    return key


def committed(
    lake: Lake, clock: str, objects: Sequence[str], day: str = "2025-10-23", groups: Optional[Dict[str, str]] = None
) -> None:
    described = [{"name": name, "definition": definition} for name, definition in (groups or {}).items()]
    lake.write(control.report_key(SPEC.layout, at(clock, day)), {"objects": list(objects), "groups": described})


def published(lake: Lake, clock: str, day: str = "2025-10-23") -> None:
    lake.write(f"{SPEC.layout.published}{instants.slot_key(at(clock, day))}.json", {})


def of_slot(lake: Lake, clock: str, day: str = "2025-10-23") -> SlotInput:
    return slot_input(lake, SPEC.layout, at(clock, day))


def test_the_first_slot_takes_everything_that_arrived_before_its_end(lake: Lake) -> None:
    old, new = arrived(lake, "10:00", day="2025-09-01"), arrived(lake, "22:39")
    arrived(lake, "22:40")
    assert of_slot(lake, "22:40") == SlotInput((old, new), None, (old, new))


def test_a_slot_takes_what_the_slots_before_did_not_including_late_deliveries(lake: Lake) -> None:
    taken, straggler, new = arrived(lake, "22:25"), arrived(lake, "22:26"), arrived(lake, "22:31")
    committed(lake, "22:30", [taken])
    assert of_slot(lake, "22:40").objects == (straggler, new)


def test_the_overlap_ends_a_day_before_the_previous_slot(lake: Lake) -> None:
    arrived(lake, "22:29", day="2025-10-22")
    kept = arrived(lake, "22:30", day="2025-10-22")
    committed(lake, "22:30", [])
    assert of_slot(lake, "22:40").objects == (kept,)


def test_a_committed_slot_takes_exactly_its_own_objects_again(lake: Lake) -> None:
    own = arrived(lake, "22:31")
    committed(lake, "22:40", [own])
    arrived(lake, "22:32")
    assert of_slot(lake, "22:40").objects == (own,)


def test_a_skipped_slot_is_taken_by_the_next(lake: Lake) -> None:
    skipped, own = arrived(lake, "22:31"), arrived(lake, "22:41")
    committed(lake, "22:30", [])
    assert of_slot(lake, "22:50").objects == (skipped, own)


def test_a_slot_older_than_a_committed_one_leaves_late_deliveries_to_the_next_new_slot(lake: Lake) -> None:
    healed, straggler = arrived(lake, "22:31"), arrived(lake, "22:32")
    committed(lake, "22:30", [])
    committed(lake, "22:50", [healed])
    assert of_slot(lake, "22:40").objects == ()
    assert of_slot(lake, "23:00").objects == (straggler,)


def test_the_previous_slot_is_found_however_long_ago_it_was(lake: Lake) -> None:
    arrived(lake, "09:00", day="2025-09-30")
    committed(lake, "10:00", [], day="2025-10-01")
    new = arrived(lake, "22:31")
    assert of_slot(lake, "22:40").objects == (new,)


def test_objects_of_slots_after_the_published_one_are_new_to_the_online_store(lake: Lake) -> None:
    seen, unseen, own = arrived(lake, "22:15"), arrived(lake, "22:25"), arrived(lake, "22:35")
    committed(lake, "22:20", [seen])
    published(lake, "22:20")
    committed(lake, "22:30", [unseen])
    found = of_slot(lake, "22:40")
    assert (found.published_us, found.new_objects) == (at("22:20"), (unseen, own))


@pytest.mark.parametrize(("newest", "active"), [(None, True), ("22:30", True), ("22:40", False), ("22:50", False)])
def test_a_slot_is_active_until_it_or_a_newer_one_is_published(lake: Lake, newest: Optional[str], active: bool) -> None:
    if newest is not None:
        published(lake, newest)
    assert of_slot(lake, "22:40").is_active(at("22:40")) is active


def test_the_newest_published_slot_is_found_however_long_ago_it_was(lake: Lake) -> None:
    published(lake, "10:00", day="2025-09-30")
    published(lake, "10:00", day="2025-10-01")
    assert of_slot(lake, "22:40").published_us == at("10:00", "2025-10-01")


def test_a_group_is_compared_with_what_is_served_while_its_definition_stays(lake: Lake) -> None:
    (group,) = SPEC.feature_groups
    published(lake, "22:30")
    committed(lake, "22:30", [], groups={group.name: group.definition})
    assert of_slot(lake, "22:40").served_us(group) == at("22:30")


@pytest.mark.parametrize("groups", [None, {"card_features": "another"}, {"another": "group"}])
def test_a_group_of_another_or_unknown_definition_is_published_as_a_whole(
    lake: Lake, groups: Optional[Dict[str, str]]
) -> None:
    published(lake, "22:30")
    if groups is not None:
        committed(lake, "22:30", [], groups=groups)
    found = of_slot(lake, "22:40")
    assert (found.served_us(SPEC.feature_groups[0]), found.published_us) == (None, at("22:30"))


def test_a_request_publishes_everything_until_another_slot_is_published(lake: Lake) -> None:
    (group,) = SPEC.feature_groups
    definitions = {group.name: group.definition}
    published(lake, "22:30")
    committed(lake, "22:30", [], groups=definitions)
    assert control.request_republish(lake, SPEC.layout, {}) == ["control/republish/20251023T223000Z.json"]
    assert of_slot(lake, "22:40").served_us(group) is None
    committed(lake, "22:40", [], groups=definitions)
    published(lake, "22:40")
    assert of_slot(lake, "22:50").served_us(group) == at("22:40")


def test_a_request_covers_the_slots_that_are_committed_but_not_yet_published(lake: Lake) -> None:
    committed(lake, "22:20", [])
    published(lake, "22:30")
    committed(lake, "22:40", [])
    keys = control.request_republish(lake, SPEC.layout, {"backfill": "b"})
    assert keys == ["control/republish/20251023T223000Z.json", "control/republish/20251023T224000Z.json"]
    assert lake.read(keys[1]) == {"backfill": "b"}


def test_a_request_before_anything_is_published_covers_what_is_committed(lake: Lake) -> None:
    assert control.request_republish(lake, SPEC.layout, {}) == []
    committed(lake, "22:40", [])
    assert control.request_republish(lake, SPEC.layout, {}) == ["control/republish/20251023T224000Z.json"]


@pytest.mark.parametrize("stray", ["aaa.txt", "zzz.txt", "ingest_dt=2025/10/a.txt", "ingest_dt=2025/10/22/24/00/a.txt"])
def test_an_object_that_states_no_arrival_minute_is_left_out_and_named(lake: Lake, stray: str) -> None:
    new = arrived(lake, "22:31", day="2025-11-23")
    lake.write(f"{BRONZE}{stray}", {})
    found = of_slot(lake, "22:40", day="2025-11-23")
    assert (found.objects, found.stray_objects) == ((new,), (f"{BRONZE}{stray}",))


def test_a_folder_beside_the_arrival_minutes_is_named_in_every_slot(lake: Lake) -> None:
    committed(lake, "22:30", [])
    for name in ("a", "b"):
        lake.write(f"{BRONZE}old/{name}.json", {})
    assert of_slot(lake, "22:40").stray_objects == (f"{BRONZE}old/",)


def test_what_arrived_between_two_instants_is_taken_by_its_minute(lake: Lake) -> None:
    first, last = arrived(lake, "22:20"), arrived(lake, "22:39")
    arrived(lake, "22:19")
    arrived(lake, "22:40")
    found = control.arrived_between(lake, SPEC.layout, at("22:20"), at("22:40"))
    assert found == control.Arrived((first, last), ())


def test_deleting_more_keys_than_one_request_may_name(lake: Lake) -> None:
    keys = [f"k/{number:04d}" for number in range(control.DELETE_BATCH + 1)]
    for key in keys:
        lake._s3.put_object(Bucket="lake", Key=key, Body=b"")
    lake.delete(keys)
    assert lake.keys("k/") == []
