"""Slots one after the other: each leaves what the model says, whichever slots were skipped, late lines included.

The seeded history has worlds of a few entities each with ties, edges, nulls, duplicates, conflicts and late events,
silent entities of one event each, poison lines, and lines at both ends of what may still be accepted.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import Counter
from typing import Any, Dict, List

import pytest
from properties import (
    MINUTE,
    Delivery,
    Played,
    Row,
    by_entity,
    by_slot,
    deliver,
    differences,
    identifier,
    iso,
    play,
    quarantined,
    served,
    table_rows,
)
from properties_histories import SLOT, START, a_document, a_history, an_event, lines_of, packed, poison, some_values
from spark_lake import LakeFactory

from medallion.lake.bucket import Bucket
from medallion.runs.backfill_run import BackfillRun, Chunk
from medallion.spec.declaration import Feature

SEED = 20251026
FIRST = START + SLOT
ENDS = tuple(FIRST + SLOT * slot for slot in range(6))
DAY = 24 * 60 * MINUTE
LATENESS, AHEAD = 7 * DAY, 2 * MINUTE + DAY
"""What the declaration accepts: a week late, and two minutes of slack and a day of skew ahead."""

WORLDS, SILENT = 12, 18


def busy_lines(chance: random.Random) -> List[Delivery]:
    """Draw worlds whose events arrive in any of the first four slots, some twice, some in two versions, and poison."""
    events = [event for world in range(WORLDS) for event in a_history(chance, f"w{world}-", 16, 3 * SLOT)]
    versions = [{**event, **some_values(chance)} for event in chance.sample(events, 12)]
    lines = lines_of([*events, *versions, *chance.sample(events, 30)], chance) + poison(chance, 25)
    minutes = [START + SLOT * slot + MINUTE * minute for slot in range(4) for minute in (1, 8)]
    return packed(lines, minutes, chance)


def silent_events() -> List[Row]:
    """Return one event for each silent entity, at slot ends, a microsecond beside them, and in between."""
    values = {"amount": None, "score": 7, "weight": 1.5, "shop": "a"}
    times = [START + step * 5 * MINUTE + beside for step in range(SILENT // 3) for beside in (-1, 0, 1)]
    return [an_event(f"s{number}", time, (f"s{number}", "c"), **values) for number, time in enumerate(times)]


def edge_lines(chance: random.Random, arrival_us: int) -> List[Delivery]:
    """Return an object with lines as old and as early as is accepted, and a microsecond beyond."""
    times = (-LATENESS, -LATENESS - 1, AHEAD, AHEAD + 1)
    events = [an_event(f"edge{number}", arrival_us + time, ("edge", "c")) for number, time in enumerate(times)]
    return [Delivery(arrival_us, "edges", tuple(lines_of(events, chance)))]


def a_week(seed: int) -> List[Delivery]:
    chance = random.Random(seed)
    silent = Delivery(START + 3 * MINUTE, "silent", tuple(lines_of(silent_events(), chance)))
    return [*busy_lines(chance), silent, *edge_lines(chance, START + SLOT)]


@pytest.fixture(scope="module")
def every_slot(new_lake: LakeFactory) -> Played:
    """Return a lake after each of six slots was run."""
    return play(new_lake(a_document()), by_slot(a_week(SEED), ENDS))


def test_after_every_slot_silver_gold_and_online_are_what_the_model_says(every_slot: Played) -> None:
    for end, expected in every_slot.expected.items():
        assert differences(expected.silver, every_slot.silver[end]) == {}
        assert differences(expected.gold(every_slot.group), every_slot.gold[end]) == {}
        assert differences(expected.online(every_slot.group, end), every_slot.online[end]) == {}


def test_every_line_of_every_slot_is_accepted_a_duplicate_or_quarantined(every_slot: Played) -> None:
    for end, report in every_slot.reports.items():
        counts = every_slot.expected[end].counts(report["objects"])
        assert {name: report[name] for name in counts} == counts
        assert report["lines"] == report["accepted"] + report["duplicates"] + report["quarantinedTotal"]
    deliveries = every_slot.expected[ENDS[-1]].deliveries
    assert sum(report["lines"] for report in every_slot.reports.values()) == sum(len(d.lines) for d in deliveries)


def test_lines_beyond_the_horizon_are_quarantined_and_those_on_it_are_not(every_slot: Played) -> None:
    """The other lines too late or from the future are poison, which has no event to compare with."""
    (edges,) = (d for d in every_slot.expected[ENDS[-1]].deliveries if d.name == "edges")
    key = edges.key(every_slot.lake.spec)
    found = {place: reason for place, reason in quarantined(every_slot.lake).items() if place.startswith(key)}
    assert found == {f"{key}:2": "too_late", f"{key}:4": "from_the_future"}
    assert {"edge0", "edge2"} <= every_slot.silver[ENDS[1]].keys()


def test_quarantine_holds_each_refused_line_with_its_reason_and_nothing_else(every_slot: Played) -> None:
    total: Counter[str] = Counter()
    for report in every_slot.reports.values():
        total.update(report["quarantined"])
    assert Counter(quarantined(every_slot.lake).values()) == total


def test_a_slot_writes_only_gold_rows_that_are_new_or_whose_value_changed(every_slot: Played) -> None:
    """A row is the same if its event id and time are; one that stands elsewhere now is deleted and written anew."""
    before: Dict[Any, Row] = {}
    late = 0
    for end, report in every_slot.reports.items():
        rows = every_slot.expected[end].gold(every_slot.group).values()
        now = {(row["event_id"], row["event_time"]): row for row in rows}
        changed = {key for key in {*before, *now} if before.get(key) != now.get(key)}
        assert report["groups"][0]["goldWritten"] == len(changed)
        late += len(changed & before.keys())
        before = now
    assert late > 50  # so that the history has late events that change rows which stand


def test_a_publish_set_has_exactly_the_entities_whose_record_changes(every_slot: Played) -> None:
    before: Dict[str, Row] = {}
    for end in ENDS:
        now = every_slot.expected[end].online(every_slot.group, end)
        published = [record["entity_key"] for record in every_slot.lake.published(iso(end))]
        assert published == sorted(key for key in now if now[key] != before.get(key))
        before = now


def test_silver_has_the_rows_that_were_inserted_and_gold_one_for_each(every_slot: Played) -> None:
    inserted = 0
    for end, report in every_slot.reports.items():
        inserted += report["silver"]["inserted"]
        assert len(every_slot.silver[end]) == len(every_slot.gold[end]) == inserted


def test_the_counts_of_gold_add_up_to_what_silver_holds(every_slot: Played) -> None:
    """An event counts once in each row of its entity that is later by at most the window: nothing more or less.

    The closed window sees, beside what the open one sees, all events of the row's own time: of m at one time each
    sees m.
    """
    for end in ENDS:
        rows = every_slot.gold[end].values()
        entities = by_entity(every_slot.silver[end].values(), every_slot.group).values()
        times = [sorted(event["event_time"] for event in events) for events in entities]
        reached = sum(_between(own, time, time + 20 * MINUTE) for own in times for time in own)
        tied = sum(count**2 for own in times for count in Counter(own).values())
        assert sum(row["events"] for row in rows) == reached
        assert sum(row["events_both_ends"] for row in rows) == reached + tied


def test_a_silent_entity_becomes_empty_at_the_first_slot_after_its_window_and_not_before(every_slot: Played) -> None:
    aggregated = [f for f in every_slot.group.features if isinstance(f, Feature) and f.column != "amount"]
    values = [f for f in aggregated if f.where is None and f.aggregation not in ("variance", "stddev")]
    ended = 0
    for event in silent_events():
        for feature in values:
            window, empty = feature.window, None if feature.empty_value is None else 0
            enters = event["event_time"] + window.offset_us + (window.closed in ("left", "neither"))
            leaves = event["event_time"] + window.reach_us + (window.closed in ("left", "both"))
            for end in ENDS:
                value = every_slot.online[end][identifier((event["bank"], event["card"]))].get(feature.name)
                assert (value != empty) == (enters <= end < leaves), (event, feature, end)
            ended += leaves <= ENDS[-1]
    assert ended == len(values) * SILENT


@pytest.mark.parametrize("ends", [ENDS[2::3], ENDS[-1:]], ids=["every third slot", "one run at the end"])
def test_skipped_slots_make_no_difference_to_the_slots_that_run(
    new_lake: LakeFactory, every_slot: Played, ends: List[int]
) -> None:
    skipping = play(new_lake(a_document()), by_slot(a_week(SEED), ends))
    for end in ends:
        assert differences(every_slot.silver[end], skipping.silver[end]) == {}
        assert differences(every_slot.gold[end], skipping.gold[end]) == {}
        assert differences(every_slot.online[end], skipping.online[end]) == {}
    assert quarantined(skipping.lake) == quarantined(every_slot.lake)


def test_one_backfill_makes_what_all_the_slots_make(new_lake: LakeFactory, every_slot: Played) -> None:
    """The slot after it finds silver and gold as they should be, and publishes every entity."""
    lake, end = new_lake(a_document()), ENDS[-1]
    deliver(lake, a_week(SEED))
    chunk = Chunk("all", START, end)
    BackfillRun(lake.spark, lake.spec, Bucket(lake.bucket), lake.bucket, chunk).run()
    assert differences(every_slot.silver[end], table_rows(lake, lake.spec.events.table)) == {}
    assert differences(every_slot.gold[end], table_rows(lake, every_slot.group.table)) == {}
    assert quarantined(lake) == quarantined(every_slot.lake)
    report = lake.run(iso(end))
    assert (report["silver"]["inserted"], report["groups"][0]["goldWritten"]) == (0, 0)
    assert differences(every_slot.online[end], served(lake, end, every_slot.group)) == {}


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(SEED + 1, SEED + 11))
def test_other_histories_end_in_what_the_model_says_whichever_slots_run(new_lake: LakeFactory, seed: int) -> None:
    ends = [*sorted(random.Random(seed).sample(ENDS[:-1], 2)), ENDS[-1]]
    played = play(new_lake(a_document()), by_slot(a_week(seed), ends))
    for end, expected in played.expected.items():
        assert differences(expected.silver, played.silver[end]) == {}
        assert differences(expected.gold(played.group), played.gold[end]) == {}
        assert differences(expected.online(played.group, end), played.online[end]) == {}


def _between(times: List[int], after: int, until: int) -> int:
    """Return how many of the sorted times are after one instant and not after the other."""
    return bisect_right(times, until) - bisect_right(times, after)
