"""Small control objects of the lake: what arrived, which slots are committed, which are published (boto3)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

import boto3

from medallion import instants
from medallion.spec import Layout

OVERLAP_US = instants.DAY_US
"""How long after its arrival minute a bronze object may still appear and be found by the next slot.

The delivery stream repeats a failed delivery under the arrival minute of its oldest record, for hours if it must.
"""

RECENT_US = instants.DAY_US
"""The youngest slots are looked for here first, so that a long history is not listed at every run."""

DELETE_BATCH = 1000

PARALLEL_READS = 16


class Lake:
    """The bucket of the lake, as text and JSON objects."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self._s3 = boto3.client("s3")

    def uri(self, key: str) -> str:
        """Return the object's or prefix's address for Spark."""
        return f"s3://{self.bucket}/{key}"

    def keys(self, prefix: str, after: str = "", before: Optional[str] = None) -> List[str]:
        """Return the keys under a prefix that sort after ``after`` and before ``before``, in order."""
        found: List[str] = []
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix, StartAfter=after)
        for page in pages:
            keys = [entry["Key"] for entry in page.get("Contents", [])]
            found += [key for key in keys if before is None or key < before]
            if before is not None and keys and keys[-1] >= before:
                break
        return found

    def read(self, key: str) -> Any:
        """Return a JSON object, or None where there is none."""
        try:
            body = self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return None
        return json.loads(body)

    def write(self, key: str, document: Any) -> None:
        """Write a JSON object; the same document always gives the same bytes."""
        body = json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8")
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json")

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; keys that do not exist are no error."""
        doomed = [{"Key": key} for key in keys]
        for start in range(0, len(doomed), DELETE_BATCH):
            batch = doomed[start : start + DELETE_BATCH]
            answer = self._s3.delete_objects(Bucket=self.bucket, Delete={"Objects": batch, "Quiet": True})
            if answer.get("Errors"):
                failed = answer["Errors"][0]
                raise OSError(f"{failed['Key']}: got {failed['Code']}, expected a deletion; allow s3:DeleteObject")


class CommittedSlot(NamedTuple):
    """A slot whose report stands: its end, and the bronze objects that it took."""

    end_us: int
    objects: Tuple[str, ...]


@dataclass(frozen=True)
class SlotInput:
    """What a slot run works on.

    ``new_objects`` are those whose events may be missing from what is served; ``published_us`` is the newest
    published slot, None before the first.
    """

    objects: Tuple[str, ...]
    published_us: Optional[int]
    new_objects: Tuple[str, ...]

    def is_active(self, slot_end_us: int) -> bool:
        """Whether the slot is newer than everything published, so that it has something to publish."""
        return self.published_us is None or self.published_us < slot_end_us


def report_key(layout: Layout, slot_end_us: int) -> str:
    """Return the key of a slot's report."""
    return f"{layout.slots}{instants.slot_key(slot_end_us)}.json"


def result_key(layout: Layout, slot_end_us: int) -> str:
    """Return the key of a slot's result, which is what the state machine reads of the report."""
    return f"{layout.slot_results}{instants.slot_key(slot_end_us)}.json"


def slot_input(lake: Lake, layout: Layout, slot_end_us: int) -> SlotInput:
    """Return what a run of the slot has to read, from the listings and reports of the lake alone.

    A committed slot reads its own objects again. A slot older than a committed one reads nothing: what it has not read
    is the next new slot's, whose records go out.
    """
    published = _newest(lake, layout.published, slot_end_us)
    committed = _previous(lake, layout.slots, slot_end_us)
    since = min((us for us in (published, committed) if us is not None), default=None)
    reports = _reports(lake, layout, None if since is None else min(since, (committed or since) - OVERLAP_US))
    own = reports.get(slot_end_us)
    if own is not None:
        objects = own
    elif any(end > slot_end_us for end in reports):
        objects = ()
    else:
        taken = {key for slot in reports.values() for key in slot}
        objects = tuple(key for key in _arrived(lake, layout, committed, slot_end_us) if key not in taken)
    later = {key for end, slot in reports.items() if published is None or end > published for key in slot}
    return SlotInput(objects, published, tuple(sorted(later.union(objects))))


def _arrived(lake: Lake, layout: Layout, committed_us: Optional[int], slot_end_us: int) -> List[str]:
    """Return the keys of bronze objects that arrived before the slot's end, and not long before the previous slot."""
    after = "" if committed_us is None else instants.arrival_prefix(layout.bronze, committed_us - OVERLAP_US)
    keys = lake.keys(layout.bronze, after, instants.arrival_prefix(layout.bronze, slot_end_us))
    return [key for key in keys if not key.endswith("/")]


def _reports(lake: Lake, layout: Layout, after_us: Optional[int]) -> Dict[int, Tuple[str, ...]]:
    """Return the objects of every committed slot that ends after ``after_us``, by the slot's end."""
    after = "" if after_us is None else report_key(layout, after_us)
    keys = [key for key in lake.keys(layout.slots, after) if instants.slot_end_of_key(key) is not None]
    with ThreadPoolExecutor(PARALLEL_READS) as readers:
        objects = readers.map(lambda key: tuple(lake.read(key)["objects"]), keys)
        return dict(zip(_ends(keys), objects))


def _previous(lake: Lake, prefix: str, slot_end_us: int) -> Optional[int]:
    ends = [end for end in _recent_ends(lake, prefix, slot_end_us) if end < slot_end_us]
    return max(ends, default=None)


def _newest(lake: Lake, prefix: str, slot_end_us: int) -> Optional[int]:
    return max(_recent_ends(lake, prefix, slot_end_us), default=None)


def _recent_ends(lake: Lake, prefix: str, slot_end_us: int) -> List[int]:
    """Return the ends of the slots under a prefix: those of the last day, or all where the last day has none before."""
    recent = _ends(lake.keys(prefix, f"{prefix}{instants.slot_key(slot_end_us - RECENT_US)}"))
    if any(end < slot_end_us for end in recent):
        return recent
    return _ends(lake.keys(prefix))


def _ends(keys: Iterable[str]) -> List[int]:
    return [end for end in map(instants.slot_end_of_key, keys) if end is not None]
