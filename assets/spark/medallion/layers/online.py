"""Online: one record for each entity whose features differ between the last published slot and this one.

What was served is found from silver without what is new. That fails where an event was displaced, of which silver has
nothing left, and where a slot was published in part. Such entities are renewed: their records are written in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Callable, Iterable, Iterator, List, Optional, Sequence, Tuple

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from medallion import object_keys
from medallion.evaluation.evaluate import evaluate
from medallion.evaluation.pieces import entity_pieces
from medallion.layers.differences import differing_events
from medallion.layers.overflows import Tell, overflows_of
from medallion.layers.record import record_lines
from medallion.spec.column_type import INSTANT
from medallion.spec.declaration import FeatureGroup, Spec
from medallion.spec.names import EVENT_KEY, IS_EVENT, IS_NEW, OVERFLOWED, QUERY_TIME, SOURCE_OBJECT, all_quoted, quoted

RECORDS_SCHEMA = f"record_identifier STRING, line STRING, {quoted(OVERFLOWED)} ARRAY<STRING>"
_RECORDS = pa.schema([("record_identifier", pa.string()), ("line", pa.string()), (OVERFLOWED, pa.list_(pa.string()))])


@dataclass(frozen=True)
class Publication:
    """The slot to serve, the slot that is served (None: none yet), and the bronze objects that it has not seen."""

    slot_end_us: int
    served_us: Optional[int]
    new_objects: Tuple[str, ...]


def online_records(
    silver: DataFrame,
    publication: Publication,
    group: FeatureGroup,
    spec: Spec,
    renewed: Optional[DataFrame] = None,
    tell: Optional[Tell] = None,
) -> DataFrame:
    """Return (record identifier, line, ``OVERFLOWED``) of the records that have to be written, in no order.

    ``renewed`` are entities whose records are written in any case; ``tell`` is called with the number of overflows of
    each batch.
    """
    events = silver.withColumn(IS_NEW, sf.col("source_object").isin(list(publication.new_objects)))
    entities = _with_renewed(changing_entities(events, publication, group), renewed, group)
    oldest = (publication.slot_end_us if publication.served_us is None else publication.served_us) - group.reach_us
    columns = list(dict.fromkeys((*EVENT_KEY, *all_quoted(group.columns), IS_NEW)))
    in_reach = events.where(sf.unix_micros("event_time") >= oldest)
    history = in_reach.join(entities, list(group.entity), "left_semi").select(*columns, sf.lit(True).alias(IS_EVENT))
    asked = entities.withColumn(IS_EVENT, sf.lit(False))
    entity = all_quoted(group.entity)
    rows = history.unionByName(asked, allowMissingColumns=True).repartition(*entity).sortWithinPartitions(*entity)
    return rows.mapInArrow(_publisher(publication, group, spec, tell), RECORDS_SCHEMA)


def changing_entities(events: DataFrame, publication: Publication, group: FeatureGroup) -> DataFrame:
    """Return the entities with new events, or with an event that enters or leaves a window since the last slot.

    The time since an event is another one at every instant, so an event that stays inside such a window counts as well.
    Where nothing is served yet, these are all entities.
    """
    entity = all_quoted(group.entity)
    if publication.served_us is None:
        return events.select(*entity).distinct()
    spans = crossing_times(publication.served_us, publication.slot_end_us, group)
    crossing = [sf.unix_micros("event_time").between(*span) for span in spans]
    return events.where(reduce(or_, [sf.col(IS_NEW), *crossing])).select(*entity).distinct()


def differing_entities(differences: DataFrame, group: FeatureGroup) -> DataFrame:
    """Return the entities of events that stood or will stand, if these differ in what the group's features are made of.

    An event that is the same differs in its object, which says whether a slot has seen it: of one that is in another
    object now, silver does not know any more that it was served.
    """
    columns = list(dict.fromkeys((*EVENT_KEY, SOURCE_OBJECT, *group.columns)))
    return differing_events(differences, columns).select(*all_quoted(group.entity)).distinct()


def crossing_times(served_us: int, slot_end_us: int, group: FeatureGroup) -> List[Tuple[int, int]]:
    """Return the spans of event times, both ends included, that may change a feature between two slots."""
    spans = {
        (served_us - edge, slot_end_us - edge)
        for window in group.windows
        for edge in (window.offset_us, window.reach_us)
    }
    for feature in group.aggregated:
        if feature.aggregation == "timeSinceLast":
            spans.add((served_us - feature.window.reach_us, slot_end_us - feature.window.offset_us))
    return sorted(spans)


def earliest_event_us(publication: Publication, group: FeatureGroup, spec: Spec) -> Optional[int]:
    """Return a time before which no event matters to the publication, or None where all may."""
    if publication.served_us is None:
        return None
    arrivals = [object_keys.arrival_of_key(key) for key in publication.new_objects]
    oldest_new = min(arrivals, default=publication.slot_end_us) - spec.events.allowed_lateness_us
    return min(oldest_new, publication.served_us - group.reach_us)


def changed_records(rows: pa.Table, publication: Publication, group: FeatureGroup, spec: Spec) -> pa.Table:
    """Evaluate entities (rows without ``_is_event``) over their events, and return the records that differ.

    Returned as well are those of entities that are new, and of those that ``_is_new`` marks as renewed.
    """
    events, asked = rows.filter(rows[IS_EVENT]), rows.filter(pc.invert(rows[IS_EVENT]))
    entities = asked.select(list(group.entity))
    now = evaluate(group, spec, events, _queries(entities, publication.slot_end_us))
    if publication.served_us is not None:
        known = events.filter(pc.invert(events[IS_NEW]))
        served = evaluate(group, spec, known, _queries(entities, publication.served_us))
        is_unknown = pc.invert(_is_known(entities, known, group))
        is_renewed = pc.fill_null(asked[IS_NEW], False)
        now = now.filter(reduce(pc.or_, [_differ(now, served, group), is_unknown, is_renewed]))
    records = record_lines(group, publication.slot_end_us, now)
    columns = [[identifier for identifier, _ in records], [line for _, line in records], now[OVERFLOWED].to_pylist()]
    return pa.table(columns, schema=_RECORDS)


def _with_renewed(entities: DataFrame, renewed: Optional[DataFrame], group: FeatureGroup) -> DataFrame:
    """Return entities once each, marked as ``_is_new`` where they are renewed."""
    changing = entities.withColumn(IS_NEW, sf.lit(False))
    if renewed is None:
        return changing
    marked = renewed.withColumn(IS_NEW, sf.lit(True))
    return changing.unionByName(marked).groupBy(*all_quoted(group.entity)).agg(sf.max(IS_NEW).alias(IS_NEW))


def _publisher(
    publication: Publication, group: FeatureGroup, spec: Spec, tell: Optional[Tell]
) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    def published(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for piece in entity_pieces(batches, group.entity):
            for batch in changed_records(piece, publication, group, spec).to_batches(max_chunksize=10_000):
                if tell is not None:
                    tell(overflows_of(batch))
                yield batch

    return published


def _queries(entities: pa.Table, us: int) -> pa.Table:
    times = pa.array([us], pa.int64()).cast(INSTANT)[0]
    return entities.append_column(QUERY_TIME, pa.repeat(times, entities.num_rows))


def _differ(now: pa.Table, served: pa.Table, group: FeatureGroup) -> Any:
    """Return where any feature differs; null equals null."""
    different = [_column_differs(now[feature.name], served[feature.name]) for feature in group.features]
    return reduce(pc.or_, different)


def _column_differs(left: Any, right: Any) -> Any:
    unequal = pc.fill_null(pc.not_equal(left, right), False)
    return pc.or_(unequal, pc.not_equal(pc.is_null(left), pc.is_null(right)))


def _is_known(entities: pa.Table, known: pa.Table, group: FeatureGroup) -> Any:
    """Return which entities have an event that is not new."""
    keys: Sequence[str] = list(group.entity)
    numbered = entities.append_column("_position", pa.array(range(entities.num_rows), pa.int64()))
    found = numbered.join(known.select(keys), keys=keys, join_type="left semi")
    return pc.is_in(numbered["_position"], value_set=found["_position"].combine_chunks())
