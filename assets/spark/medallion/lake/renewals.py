"""Renewals: entities whose records the next slot writes, whatever these are compared with.

A renewal is an object with lines of JSON, each with the columns of one entity of a feature group, whatever else it has.
It is open from when it is written until a slot that has read it is published, and the report of a slot states what it
has read. Every renewal has a name that no other ever has, so a writer that was stopped writes another one, and what is
open never changes.

A renewal that is held waits to be released. No slot reads it, but one that publishes all of its group.
"""

from __future__ import annotations

import uuid
from typing import Iterable, List, Optional, Tuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from medallion.lake import parts
from medallion.lake.bucket import Bucket
from medallion.spec.declaration import FeatureGroup, Layout, Spec
from medallion.spec.names import all_quoted, quoted

_OPEN, _HELD = "entities/", "held/"


def write_renewals(entities: DataFrame, group: FeatureGroup, bucket: Bucket, layout: Layout) -> List[str]:
    """Write the entities, and return the keys of their renewals; none where there are no entities."""
    return _write(entities, group, bucket, _open(layout))


def hold_renewals(entities: DataFrame, group: FeatureGroup, bucket: Bucket, layout: Layout) -> List[str]:
    """Write the entities as renewals that are held, and return their keys; none where there are no entities."""
    return _write(entities, group, bucket, _held(layout))


def release_renewals(bucket: Bucket, layout: Layout) -> List[str]:
    """Open every renewal that is held, and return the keys of those that were opened."""
    opened = []
    for held in held_renewals(bucket, layout):
        body = bucket.body(held)
        if body is not None:
            opened.append(_open(layout) + held[len(_held(layout)) :])
            bucket.put(opened[-1], body)
        bucket.delete([held])
    return opened


def renewals_folder(layout: Layout, group: FeatureGroup) -> str:
    """Return the prefix under which a renewal of a group is open."""
    return _of_group(_open(layout), group)


def open_renewals(bucket: Bucket, layout: Layout) -> List[str]:
    """Return the keys of the renewals that are not held, in order."""
    return bucket.keys(_open(layout))


def held_renewals(bucket: Bucket, layout: Layout) -> List[str]:
    """Return the keys of the renewals that are held, in order."""
    return bucket.keys(_held(layout))


def of_group(keys: Iterable[str], group: FeatureGroup) -> Tuple[str, ...]:
    """Return the renewals among the keys that name entities of a group."""
    folders = tuple(f"/{folder}{group.name}/" for folder in (_OPEN, _HELD))
    return tuple(key for key in keys if any(folder in key for folder in folders))


def renewed_entities(
    spark: SparkSession, keys: Iterable[str], group: FeatureGroup, bucket: Bucket, spec: Spec
) -> Optional[DataFrame]:
    """Return the entities of a group that renewals name, or parts of publish sets; None where none are of the group."""
    own = [bucket.uri(key) for key in keys if key.startswith(group.layout.publish)]
    own += [bucket.uri(key) for key in of_group(keys, group)]
    if not own:
        return None
    text = ", ".join(f"{quoted(name)} STRING" for name in group.entity)
    entity = [sf.col(quoted(name)).cast(spec.events.column(name).type.spark).alias(name) for name in group.entity]
    return spark.read.schema(text).json(own, lineSep="\n").select(*entity).dropna()


def _write(entities: DataFrame, group: FeatureGroup, bucket: Bucket, folder: str) -> List[str]:
    lines = entities.select(sf.to_json(sf.struct(*all_quoted(group.entity))).alias("line")).distinct()
    prefix = f"{_of_group(folder, group)}{uuid.uuid4().hex}/"
    return [part.key for part in parts.write_jsonl_parts(lines, "line", bucket.name, prefix)]


def _of_group(folder: str, group: FeatureGroup) -> str:
    return f"{folder}{group.name}/"


def _open(layout: Layout) -> str:
    return layout.republish + _OPEN


def _held(layout: Layout) -> str:
    return layout.republish + _HELD
