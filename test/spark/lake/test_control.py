"""Which objects a slot takes, and which of them the online store has not seen, from listings and reports."""

from __future__ import annotations

from typing import Dict, Optional, Sequence

import pytest
from spark_lake import golden_document

from medallion import instants, object_keys
from medallion.lake import control
from medallion.lake.bucket import Bucket
from medallion.lake.control import SlotInput, slot_input
from medallion.lake.renewals import release_renewals
from medallion.spec.document import spec_of

SPEC = spec_of(golden_document())
BRONZE = SPEC.layout.bronze


def at(clock: str, day: str = "2025-10-23") -> int:
    return instants.instant_us(f"{day}T{clock}:00Z")


def arrived(bucket: Bucket, clock: str, day: str = "2025-10-23") -> str:
    key = f"{object_keys.arrival_prefix(BRONZE, at(clock, day))}{day}-{clock.replace(':', '')}.json.gz"
    bucket.write(key, {})
    return key


def committed(
    bucket: Bucket,
    clock: str,
    objects: Sequence[str],
    day: str = "2025-10-23",
    groups: Optional[Dict[str, str]] = None,
    renewals: Sequence[str] = (),
) -> None:
    described = [{"name": name, "definition": definition} for name, definition in (groups or {}).items()]
    report = {"objects": list(objects), "groups": described, "renewals": list(renewals)}
    bucket.write(control.report_key(SPEC.layout, at(clock, day)), report)


def published(bucket: Bucket, clock: str, day: str = "2025-10-23") -> None:
    bucket.write(f"{SPEC.layout.published}{object_keys.slot_key(at(clock, day))}.json", {})


def of_slot(bucket: Bucket, clock: str, day: str = "2025-10-23") -> SlotInput:
    return slot_input(bucket, SPEC.layout, at(clock, day))


def test_the_first_slot_takes_everything_that_arrived_before_its_end(bucket: Bucket) -> None:
    old, new = arrived(bucket, "10:00", day="2025-09-01"), arrived(bucket, "22:39")
    arrived(bucket, "22:40")
    assert of_slot(bucket, "22:40") == SlotInput((old, new), None, (old, new))


def test_a_slot_takes_what_the_slots_before_did_not_including_late_deliveries(bucket: Bucket) -> None:
    taken, straggler, new = arrived(bucket, "22:25"), arrived(bucket, "22:26"), arrived(bucket, "22:31")
    committed(bucket, "22:30", [taken])
    assert of_slot(bucket, "22:40").objects == (straggler, new)


def test_the_overlap_ends_a_day_before_the_previous_slot(bucket: Bucket) -> None:
    arrived(bucket, "22:29", day="2025-10-22")
    kept = arrived(bucket, "22:30", day="2025-10-22")
    committed(bucket, "22:30", [])
    assert of_slot(bucket, "22:40").objects == (kept,)


def test_a_committed_slot_takes_exactly_its_own_objects_again(bucket: Bucket) -> None:
    own = arrived(bucket, "22:31")
    committed(bucket, "22:40", [own])
    arrived(bucket, "22:32")
    assert of_slot(bucket, "22:40").objects == (own,)


def test_a_skipped_slot_is_taken_by_the_next(bucket: Bucket) -> None:
    skipped, own = arrived(bucket, "22:31"), arrived(bucket, "22:41")
    committed(bucket, "22:30", [])
    assert of_slot(bucket, "22:50").objects == (skipped, own)


def test_a_slot_older_than_a_committed_one_leaves_late_deliveries_to_the_next_new_slot(bucket: Bucket) -> None:
    healed, straggler = arrived(bucket, "22:31"), arrived(bucket, "22:32")
    committed(bucket, "22:30", [])
    committed(bucket, "22:50", [healed])
    assert of_slot(bucket, "22:40").objects == ()
    assert of_slot(bucket, "23:00").objects == (straggler,)


def test_the_previous_slot_is_found_however_long_ago_it_was(bucket: Bucket) -> None:
    arrived(bucket, "09:00", day="2025-09-30")
    committed(bucket, "10:00", [], day="2025-10-01")
    new = arrived(bucket, "22:31")
    assert of_slot(bucket, "22:40").objects == (new,)


def test_objects_of_slots_after_the_published_one_are_new_to_the_online_store(bucket: Bucket) -> None:
    seen, unseen, own = arrived(bucket, "22:15"), arrived(bucket, "22:25"), arrived(bucket, "22:35")
    committed(bucket, "22:20", [seen])
    published(bucket, "22:20")
    committed(bucket, "22:30", [unseen])
    found = of_slot(bucket, "22:40")
    assert (found.published_us, found.new_objects) == (at("22:20"), (unseen, own))


@pytest.mark.parametrize(("newest", "active"), [(None, True), ("22:30", True), ("22:40", False), ("22:50", False)])
def test_a_slot_is_active_until_it_or_a_newer_one_is_published(
    bucket: Bucket, newest: Optional[str], active: bool
) -> None:
    if newest is not None:
        published(bucket, newest)
    assert of_slot(bucket, "22:40").is_active(at("22:40")) is active


def test_the_newest_published_slot_is_found_however_long_ago_it_was(bucket: Bucket) -> None:
    published(bucket, "10:00", day="2025-09-30")
    published(bucket, "10:00", day="2025-10-01")
    assert of_slot(bucket, "22:40").published_us == at("10:00", "2025-10-01")


def test_a_group_is_compared_with_what_is_served_while_its_definition_stays(bucket: Bucket) -> None:
    (group,) = SPEC.feature_groups
    published(bucket, "22:30")
    committed(bucket, "22:30", [], groups={group.name: group.definition})
    assert of_slot(bucket, "22:40").served_us(group) == at("22:30")


@pytest.mark.parametrize("groups", [None, {"card_features": "another"}, {"another": "group"}])
def test_a_group_of_another_or_unknown_definition_is_published_as_a_whole(
    bucket: Bucket, groups: Optional[Dict[str, str]]
) -> None:
    published(bucket, "22:30")
    if groups is not None:
        committed(bucket, "22:30", [], groups=groups)
    found = of_slot(bucket, "22:40")
    assert (found.served_us(SPEC.feature_groups[0]), found.published_us) == (None, at("22:30"))


def test_a_request_publishes_everything_until_another_slot_is_published(bucket: Bucket) -> None:
    (group,) = SPEC.feature_groups
    definitions = {group.name: group.definition}
    published(bucket, "22:30")
    committed(bucket, "22:30", [], groups=definitions)
    assert control.request_republish(bucket, SPEC.layout, {}) == ["control/republish/20251023T223000Z.json"]
    assert of_slot(bucket, "22:40").served_us(group) is None
    committed(bucket, "22:40", [], groups=definitions)
    published(bucket, "22:40")
    assert of_slot(bucket, "22:50").served_us(group) == at("22:40")


def test_a_request_covers_the_slots_that_are_committed_but_not_yet_published(bucket: Bucket) -> None:
    committed(bucket, "22:20", [])
    published(bucket, "22:30")
    committed(bucket, "22:40", [])
    keys = control.request_republish(bucket, SPEC.layout, {"backfill": "b"})
    assert keys == ["control/republish/20251023T223000Z.json", "control/republish/20251023T224000Z.json"]
    assert bucket.read(keys[1]) == {"backfill": "b"}


def test_a_request_before_anything_is_published_covers_what_is_committed(bucket: Bucket) -> None:
    assert control.request_republish(bucket, SPEC.layout, {}) == []
    committed(bucket, "22:40", [])
    assert control.request_republish(bucket, SPEC.layout, {}) == ["control/republish/20251023T224000Z.json"]


def renewed(bucket: Bucket, name: str) -> str:
    key = f"{SPEC.layout.republish}entities/card_features/{name}"
    bucket.put(key, b"")
    return key


def test_a_renewal_is_read_until_a_slot_that_has_read_it_is_published(bucket: Bucket) -> None:
    first, second = renewed(bucket, "1"), renewed(bucket, "2")
    published(bucket, "22:20")
    committed(bucket, "22:20", [], renewals=[])
    committed(bucket, "22:30", [], renewals=[first, second])
    third = renewed(bucket, "3")
    unpublished = of_slot(bucket, "22:40")
    assert (unpublished.renewals, unpublished.closed) == ((first, second, third), ())
    published(bucket, "22:30")
    after = of_slot(bucket, "22:40")
    assert (after.renewals, after.closed) == ((third,), (first, second))


def test_a_committed_slot_reads_the_renewals_of_its_report_again_and_no_later_one(bucket: Bucket) -> None:
    own = renewed(bucket, "2")
    committed(bucket, "22:40", [], renewals=[own, "one that was deleted"])
    later = renewed(bucket, "1")
    assert of_slot(bucket, "22:40").renewals == (own,)
    assert of_slot(bucket, "22:50").renewals == (later, own)


def test_a_renewal_that_is_held_is_read_when_it_was_released(bucket: Bucket) -> None:
    bucket.put(f"{SPEC.layout.republish}held/card_features/1", b"entities")
    assert of_slot(bucket, "22:40").renewals == ()
    assert release_renewals(bucket, SPEC.layout) == [f"{SPEC.layout.republish}entities/card_features/1"]
    (key,) = of_slot(bucket, "22:40").renewals
    assert bucket.body(key) == b"entities"
    assert bucket.keys(f"{SPEC.layout.republish}held/") == []


def test_a_renewal_that_is_held_counts_for_a_group_that_is_published_as_a_whole(bucket: Bucket) -> None:
    (group,) = SPEC.feature_groups
    held, opened = f"{SPEC.layout.republish}held/card_features/1/part", renewed(bucket, "2/part")
    bucket.put(held, b"entities")
    other = f"{SPEC.layout.republish}entities/another_group/3/part"
    bucket.put(other, b"entities")
    assert of_slot(bucket, "22:40").renewals_of(group) == (opened, held)
    published(bucket, "22:30")
    committed(bucket, "22:30", [], groups={group.name: group.definition})
    assert of_slot(bucket, "22:40").renewals_of(group) == (opened,)
    committed(bucket, "22:30", [], groups={group.name: group.definition}, renewals=[held])
    after = of_slot(bucket, "22:40")
    assert (after.held, after.closed) == ((), (held,))


def test_the_parts_of_slots_that_were_never_marked_as_published_are_named(bucket: Bucket) -> None:
    for clock in ("22:10", "22:20", "22:30", "22:40", "22:50"):
        bucket.write(control.manifest_key(SPEC.layout, at(clock)), [{"key": f"part of {clock}"}])
        committed(bucket, clock, [])
    assert of_slot(bucket, "22:40").unfinished == ("part of 22:10", "part of 22:20", "part of 22:30")
    published(bucket, "22:20")
    assert of_slot(bucket, "22:40").unfinished == ("part of 22:30",)


@pytest.mark.parametrize("stray", ["aaa.txt", "zzz.txt", "ingest_dt=2025/10/a.txt", "ingest_dt=2025/10/22/24/00/a.txt"])
def test_an_object_that_states_no_arrival_minute_is_left_out_and_named(bucket: Bucket, stray: str) -> None:
    new = arrived(bucket, "22:31", day="2025-11-23")
    bucket.write(f"{BRONZE}{stray}", {})
    found = of_slot(bucket, "22:40", day="2025-11-23")
    assert (found.objects, found.stray_objects) == ((new,), (f"{BRONZE}{stray}",))


def test_a_folder_beside_the_arrival_minutes_is_named_in_every_slot(bucket: Bucket) -> None:
    committed(bucket, "22:30", [])
    for name in ("a", "b"):
        bucket.write(f"{BRONZE}old/{name}.json", {})
    assert of_slot(bucket, "22:40").stray_objects == (f"{BRONZE}old/",)


def test_what_arrived_between_two_instants_is_taken_by_its_minute(bucket: Bucket) -> None:
    first, last = arrived(bucket, "22:20"), arrived(bucket, "22:39")
    arrived(bucket, "22:19")
    arrived(bucket, "22:40")
    found = control.arrived_between(bucket, SPEC.layout, at("22:20"), at("22:40"))
    assert found == control.Arrived((first, last), ())
