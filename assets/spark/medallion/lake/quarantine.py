"""The quarantine: refused lines by the slot in which they arrived, in files of the object that they arrived in.

A file follows from its object and the declaration alone, so that every run that reads the object writes the same file,
and none touches what another object left. Overflows have no object: their files are of the run that found them, in the
folder of the slot at whose end it looked, and are replaced by the same run alone.
"""

from __future__ import annotations

import hashlib
from typing import Dict, List, Optional, Sequence

from pyspark.sql import DataFrame

from medallion import object_keys
from medallion.lake import parts
from medallion.lake.bucket import Bucket
from medallion.spec.declaration import Spec

MAX_NAME_BYTES = 512
"""A longer name of a bronze object does not stand whole in the keys of its quarantine."""


def quarantine_start(spec: Spec, key: str) -> str:
    """Return how the keys of the quarantine of a bronze object begin."""
    arrival_us = object_keys.arrival_of_key(key)
    folder = f"{spec.layout.quarantine}slot={object_keys.slot_key(_slot_end(spec, arrival_us))}/"
    return f"{folder}{object_keys.slot_key(arrival_us)}-{_name(key.rsplit('/', 1)[1])}-"


def replace_quarantine(bucket: Bucket, spec: Spec, objects: Sequence[str], refused: Optional[DataFrame]) -> int:
    """Let the quarantine of these objects be exactly the refused lines; return how many were written."""
    starts: Dict[str, str] = {key: quarantine_start(spec, key) for key in objects}
    written: Dict[str, int] = {}
    if refused is not None:
        order = ["source_line"]
        found = parts.write_parquet_groups(refused, "source_object", order, bucket.name, lambda key: starts[key])
        written = {part.key: part.rows for part in found}
    own = set(starts.values())
    standing = _keys_about(bucket, spec, objects)
    bucket.delete(key for key in standing if parts.part_start(key) in own and key not in written)
    return sum(written.values())


def _name(name: str) -> str:
    """Return the name of an object, or of a long one its beginning and its digest: the longest keys have no room."""
    if len(name.encode("utf-8")) <= MAX_NAME_BYTES:
        return name
    beginning = name.encode("utf-8")[: MAX_NAME_BYTES // 2].decode("utf-8", errors="ignore")
    return f"{beginning}-{hashlib.sha256(name.encode('utf-8')).hexdigest()}"


def overflow_start(spec: Spec, end_us: int, *of: str) -> str:
    """Return how the keys of the overflows begin that a run found: ``of`` is what tells it from others of that end."""
    return f"{spec.layout.quarantine}slot={object_keys.slot_key(end_us)}/{object_keys.OVERFLOWS}{'-'.join(of)}-"


def replace_overflows(bucket: Bucket, start: str, found: Optional[DataFrame]) -> int:
    """Let the files that begin so be exactly the overflows found; return how many these are."""
    written = []
    if found is not None:
        order = parts.ascending(["column", "source_object", "source_line", "raw"])
        written = parts.write_parquet_parts(found, order, bucket.name, start)
    bucket.delete(set(bucket.keys(start)).difference(part.key for part in written))
    return sum(part.rows for part in written)


def _keys_about(bucket: Bucket, spec: Spec, objects: Sequence[str]) -> List[str]:
    """Return the keys of the quarantine from the first slot in which one of the objects arrived to the last."""
    if not objects:
        return []
    prefix = spec.layout.quarantine
    ends = [_slot_end(spec, object_keys.arrival_of_key(key)) for key in objects]
    first, after_last = object_keys.slot_key(min(ends)), object_keys.slot_key(max(ends) + spec.slot.length_us)
    return bucket.keys(prefix, f"{prefix}slot={first}/", f"{prefix}slot={after_last}/")


def _slot_end(spec: Spec, arrival_us: int) -> int:
    return (arrival_us // spec.slot.length_us + 1) * spec.slot.length_us
