"""The second opinion of the demo, against figures worked out by hand on the sample events.

card_00001 pays 125.50 at 16:30:00, 45.99 at 16:30:30, 85.75 at 16:35:00, 95.00 at 16:41:40, 210.00 at 16:50:00 and
65.00 at 16:58:20, turn by turn at merchant_0042 and merchant_0018.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from demo.recompute.expected import Expected, SlotCounts
from demo.recompute.lines import BronzeLine
from events.generator import micros, sample_events

SPEC = json.loads((Path(__file__).parents[1] / "fixtures" / "card-features.spec.json").read_text())
DAY = datetime(2025, 10, 23, tzinfo=timezone.utc)
ARRIVAL = DAY + timedelta(hours=22, minutes=40)
BASE = {"event_id": "e1", "card_id": "card_1", "ts": 1761237000, "merchant_id": "m1", "amount": 10.5, "currency": "USD"}


def at(text: str) -> int:
    """Return a time of the sample day in microseconds."""
    hours, minutes, seconds = (float(part) for part in text.split(":"))
    return micros(DAY + timedelta(hours=hours, minutes=minutes, seconds=seconds))


def take(raws: list[bytes], expected: Expected | None = None, source: str = "a") -> tuple[Expected, SlotCounts]:
    """Feed lines that arrived at 22:40."""
    state = expected or Expected(SPEC)
    return state, state.add(BronzeLine(source, n, raw, micros(ARRIVAL)) for n, raw in enumerate(raws, 1))


def line(**changes: Any) -> bytes:
    """Return a good line with some fields changed; ``None`` leaves a field out."""
    return json.dumps({k: v for k, v in {**BASE, **changes}.items() if v is not None}).encode()


CARDS = "card_features"


@pytest.fixture
def sample() -> Expected:
    """The state after the twenty sample events."""
    return take([arrival.line for arrival in sample_events(ARRIVAL)])[0]


def record(state: Expected, card: str, instant: str) -> Mapping[str, str]:
    """Return what a card's record says at an instant."""
    state.groups[CARDS].publish(at(instant))
    return state.groups[CARDS].online(at(instant))[card]


def test_the_sample_events_are_all_accepted(sample: Expected) -> None:
    assert len(sample.accepted) == 20
    assert len(sample.groups[CARDS].entities()) == 11


def test_an_online_record_holds_every_feature_as_text(sample: Expected) -> None:
    # 125.50 + 45.99 + 85.75 + 95.00 + 210.00 + 65.00 = 627.24; 627.24 / 6 = 104.54
    assert record(sample, "card_00001", "17:00:00") == {
        "card_id": "card_00001", "event_time": "2025-10-23T17:00:00.000Z", "txn_count_1h": "6",
        "txn_amount_1h": "627.24", "merchant_count_24h": "2", "avg_amount_7d": "104.54",
        "last_merchant_id": "merchant_0018", "last_amount": "65.00", "last_currency": "USD", "last_country": "US",
        "last_pos_mode": "online",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("instant", "count", "amount"),
    [
        ("17:30:00", "6", "627.24"),  # the payment of 16:30:00 lies on the closed end
        ("17:30:00.000001", "5", "501.74"),  # 627.24 - 125.50
        ("17:40:00", "3", "370.00"),  # 95.00 + 210.00 + 65.00
        ("17:58:20", "1", "65.00"),
        ("17:58:21", "0", "0.00"),
    ],
)
def test_counts_fall_as_payments_leave_the_window(sample: Expected, instant: str, count: str, amount: str) -> None:
    found = record(sample, "card_00001", instant)
    assert (found["txn_count_1h"], found["txn_amount_1h"]) == (count, amount)


def test_a_payment_at_the_instant_itself_is_not_seen(sample: Expected) -> None:
    empty = record(sample, "card_00011", "17:00:00")  # its only payment is at 17:00:00
    assert (empty["txn_count_1h"], empty["txn_amount_1h"], "last_amount" in empty) == ("0", "0.00", False)
    assert record(sample, "card_00011", "17:10:00")["txn_amount_1h"] == "250.00"


def test_a_gold_row_sees_the_payments_before_it(sample: Expected) -> None:
    # card_00002: 789.00 at 16:31:00 and 450.00 at 16:38:20 before the one of 16:46:40, all at merchant_0025
    assert sample.groups[CARDS].gold()["evt_1761238000_2345"] == {
        "txn_count_1h": 2, "txn_amount_1h": 123900, "merchant_count_24h": 1, "avg_amount_7d": 619.5,
        "last_merchant_id": "merchant_0025", "last_amount": 45000, "last_currency": "EUR", "last_country": "FR",
        "last_pos_mode": "online",
    }  # fmt: skip


def test_a_first_payment_has_an_empty_gold_row(sample: Expected) -> None:
    row = sample.groups[CARDS].gold()["evt_1761237000_1234"]
    assert (row["txn_count_1h"], row["txn_amount_1h"], row["merchant_count_24h"]) == (0, 0, 0)
    assert (row["avg_amount_7d"], row["last_merchant_id"]) == (None, None)


def test_a_record_keeps_the_time_of_its_last_change(sample: Expected) -> None:
    cards = sample.groups[CARDS]
    assert cards.publish(at("17:00:00")) == 11
    assert cards.publish(at("17:10:00")) == 1  # card_00011, whose payment of 17:00:00 counts now
    assert cards.online(at("17:10:00"))["card_00001"]["event_time"] == "2025-10-23T17:00:00.000Z"


def test_a_record_disappears_when_its_time_to_live_is_over(sample: Expected) -> None:
    cards, published = sample.groups[CARDS], at("19:00:00")
    cards.publish(published)
    gone = published + SPEC["featureGroups"][0]["ttlUs"]
    assert (len(cards.online(gone - 1)), cards.online(gone)) == (11, {})


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"hello", "unparseable"), (b"[1]", "unparseable"), (b'{"event_id"', "unparseable"), (b"\xff{}", "unparseable"),
        (b'{"event_id": "e1", "event_id": "e2"}', "unparseable"),
        (line(amount=float("nan")), "not_finite"), (line(card_id=None), "missing_required"),
        (line(event_id=None), "missing_required"), (line(ts=None), "missing_required"),
        (line(card_id=" "), "missing_required"), (line(event_id=""), "missing_required"),
        (line(event_id=1.0), "wrong_type"),
        (line(card_id="c" * 2049), "too_long"), (line(ts=at("22:40:00") // 10**3), "wrong_unit"),
        (line(merchant_id=42), "wrong_type"), (line(amount="a lot"), "wrong_type"), (line(amount=True), "wrong_type"),
        (line(ts="now"), "wrong_type"), (line(amount=0.001), "wrong_type"),
        (line(amount=1e10), "out_of_bounds"), (line(amount=-0.01), "out_of_bounds"), (line(amount=0), "out_of_bounds"),
        (line(currency="usd"), "pattern_mismatch"), (line(currency="USDX"), "pattern_mismatch"),
        # arrival 22:40 allows 2 minutes of slack and 5 of skew ahead, and 7 days behind
        (line(ts=at("22:47:01") // 10**6), "from_the_future"),
        (line(ts=at("22:39:59") // 10**6 - 7 * 86400), "too_late"),
    ],
)  # fmt: skip
def test_a_broken_line_is_quarantined_with_its_reason(raw: bytes, reason: str) -> None:
    assert dict(take([raw])[1].quarantined) == {reason: 1}


@pytest.mark.parametrize(
    "raw",
    [
        line(), line(amount=None), line(amount="10.50"), line(currency=None), line(amount=0.01), line(extra="ignored"),
        line(event_id=7), line(card_id="c" * 2048), line(ts=str(at("22:40:00") // 10**6)), line(amount="1.05e1"),
        line(ts=at("22:47:00") // 10**6), line(ts=at("22:40:00") // 10**6 - 7 * 86400),
    ],
)  # fmt: skip
def test_a_line_on_the_good_side_of_every_bound_is_accepted(raw: bytes) -> None:
    assert take([raw])[1].accepted == 1


def test_the_first_of_two_arrivals_stands_and_no_line_is_lost() -> None:
    state, counts = take([line(), line(), line(amount=99.0)])
    assert (counts.accepted, counts.duplicates, dict(counts.quarantined)) == (1, 1, {"conflicting_duplicate": 1})
    assert state.accepted["e1"].values["amount"] == 1050
    _, later = take([line(), line(amount=99.0)], state, source="b")
    assert (later.accepted, later.duplicates, later.lines) == (0, 1, 2)


def test_lines_that_come_before_those_already_taken_are_refused() -> None:
    state, _ = take([line()], source="b")
    with pytest.raises(ValueError, match="bronze: got a after b"):
        take([line()], state, source="a")
