"""The made-up traffic: the same for a seed, realistic in shape, and broken only where it is meant to be."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest
from events.disorder import ORDERLY, Disorder
from events.generator import SAMPLE_FILE, Arrival, Traffic, generate, micros, sample_events
from events.population import Population

START = datetime(2025, 10, 22, tzinfo=timezone.utc)
DAY = timedelta(days=1)


def digest(lines: list[Arrival]) -> str:
    """Return a checksum over everything a line is."""
    return hashlib.sha256(repr(lines).encode()).hexdigest()


@pytest.fixture(scope="module")
def day() -> list[Arrival]:
    """One day of traffic."""
    return generate(Traffic(5_000, START, START + DAY), seed=3)


def test_the_same_seed_gives_the_same_bytes() -> None:
    traffic = Traffic(500, START, START + DAY)
    assert digest(generate(traffic, 5)) == digest(generate(traffic, 5))


def test_another_seed_gives_other_bytes() -> None:
    traffic = Traffic(500, START, START + DAY)
    assert digest(generate(traffic, 5)) != digest(generate(traffic, 6))


def test_lines_come_in_order_of_arrival_and_events_do_not_come_in_order_of_time(day: list[Arrival]) -> None:
    arrivals = [line.arrival_us for line in day]
    times = [json.loads(line.line)["ts"] for line in day if line.kind == "event"]
    assert arrivals == sorted(arrivals)
    assert times != sorted(times)


def test_misbehaving_lines_are_added_in_the_declared_shares(day: list[Arrival]) -> None:
    assert Counter(line.kind for line in day) == {"event": 5_000, "duplicate": 100, "poison": 30, "conflict": 5}


def test_a_duplicate_has_the_bytes_of_an_event_and_arrives_after_it(day: list[Arrival]) -> None:
    first = {line.line: line.arrival_us for line in day if line.kind == "event"}
    later = [first[line.line] < line.arrival_us for line in day if line.kind == "duplicate"]
    assert later == [True] * 100


def test_a_conflict_has_the_id_of_an_event_and_another_amount(day: list[Arrival]) -> None:
    amounts = {(e := json.loads(line.line))["event_id"]: e.get("amount") for line in day if line.kind == "event"}
    conflicts = [json.loads(line.line) for line in day if line.kind == "conflict"]
    assert [amounts[event["event_id"]] != event["amount"] for event in conflicts] == [True] * 5


def test_some_events_arrive_much_later_than_they_happen(day: list[Arrival]) -> None:
    delays = [line.arrival_us // 10**6 - json.loads(line.line)["ts"] for line in day if line.kind == "event"]
    assert sum(delay > 120 for delay in delays) > 100
    assert max(delays) > 1800
    assert -90 <= min(delays) < 0


def test_amounts_are_json_numbers_with_two_decimals(day: list[Arrival]) -> None:
    events = [json.loads(line.line, parse_float=str) for line in day if line.kind == "event"]
    decimals = Counter(len(event["amount"].partition(".")[2]) for event in events if "amount" in event)
    assert list(decimals) == [2]


def test_a_few_events_lack_the_amount_or_the_way_in_which_the_card_was_read(day: list[Arrival]) -> None:
    events = [json.loads(line.line) for line in day if line.kind == "event"]
    for field in ("amount", "pos_mode"):
        assert 20 < sum(field not in event for event in events) < 100  # 1 % of 5,000 is 50


def test_a_few_cards_and_merchants_take_most_of_the_traffic(day: list[Arrival]) -> None:
    counts = Counter(line.partition_key for line in day)
    assert sum(count for _, count in counts.most_common(len(counts) // 10)) > len(day) / 3


def test_nights_are_quieter_than_evenings() -> None:
    lines = generate(Traffic(4_000, START, START + DAY, disorder=ORDERLY), seed=1)
    hours = Counter(json.loads(line.line)["ts"] // 3600 % 24 for line in lines)
    assert hours[19] > 3 * hours[3]


def test_a_held_back_stretch_arrives_all_at_once() -> None:
    held = START + 2 * DAY
    lines = generate(Traffic(300, START, START + DAY, held_until=held, disorder=ORDERLY), seed=1)
    assert {(line.arrival_us - micros(held)) // 60_000_000 for line in lines} == {0, 1, 2}


def test_a_quiet_stretch_uses_only_the_active_cards() -> None:
    people = Population(cards=100)
    lines = generate(Traffic(300, START, START + DAY, active_cards=5, disorder=ORDERLY), 1, people)
    assert {line.partition_key for line in lines} == {people.card_id(rank) for rank in range(95, 100)}


def test_orderly_traffic_has_one_line_for_each_event() -> None:
    assert len(generate(Traffic(200, START, START + DAY, disorder=ORDERLY), 1)) == 200


def test_poison_comes_in_every_declared_form() -> None:
    lines = generate(Traffic(200, START, START + DAY, disorder=Disorder(0, 0, 1.0, 0, 0)), 1)
    broken = [line.line for line in lines if line.kind == "poison"]
    for sign in (b"NaN", b"\xff", b"heartbeat", b'"a lot"', b"-12.5", b'"usd"', b'"merchant_id": null'):
        assert any(sign in line for line in broken), sign


def test_the_sample_events_are_the_lines_of_the_sample_file() -> None:
    lines = sample_events(START)
    assert b"\n".join(line.line for line in lines) + b"\n" == SAMPLE_FILE.read_bytes()
    assert len(lines) == 20
    assert lines[0].partition_key == "card_00001"
