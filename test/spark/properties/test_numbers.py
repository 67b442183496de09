"""Numbers are exact, absent or refused: outliers leave without a trace, limits hold, nothing is rounded or wrapped."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Dict, List, Sequence, Tuple

import pytest
from properties import MINUTE, Delivery, Played, Row, Sent, differences, exact, iso, play, quarantined
from properties_histories import (
    DECIMAL_SUM,
    DOUBLE,
    INTEGER,
    SLOT,
    START,
    a_document,
    an_aggregation,
    an_event,
    lines_of,
)
from spark_lake import LakeFactory, TestLake

FIRST, LAST = START + SLOT, START + 5 * SLOT
PRICE = {"type": "decimal", "precision": 18, "scale": 6}
RESULTS: Dict[str, Dict[str, Row]] = {
    "sum": {"weight": DOUBLE, "score": INTEGER, "price": {**DECIMAL_SUM, "scale": 6}},
    "mean": {"weight": DOUBLE, "score": DOUBLE, "price": DOUBLE},
    "variance": {"weight": DOUBLE, "score": DOUBLE, "price": DOUBLE},
    "stddev": {"weight": DOUBLE, "score": DOUBLE, "price": DOUBLE},
    "min": {"weight": DOUBLE, "score": INTEGER, "price": PRICE},
    "max": {"weight": DOUBLE, "score": INTEGER, "price": PRICE},
    "last": {"weight": DOUBLE, "score": INTEGER, "price": PRICE},
}
FEATURES = [
    an_aggregation(f"{name}_{column}", name, column, result, (20, 0, "left"))
    for name, columns in RESULTS.items()
    for column, result in columns.items()
]
COLUMNS = [
    {"name": "bank", "type": "string", "required": True},
    {"name": "card", "type": "string", "required": True},
    {"name": "weight", "type": "double", "required": False},
    {"name": "score", "type": "integer", "required": False},
    {"name": "price", **PRICE, "required": False},
]
HIGH, LOW = 2**63 - 1, -(2**63)
HISTORIES: Dict[str, List[Row]] = {
    "usual": [{"weight": value, "score": 3, "price": Decimal("0.100000")} for value in (0.1, 0.2, 0.3, 0.7)],
    "limits": [{"score": score} for score in (LOW, HIGH, 1, HIGH, LOW, 1)],
    "largest": [{"weight": 1.7976931348623157e308}],
    "smallest": [{"weight": weight} for weight in (5e-324, -5e-324, 5e-324, 2.2250738585072014e-308)],
    "zeros": [{"weight": 0.0, "score": 0, "price": Decimal("0.000000")}] * 3,
    "cancelling": [{"weight": weight} for weight in (1e15, 1e-15, -1e15, 1e150, -1e150, 0.1)],
    "full": [{"price": Decimal(price)} for price in ("999999999999.999999", "999999999999.999999", "0.000001")],
    "opposite": [{"price": Decimal(price)} for price in ("-999999999999.999999", "999999999999.999998")],
    "both": [{"score": HIGH}, {"score": HIGH}, {"score": HIGH}],
    "wide": [{"score": 2**53 + 1}, {"score": 2**53 + 1}, {"score": 1}],
}
"""The values of entities whose events follow each other by a minute."""

WRITTEN: Sequence[Tuple[str, str, Row]] = (
    ("score", "-0", {"score": 0}),
    ("score", "7.0", {"score": 7}),
    ("score", "7e2", {"score": 700}),
    ("weight", "-0.0", {"weight": 0.0}),
    ("weight", "1e-400", {"weight": 0.0}),
    ("weight", "9007199254740993", {"weight": 9007199254740992.0}),
    ("price", "-0.0", {"price": Decimal("0.000000")}),
    ("price", "1.2500000000", {"price": Decimal("1.250000")}),
    ("price", '"-1.5"', {"price": Decimal("-1.500000")}),
    ("price", "12e-1", {"price": Decimal("1.200000")}),
    ("price", '"1e2"', {"price": Decimal("100.000000")}),
    ("weight", '"1.5"', {"weight": 1.5}),
    ("score", f'"{HIGH}"', {"score": HIGH}),
)
"""Numbers as they may be written, and what they are in silver."""

REFUSED = (
    ("weight", "NaN", "not_finite"),
    ("weight", "Infinity", "not_finite"),
    ("weight", "-Infinity", "not_finite"),
    ("weight", "1e400", "not_finite"),
    ("weight", '"1,5"', "wrong_type"),
    ("weight", "1" * 401, "unparseable"),
    ("score", "1.5", "wrong_type"),
    ("score", "NaN", "not_finite"),
    ("score", str(HIGH + 1), "out_of_bounds"),
    ("score", str(LOW - 1), "out_of_bounds"),
    ("score", "1e30", "out_of_bounds"),
    ("score", "true", "wrong_type"),
    ("price", "0.0000001", "wrong_type"),
    ("price", '"1 000"', "wrong_type"),
    ("score", '"1.5"', "wrong_type"),
    ("price", '"NaN"', "not_finite"),
    ("price", "-Infinity", "not_finite"),
    ("price", "1000000000000", "out_of_bounds"),
    ("price", "1e99999999", "out_of_bounds"),
    ("price", "1e-99999999", "wrong_type"),
)
"""Numbers that are refused, and the reason."""


def an_outlier_and_its_twin(chance: random.Random) -> List[Row]:
    """Return two entities with the same events for half an hour, but for three outliers of one in the first minutes."""
    events = []
    for step in range(30):
        time, weight = START + MINUTE * step, chance.choice((0.1, 0.2, 1 / 3, 12.5))
        values = {"weight": weight, "score": chance.randrange(10), "price": Decimal("19.990000")}
        huge = {"weight": 1e15 + step, "score": 2**60, "price": Decimal("999999999999.999999")} if step < 3 else {}
        events += [
            a_valued_event(f"{name}{step}", time, name, {**values, **(huge if name == "outlier" else {})})
            for name in ("outlier", "twin")
        ]
    return events


def a_valued_event(event_id: str, time: int, bank: str, values: Row) -> Row:
    """Return an event with the columns of this declaration."""
    event = an_event(event_id, time, (bank, "c"), price=None)
    return {
        **{name: event[name] for name in ("event_id", "event_time", "bank", "card", "weight", "score", "price")},
        **values,
    }


def a_written_event(number: int, column: str, text: str, values: Row) -> Sent:
    event = a_valued_event(f"written{number}", START + number, f"written{number}", values)
    good = json.dumps({"event_id": event["event_id"], "ts": START + number, "bank": event["bank"], "card": "c"})
    return Sent(f'{good[:-1]}, "{column}": {text}}}', event)


def refused_lines() -> List[Sent]:
    good = json.dumps({"event_id": "refused", "ts": START, "bank": "b", "card": "c"})
    return [Sent(f'{good[:-1]}, "{column}": {text}}}', reason=reason) for column, text, reason in REFUSED]


@pytest.fixture(scope="module")
def numbers(new_lake: LakeFactory) -> Played:
    """Return a lake after the slot with the outliers, and another when all of them have left every window."""
    chance = random.Random(11)
    both = an_outlier_and_its_twin(chance)
    others = [
        a_valued_event(f"{name}{step}", START + MINUTE * step, name, values)
        for name, history in HISTORIES.items()
        for step, values in enumerate(history)
    ]
    written = [a_written_event(number, *case) for number, case in enumerate(WRITTEN)]
    early = [*lines_of([*others, *both[:20]], chance), *written, *refused_lines()]
    late = lines_of(both[20:], chance)
    deliveries = {
        FIRST: [Delivery(FIRST - MINUTE, "a", tuple(early))],
        LAST: [Delivery(LAST - MINUTE, "a", tuple(late))],
    }
    return play(new_lake(a_document(FEATURES, columns=COLUMNS)), deliveries)


def test_silver_gold_and_records_are_exact(numbers: Played) -> None:
    for end in (FIRST, LAST):
        expected = numbers.expected[end]
        assert differences(expected.silver, numbers.silver[end]) == {}
        assert differences(expected.gold(numbers.group), numbers.gold[end]) == {}
        assert differences(expected.online(numbers.group, end), numbers.online[end]) == {}


def test_an_outlier_leaves_its_windows_without_a_trace(numbers: Played) -> None:
    names = [feature.name for feature in numbers.group.features]
    gold = numbers.gold[LAST]
    pairs = [(gold[f"outlier{step}"], gold[f"twin{step}"]) for step in range(30)]
    equal = [exact({name: a[name] for name in names}) == exact({name: b[name] for name in names}) for a, b in pairs]
    # The outliers are at minutes 0 to 2 and the window is 20 minutes with its first instant: minute 22 sees the last.
    assert equal == [step in (0, *range(23, 30)) for step in range(30)]


def test_numbers_that_cannot_be_kept_exactly_are_refused_with_the_reason(numbers: Played) -> None:
    (delivery,) = numbers.expected[FIRST].deliveries
    key = delivery.key(numbers.lake.spec)
    refused = {f"{key}:{n}": line.reason for n, line in enumerate(delivery.lines, 1) if line.event is None}
    assert quarantined(numbers.lake) == refused
    assert len(refused) == len(REFUSED)


def test_sums_and_variances_that_do_not_fit_are_absent_and_counted(numbers: Played) -> None:
    # of "limits" the scores are LOW, HIGH, 1, HIGH, LOW, 1, a minute apart, and its sums before and after each event
    # 0, LOW, -1, 0, HIGH, -1, 0: all fit; the variance of 1e150 and -1e150 is 2e300, which fits as well
    assert [numbers.gold[FIRST][f"limits{step}"]["sum_score"] for step in range(6)] == [0, LOW, -1, 0, HIGH, -1]
    overflowing = [name for name in numbers.gold[FIRST] if name.startswith("both")]
    assert len(overflowing) == 3
    for name, expected in (("both0", 0), ("both1", HIGH), ("both2", None)):
        assert numbers.gold[FIRST][name]["sum_score"] == expected
    assert numbers.reports[FIRST]["overflows"] == len(overflows(numbers.lake))


def overflows(lake: TestLake) -> List[Row]:
    return [row for row in lake.quarantine(iso(FIRST)) if row["reason"] == "overflow"]
