"""The comparisons of the demo must fail when a figure is wrong, and say which."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from demo.checks import Checks, gold_check, records_check, slot_counts_check
from demo.lake import arrival_us, slot_key
from demo.recompute.expected import Expected, SlotCounts
from demo.recompute.lines import BronzeLine
from demo.traffic import BUSY_UNTIL, END, MISSED_SLOT_ENDS, PROBES, START, WATERMARK_DELAY, Evening, evening
from events.generator import micros, sample_events

SPEC = json.loads((Path(__file__).parents[1] / "fixtures" / "card-features.spec.json").read_text())
CARDS = "card_features"
SLOT_END = datetime(2025, 10, 23, 22, 50, tzinfo=timezone.utc)
REPORT = {"lines": 10, "accepted": 7, "duplicates": 1, "quarantined": {"too_late": 2}, "quarantinedTotal": 2}


def counts() -> SlotCounts:
    """Return the counts that ``REPORT`` states."""
    return SlotCounts(10, 7, 1, Counter(too_late=2))


def test_equal_counts_pass() -> None:
    assert slot_counts_check(SLOT_END, REPORT, counts()).passed


@pytest.mark.parametrize("figure", ["lines", "accepted", "duplicates", "quarantinedTotal"])
def test_a_count_that_is_off_by_one_is_named(figure: str) -> None:
    report: dict[str, Any] = {**REPORT, figure: int(str(REPORT[figure])) + 1}
    differences = slot_counts_check(SLOT_END, report, counts()).differences
    assert f"slot 22:50 counts, {figure}: got {report[figure]}, expected {REPORT[figure]}" in differences


def test_a_line_that_went_missing_is_named() -> None:
    report = {**REPORT, "accepted": 6}
    assert any(
        "accepted + duplicates + quarantined: got 9" in d
        for d in slot_counts_check(SLOT_END, report, counts()).differences
    )


def test_records_differ_by_text_and_by_presence() -> None:
    check = records_check("online", {"a": {"n": "1.0"}, "b": {"n": "1"}}, {"a": {"n": "1"}, "c": {"n": "1"}})
    assert len(check.differences) == 3
    assert "online, a: got {'n': '1.0'}, expected {'n': '1'}" in check.differences


def test_many_differences_are_cut_short_with_their_number() -> None:
    check = records_check("online", {}, {str(n): {} for n in range(1)} | {str(n): {"x": "1"} for n in range(9)})
    assert check.differences[-1] == "... and 6 more"


@pytest.fixture(scope="module")
def sample() -> Expected:
    """The sample events."""
    state = Expected(SPEC)
    state.add(BronzeLine("a", n, a.line, micros(START)) for n, a in enumerate(sample_events(START)))
    return state


def gold_table(state: Expected, **changes: dict[str, Any]) -> pa.Table:
    """Return the recomputed gold rows as the lake would hold them, some with changes."""
    rows = []
    for event_id, features in state.groups[CARDS].gold().items():
        event = state.accepted[event_id]
        time = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=event.event_time_us)
        row = {"event_id": event_id, "event_time": time, **event.values, **features}
        for name in ("amount", "txn_amount_1h", "last_amount"):
            row[name] = None if row[name] is None else Decimal(row[name]).scaleb(-2)
        rows.append({**row, **changes.get(event_id, {})})
    return pa.Table.from_pylist(rows)


def test_gold_rows_that_agree_pass_in_any_order(sample: Expected) -> None:
    table = gold_table(sample)
    shuffled = table.take(list(reversed(range(len(table)))))
    assert gold_check(shuffled, sample, CARDS).passed


def test_one_wrong_value_among_the_gold_rows_is_named(sample: Expected) -> None:
    table = gold_table(sample, evt_1761238000_2345={"txn_amount_1h": Decimal("1239.01")})
    differences = gold_check(table, sample, CARDS).differences
    assert differences == ("card_features evt_1761238000_2345, txn_amount_1h: got 123901, expected 123900",)


def test_a_missing_gold_row_is_found(sample: Expected) -> None:
    assert not gold_check(gold_table(sample).slice(1), sample, CARDS).passed


def test_checks_collect_what_failed() -> None:
    checks = Checks()
    checks.equal("denied calls", [], [])
    checks.equal("rows", 3, 4)
    assert [check.differences for check in checks.failed] == [("rows: got 3, expected 4",)]


def test_the_arrival_minute_comes_from_the_bronze_prefix() -> None:
    key = "bronze/streaming/card_authorization/ingest_dt=2025/10/23/22/41/s-1-2025-10-23-22-41-30-x.json.gz"
    assert arrival_us(key) == micros(datetime(2025, 10, 23, 22, 41, tzinfo=timezone.utc))
    with pytest.raises(ValueError, match="expected ingest_dt="):
        arrival_us("bronze/elsewhere")


def test_a_slot_key_is_basic_iso() -> None:
    assert slot_key(SLOT_END) == "20251023T225000Z"


@pytest.fixture(scope="module")
def played() -> Evening:
    """The evening that the demo plays by default."""
    return evening(seed=1)


def test_the_evening_is_large_enough_and_ends_in_silence(played: Evening) -> None:
    per_minute = {minute: len(lines) for minute, lines in played.by_minute.items()}
    assert played.lines > 20_000
    assert sum(per_minute[START + timedelta(minutes=n)] for n in range(3)) > 12_000
    assert max(count for minute, count in per_minute.items() if minute >= END - timedelta(minutes=30)) < 60


def test_the_first_slot_takes_the_backlog_and_live_traffic_and_the_last_follows_an_hour_of_near_silence(
    played: Evening,
) -> None:
    events = [json.loads(a.line) for lines in played.by_minute.values() for a in lines if a.kind == "event"]
    before = {event["card_id"] for event in events if event["ts"] * 10**6 < micros(BUSY_UNTIL)}
    after = {event["card_id"] for event in events if event["ts"] * 10**6 >= micros(BUSY_UNTIL)}
    assert len(events) > 20_000
    assert len(before - after) > len(before) / 2
    assert sum(len(played.by_minute[START + timedelta(minutes=n)]) for n in range(3, 7)) > 1_000


def test_probes_are_small_online_payments_of_many_cards_at_one_merchant(played: Evening) -> None:
    lines = [json.loads(a.line) for lines in played.by_minute.values() for a in lines if b"_probe" in a.line]
    assert len({event["card_id"] for event in lines}) == len(lines) == PROBES
    assert {(event["merchant_id"], event["pos_mode"]) for event in lines} == {("merchant_0251", "online")}
    assert max(event["amount"] for event in lines) < 10


def test_lines_arrive_before_and_after_the_schedules_that_are_missed(played: Evening) -> None:
    minutes = sorted(played.by_minute)
    assert minutes[0] < MISSED_SLOT_ENDS[0] - timedelta(minutes=10)
    assert any(missed - timedelta(minutes=10) <= minute < missed for missed in MISSED_SLOT_ENDS for minute in minutes)
    assert minutes[-1] >= MISSED_SLOT_ENDS[-1] + WATERMARK_DELAY
