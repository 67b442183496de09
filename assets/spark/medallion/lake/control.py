"""Small control objects of the lake: what arrived, which slots are committed, which are published."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

from medallion import instants, object_keys
from medallion.errors import InputError
from medallion.lake import renewals
from medallion.lake.bucket import Bucket
from medallion.spec.declaration import FeatureGroup, Layout

OVERLAP_US = instants.DAY_US
"""How long after its arrival minute a bronze object may still appear and be found by the next slot.

The delivery stream repeats a failed delivery under the arrival minute of its oldest record, for hours if it must.
"""

RECENT_US = instants.DAY_US
"""The youngest slots are looked for here first, so that a long history is not listed at every run."""

PARALLEL_READS = 16


@dataclass(frozen=True)
class Arrived:
    """Keys under the bronze prefix: objects, and strays, which state no arrival minute and so cannot be judged.

    ``sizes`` are the bytes of the objects.
    """

    objects: Tuple[str, ...]
    strays: Tuple[str, ...]
    sizes: Mapping[str, int] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class CommittedSlot:
    """What the report of a slot says: the objects that it took, the definition of each group that it published, and the
    renewals that it read.
    """

    objects: Tuple[str, ...] = ()
    definitions: Mapping[str, str] = field(default_factory=dict)
    renewals: Tuple[str, ...] = ()


@dataclass(frozen=True)
class SlotInput:
    """What a slot run works on.

    ``new_objects`` are those whose events may be missing from what is served. ``published_us`` is the newest published
    slot, None before the first, and ``served`` the definitions that its records have: none for a group that has to be
    published as a whole. ``committed`` are the definitions in the slot's own report, if it has one. ``renewals`` name
    entities that are published whatever they are compared with; the entities of those that are ``closed`` have been.
    ``held`` are renewals that count only for a group that is published as a whole. ``unfinished`` are the parts of
    slots that are committed and not published: some of their records may be served. ``sizes`` are the
    bytes of the objects, of those that were listed.
    """

    objects: Tuple[str, ...]
    published_us: Optional[int]
    new_objects: Tuple[str, ...]
    stray_objects: Tuple[str, ...] = ()
    served: Mapping[str, str] = field(default_factory=dict)
    committed: Mapping[str, str] = field(default_factory=dict)
    renewals: Tuple[str, ...] = ()
    closed: Tuple[str, ...] = ()
    held: Tuple[str, ...] = ()
    unfinished: Tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict, compare=False)

    def is_active(self, slot_end_us: int) -> bool:
        """Whether the slot is newer than everything published, so that it has something to publish."""
        return self.published_us is None or self.published_us < slot_end_us

    def served_us(self, group: FeatureGroup) -> Optional[int]:
        """Return the slot that the group's records are compared with; None where all of them are published."""
        return self.published_us if self.served.get(group.name) == group.definition else None

    def renewals_of(self, group: FeatureGroup) -> Tuple[str, ...]:
        """Return the renewals that name entities of a group to publish."""
        return renewals.of_group((*self.renewals, *(self.held if self.served_us(group) is None else ())), group)


def report_key(layout: Layout, slot_end_us: int) -> str:
    """Return the key of a slot's report."""
    return f"{layout.slots}{object_keys.slot_key(slot_end_us)}.json"


def result_key(layout: Layout, slot_end_us: int) -> str:
    """Return the key of a slot's result, which is what the state machine reads of the report."""
    return f"{layout.slot_results}{object_keys.slot_key(slot_end_us)}.json"


def manifest_key(layout: Layout, slot_end_us: int) -> str:
    """Return the key of the list of the parts that a slot publishes."""
    return f"{layout.manifests}slot={object_keys.slot_key(slot_end_us)}.json"


def backfill_key(layout: Layout, backfill: str, from_us: int, to_us: int) -> str:
    """Return the key of the report of one chunk of a backfill."""
    return f"{layout.backfills}{backfill}/{object_keys.slot_key(from_us)}_{object_keys.slot_key(to_us)}.json"


def audit_key(layout: Layout, name: str) -> str:
    """Return the key of the list of the parts that an audit compares."""
    return f"{layout.manifests}audit/{name}.json"


def newest_published(bucket: Bucket, layout: Layout, near_us: int) -> Optional[int]:
    """Return the newest published slot; quickly where it is younger than a day before ``near_us``."""
    return _newest(bucket, layout.published, near_us)


def served_input(bucket: Bucket, layout: Layout, published_us: int) -> SlotInput:
    """Return what a slot would work on that takes everything that arrived, some of which running slots may have read.

    Its ``new_objects`` are all whose events may stand in silver without being served.
    """
    committed = _newest(bucket, layout.slots, published_us)
    newest = published_us if committed is None else max(published_us, committed)
    return slot_input(bucket, layout, newest + instants.DAY_US)


def slot_input(bucket: Bucket, layout: Layout, slot_end_us: int) -> SlotInput:
    """Return what a run of the slot has to read, from the listings and reports of the lake alone.

    A committed slot reads its own objects and renewals again. A slot older than a committed one reads no object: what
    it has not read is the next new slot's, whose records go out.
    """
    published = _newest(bucket, layout.published, slot_end_us)
    committed = _previous(bucket, layout.slots, slot_end_us)
    since = min((us for us in (published, committed) if us is not None), default=None)
    reports = _reports(bucket, layout, None if since is None else min(since, (committed or since) - OVERLAP_US))
    own = reports.get(slot_end_us)
    overlap_us = None if committed is None else committed - OVERLAP_US
    arrived = arrived_between(bucket, layout, overlap_us, slot_end_us)
    if own is not None:
        objects = own.objects
    elif any(end > slot_end_us for end in reports):
        objects = ()
    else:
        taken = {key for slot in reports.values() for key in slot.objects}
        objects = tuple(key for key in arrived.objects if key not in taken)
    served = _published_slot(bucket, layout, published)
    opened, held = renewals.open_renewals(bucket, layout), renewals.held_renewals(bucket, layout)

    def still_to_read(keys: Iterable[str]) -> Tuple[str, ...]:
        return tuple(key for key in keys if key not in served.renewals and (own is None or key in own.renewals))

    unpublished = {end: slot for end, slot in reports.items() if published is None or end > published}
    later = {key for slot in unpublished.values() for key in slot.objects}
    return SlotInput(
        objects=objects,
        published_us=published,
        new_objects=tuple(sorted(later.union(objects))),
        stray_objects=tuple(sorted({*arrived.strays, *_misplaced(bucket, layout)})),
        served={} if _is_to_be_republished(bucket, layout, published) else served.definitions,
        committed={} if own is None else own.definitions,
        renewals=still_to_read(opened),
        closed=tuple(key for key in (*opened, *held) if key in served.renewals),
        held=still_to_read(held),
        unfinished=_parts(bucket, layout, [end for end in unpublished if end < slot_end_us]),
        sizes=arrived.sizes,
    )


def arrived_between(bucket: Bucket, layout: Layout, first_us: Optional[int], end_us: int) -> Arrived:
    """Return what arrived from ``first_us`` (None: ever) to before ``end_us``, both whole minutes, in that order."""
    after = "" if first_us is None else object_keys.arrival_prefix(layout.bronze, first_us)
    listed = bucket.sizes(layout.bronze, after, object_keys.arrival_prefix(layout.bronze, end_us))
    sizes = {key: size for key, size in listed.items() if _states_arrival(key)}
    strays = sorted(key for key in listed.keys() - sizes.keys() if not key.endswith("/"))
    return Arrived(tuple(sizes), tuple(strays), sizes)


def _misplaced(bucket: Bucket, layout: Layout) -> List[str]:
    """Return what stands beside the folders of arrival minutes, where no slot would ever look."""
    return [entry for entry in bucket.entries(layout.bronze) if not entry.startswith(f"{layout.bronze}ingest_dt=")]


def request_republish(bucket: Bucket, layout: Layout, document: Any) -> List[str]:
    """Let the next slot publish every entity; return the keys of the request.

    The request is an object of the name of the newest published slot. A slot that is committed may be about to become
    that one, with records from before the request, so each of those has its own.
    """
    published = max(_ends(bucket.keys(layout.published)), default=None)
    after = "" if published is None else report_key(layout, published)
    waiting = _ends(bucket.keys(layout.slots, after))
    ends = waiting if published is None else [published, *waiting]
    keys = [f"{layout.republish}{object_keys.slot_key(end)}.json" for end in ends]
    for key in keys:
        bucket.write(key, document)
    return keys


def _published_slot(bucket: Bucket, layout: Layout, published_us: Optional[int]) -> CommittedSlot:
    """Return what the report of the newest published slot says; nothing where there is none."""
    report = None if published_us is None else bucket.read(report_key(layout, published_us))
    return CommittedSlot() if report is None else _committed(report)


def _parts(bucket: Bucket, layout: Layout, ends: Iterable[int]) -> Tuple[str, ...]:
    """Return the keys of the parts that slots publish."""
    manifests = (bucket.read(manifest_key(layout, end)) or [] for end in sorted(ends))
    return tuple(part["key"] for manifest in manifests for part in manifest)


def _is_to_be_republished(bucket: Bucket, layout: Layout, published_us: Optional[int]) -> bool:
    """Whether every entity was asked for after a slot was published."""
    if published_us is None:
        return False
    return bool(bucket.keys(f"{layout.republish}{object_keys.slot_key(published_us)}.json"))


def _states_arrival(key: str) -> bool:
    try:
        object_keys.arrival_of_key(key)
    except (InputError, ValueError):
        return False
    return True


def _reports(bucket: Bucket, layout: Layout, after_us: Optional[int]) -> Dict[int, CommittedSlot]:
    """Return every committed slot that ends after ``after_us``, by its end."""
    after = "" if after_us is None else report_key(layout, after_us)
    keys = [key for key in bucket.keys(layout.slots, after) if object_keys.slot_end_of_key(key) is not None]
    with ThreadPoolExecutor(PARALLEL_READS) as readers:
        return dict(zip(_ends(keys), readers.map(lambda key: _committed(bucket.read(key)), keys)))


def _committed(report: Mapping[str, Any]) -> CommittedSlot:
    groups = report.get("groups", [])
    definitions = {group["name"]: group["definition"] for group in groups if group.get("definition")}
    return CommittedSlot(tuple(report["objects"]), definitions, tuple(report.get("renewals", ())))


def _previous(bucket: Bucket, prefix: str, slot_end_us: int) -> Optional[int]:
    ends = [end for end in _recent_ends(bucket, prefix, slot_end_us) if end < slot_end_us]
    return max(ends, default=None)


def _newest(bucket: Bucket, prefix: str, slot_end_us: int) -> Optional[int]:
    return max(_recent_ends(bucket, prefix, slot_end_us), default=None)


def _recent_ends(bucket: Bucket, prefix: str, slot_end_us: int) -> List[int]:
    """Return the ends of the slots under a prefix: those of the last day, or all where the last day has none before."""
    recent = _ends(bucket.keys(prefix, f"{prefix}{object_keys.slot_key(slot_end_us - RECENT_US)}"))
    if any(end < slot_end_us for end in recent):
        return recent
    return _ends(bucket.keys(prefix))


def _ends(keys: Iterable[str]) -> List[int]:
    return [end for end in map(object_keys.slot_end_of_key, keys) if end is not None]
