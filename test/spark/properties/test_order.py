"""Arrival order and repetition make no difference: the same lines in any order, doubled or found late, end the same.

Every world has lines of its own, and all worlds go through the same three slots.
"""

from __future__ import annotations

import json
import random
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import pytest
from naive_model import model_features
from properties import (
    MINUTE,
    Delivery,
    Expected,
    Played,
    Row,
    Sent,
    as_served,
    by_slot,
    content,
    differences,
    play,
)
from properties_histories import (
    CARDS,
    DECIMAL_SUM,
    INTEGER,
    SLOT,
    START,
    STRING,
    a_document,
    a_history,
    an_aggregation,
    an_event,
    lines_of,
    packed,
    some_values,
)
from spark_lake import LakeFactory

SEED = 4
ENDS = tuple(START + SLOT * slot for slot in (1, 2, 3))
MINUTES = tuple(end - SLOT + MINUTE * minute for end in ENDS for minute in (1, 8))
PERMUTED = [f"p{number}-" for number in range(120)]
DUPLICATED = {f"d{share}-{number}-": share / 100 for share in range(0, 31, 5) for number in range(6)}
CONFLICTING = [f"c{number}-" for number in range(40)]
FOUND_LATE = [f"l{number}-" for number in range(12)]
LASTING = [
    an_aggregation("events", "count", None, INTEGER, (360, 0, "left")),
    an_aggregation("paid", "sum", "amount", DECIMAL_SUM, (360, 0, "left")),
    an_aggregation("last_shop", "last", "shop", STRING, (360, 0, "left")),
]
"""Features whose values last, so that a record that should be written again is not written for another reason."""


def versions(events: Sequence[Row], world: str, chance: random.Random) -> List[Row]:
    """Return other contents of some events: other values, often another card, sometimes another time."""
    changed = []
    for event in chance.sample(list(events), len(events) // 2):
        bank, card = chance.choice(CARDS) if chance.random() < 0.5 else (event["bank"][len(world) :], event["card"])
        time = event["event_time"] + chance.choice((0, 0, 1, 5 * MINUTE, -24 * 60 * MINUTE))
        place = {"event_time": time, "bank": f"{world}{bank}", "card": card}
        changed.append({**event, **place, **some_values(chance)})
    return changed


def doubled(lines: Sequence[Sent], share: float, chance: random.Random) -> List[Sent]:
    """Return the lines with so many duplicates that they are this share of all, each written anew."""
    count = round(len(lines) * share / (1 - share))
    events = [line.event for line in chance.choices(list(lines), k=count) if line.event is not None]
    return [*lines, *lines_of(events, chance)]


def shuffled_worlds(seed: int) -> Iterator[Sent]:
    """Yield the lines of the same history in every permuted and duplicated world, and of histories with conflicts."""
    chance = random.Random(seed)
    for world in PERMUTED:
        yield from lines_of(a_history(random.Random(seed), world, 12, 3 * SLOT), chance)
    for world, share in DUPLICATED.items():
        yield from doubled(lines_of(a_history(random.Random(seed), world, 20, 3 * SLOT), chance), share, chance)
    for world in CONFLICTING:
        events = a_history(chance, world, 10, 3 * SLOT)
        yield from lines_of([*events, *versions(events, world, chance)], chance)


def play_shuffled(lake_of: LakeFactory, seed: int) -> Played:
    chance = random.Random(seed)
    return play(lake_of(a_document()), by_slot(packed(list(shuffled_worlds(seed)), MINUTES, chance), ENDS))


def found_late_worlds(seed: int) -> Dict[int, List[Delivery]]:
    """Return objects of the first slot by the slot in which they are found; their lines contradict each other."""
    chance = random.Random(seed)
    appearing: Dict[int, List[Delivery]] = {end: [] for end in ENDS}
    for world in FOUND_LATE:
        events = a_history(chance, world, 10, 2 * SLOT)
        lines = lines_of([*events, *versions(events, world, chance), *chance.sample(events, 2)], chance)
        for delivery in packed(lines, [START + MINUTE * minute for minute in range(1, 8)], chance, world):
            appearing[chance.choice(ENDS)].append(delivery)
    return appearing


def corrections(end: int) -> List[Delivery]:
    """Return an object of the first slot that is found in the first, or an earlier one that is found in the last.

    The earlier one has other versions of three of its five events: with another card, without leaving the only event
    of the first card behind, or of a day before, where no window reaches.
    """
    time, chance = START + MINUTE, random.Random(0)
    if end == ENDS[0]:
        events = [an_event(f"{name}0", time, (name, "old")) for name in ("moved", "gone", "aged")]
        events += [an_event(f"{name}1", time, (name, "old")) for name in ("moved", "aged")]
        return [Delivery(START + 9 * MINUTE, "corrected", tuple(lines_of(events, chance)))]
    events = [an_event(f"{name}0", time, (name, "new")) for name in ("moved", "gone")]
    events.append(an_event("aged0", time - 24 * 60 * MINUTE, ("aged", "old")))
    return [Delivery(START, "correcting", tuple(lines_of(events, chance)))] if end == ENDS[-1] else []


@pytest.fixture(scope="module")
def shuffled(new_lake: LakeFactory) -> Played:
    """Return a lake with all worlds whose lines arrive in any order."""
    return play_shuffled(new_lake, SEED)


@pytest.fixture(scope="module")
def found_late(new_lake: LakeFactory) -> Played:
    """Return a lake with worlds whose objects are found in another order than they arrived in."""
    worlds = found_late_worlds(SEED)
    return play(new_lake(a_document(LASTING)), {end: [*worlds[end], *corrections(end)] for end in ENDS})


def of_world(rows: Dict[str, Row], world: str) -> List[Tuple[str, Any]]:
    """Return the rows of a world in the order of their ids, without the world's name and without provenance."""
    own = [content(row) for row in rows.values() if row["bank"].startswith(world)]
    bare = [{**row, "event_id": row["event_id"][len(world) :], "bank": row["bank"][len(world) :]} for row in own]
    return sorted((row["event_id"], repr(sorted(row.items()))) for row in bare)


def records_of_world(online: Dict[str, Row], world: str) -> Dict[str, str]:
    """Return the records of a world by what follows its name in their identifiers."""
    entities = {tuple(json.loads(name)): repr(record) for name, record in online.items()}
    return {f"{bank[len(world) :]}|{card}": text for (bank, card), text in entities.items() if bank.startswith(world)}


@pytest.mark.parametrize("worlds", [PERMUTED, list(DUPLICATED)], ids=["any order", "0 to 30 % duplicates"])
def test_the_same_events_end_in_the_same_state(shuffled: Played, worlds: Sequence[str]) -> None:
    end = ENDS[-1]
    first, *others = worlds
    for world in others:
        for table in (shuffled.silver[end], shuffled.gold[end]):
            assert of_world(table, world) == of_world(table, first)
        assert records_of_world(shuffled.online[end], world) == records_of_world(shuffled.online[end], first)


def test_every_duplicate_is_counted(shuffled: Played) -> None:
    # Of 20 events a share s of all lines are duplicates where there are 20 s / (1 - s) of them: 0 to 30 % by fives.
    assert sum(report["accepted"] for report in shuffled.reports.values()) == 120 * 12 + 42 * 20 + 40 * 10
    per_share = [0, 1, 2, 4, 5, 7, 9]
    duplicates = sum(report["duplicates"] for report in shuffled.reports.values())
    conflicts = sum(report["quarantinedTotal"] for report in shuffled.reports.values())
    assert duplicates + conflicts == 6 * sum(per_share) + 40 * 5
    assert duplicates >= 6 * sum(per_share)


def test_of_contradicting_lines_the_first_to_arrive_stands_in_every_slot(shuffled: Played) -> None:
    assert_as_expected(shuffled)


def test_objects_found_out_of_order_leave_the_silver_and_gold_of_their_arrival_order(found_late: Played) -> None:
    for end, expected in found_late.expected.items():
        assert differences(expected.silver, found_late.silver[end]) == {}
        assert differences(expected.gold(found_late.group), found_late.gold[end]) == {}
    assert sum(report["silver"]["replaced"] for report in found_late.reports.values()) > 20


def test_objects_found_out_of_order_leave_the_records_of_their_arrival_order(found_late: Played) -> None:
    for end, expected in found_late.expected.items():
        assert differences(with_vanished(expected, found_late, end), found_late.online[end]) == {}


@pytest.mark.parametrize("entity", ["moved", "gone", "aged"])
def test_a_record_forgets_an_event_that_turned_out_to_be_another(found_late: Played, entity: str) -> None:
    """Before, the old card has every event; after the correction, it has only those that were not corrected."""
    before, after = (found_late.online[end][f'["{entity}","old"]']["events"] for end in (ENDS[0], ENDS[-1]))
    assert (before, after) == {"moved": (2, 1), "gone": (1, 0), "aged": (2, 1)}[entity]


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(SEED + 1, SEED + 9))
def test_other_orders_end_in_what_the_model_says(new_lake: LakeFactory, seed: int) -> None:
    """Eight times 120 permutations, 42 worlds with duplicates, 40 with conflicts."""
    assert_as_expected(play_shuffled(new_lake, seed))


def with_vanished(expected: Expected, played: Played, end: int) -> Dict[str, Row]:
    """Return the expected records, those included of entities that had events once: nothing is left to aggregate."""
    nothing = as_served(model_features(played.group, [], {"query_time": end}), played.group)
    return {**dict.fromkeys(played.online[end], nothing), **expected.online(played.group, end)}


def assert_as_expected(played: Played) -> None:
    for end, expected in played.expected.items():
        assert differences(expected.silver, played.silver[end]) == {}
        assert differences(expected.gold(played.group), played.gold[end]) == {}
        assert differences(expected.online(played.group, end), played.online[end]) == {}
