"""Lines of bronze against the rules of the declaration: what is accepted, and which rule is named otherwise."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any, Dict, Optional

import pytest
from spark_lake import golden_document

from medallion import instants
from medallion.bronze.line_reader import REASONS, Event, LineReader, Refusal
from medallion.spec.document import spec_of

ARRIVAL = instants.instant_us("2025-10-23T22:31:00Z")
TS = 1761258600  # 2025-10-23T22:30:00Z
DAY_US = 86_400_000_000


def a_reader(column: Optional[Dict[str, Any]] = None, time_format: str = "unix_seconds") -> LineReader:
    """Return a reader of the golden declaration with one more column, ``x``."""
    document = copy.deepcopy(golden_document())
    document["events"]["eventTime"]["format"] = time_format
    if column is not None:
        document["events"]["columns"].append({"name": "x", "required": False, **column})
    return LineReader(spec_of(document).events)


def a_line(raw: str = "", **changes: Any) -> bytes:
    event: Dict[str, Any] = {
        "event_id": "e1",
        "card_id": "c1",
        "ts": TS,
        "merchant_id": "m1",
        "amount": 12.5,
        **changes,
    }
    text = json.dumps({name: value for name, value in event.items() if value is not ...})
    return (text[:-1] + raw + "}").encode("utf-8")


def x_of(column: Dict[str, Any], literal: str) -> Any:
    """Return what a line with ``"x": literal`` gives: the value, or the reason of its refusal."""
    answer = a_reader(column).read(a_line(f', "x": {literal}'), ARRIVAL)
    if isinstance(answer, Refusal):
        assert answer.column == "x"
        return answer.reason
    return answer.values[-1]


def test_a_line_gives_its_typed_values_in_the_declared_order() -> None:
    answer = a_reader().read(a_line(currency="EUR"), ARRIVAL)
    assert answer == Event(("e1", TS * 1_000_000, "c1", "m1", Decimal("12.50"), "EUR", None, None))


def test_unknown_columns_are_counted() -> None:
    answer = a_reader().read(a_line(a=1, b={"c": 2}), ARRIVAL)
    assert isinstance(answer, Event)
    assert answer.unknown_columns == 2


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[1]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"event_id": "e1", "event_id": "e1"}',
        b"[" * 100_000,
        b'{"event_id": ' + b"9" * 5000 + b"}",
        b'{"amount": 1e99999999999999999999}',
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_not_one_json_object_is_unparseable(line: bytes) -> None:
    assert a_reader().read(line, ARRIVAL) == Refusal("unparseable")


@pytest.mark.parametrize(
    ("changes", "reason", "column"),
    [
        ({"event_id": ...}, "missing_required", "event_id"),
        ({"event_id": ""}, "missing_required", "event_id"),
        ({"event_id": 7}, "wrong_type", "event_id"),
        ({"ts": None}, "missing_required", "ts"),
        ({"ts": "2025"}, "wrong_type", "ts"),
        ({"ts": float("nan")}, "not_finite", "ts"),
        ({"card_id": None}, "missing_required", "card_id"),
        ({"card_id": 5}, "wrong_type", "card_id"),
        ({"merchant_id": "\ud800"}, "wrong_type", "merchant_id"),
        ({"amount": float("nan")}, "not_finite", "amount"),
        ({"amount": float("-inf")}, "not_finite", "amount"),
        ({"amount": "NaN"}, "not_finite", "amount"),
        ({"amount": 0}, "out_of_bounds", "amount"),
        ({"amount": True}, "wrong_type", "amount"),
        ({"currency": "EURO"}, "pattern_mismatch", "currency"),
        ({"currency": "EUR\n"}, "pattern_mismatch", "currency"),
    ],
)
def test_the_first_broken_rule_is_named_with_its_column(changes: Dict[str, Any], reason: str, column: str) -> None:
    assert a_reader().read(a_line(**changes), ARRIVAL) == Refusal(reason, column)


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("125.50", Decimal("125.50")),
        ('"125.50"', Decimal("125.50")),
        ("125", Decimal("125.00")),
        ("125.500", Decimal("125.50")),
        ("1.255e2", Decimal("125.50")),
        ("0.1", Decimal("0.10")),
        ("-0.0", Decimal("0.00")),
        ("9999999999.99", Decimal("9999999999.99")),
        ("10000000000", "out_of_bounds"),
        ("1e30", "out_of_bounds"),
        ("1e500000", "out_of_bounds"),
        ("1e-500000", "wrong_type"),
        ("125.505", "wrong_type"),
        ('"1e2"', "wrong_type"),
        ('"12,5"', "wrong_type"),
        ('" 1"', "wrong_type"),
        ('"\\u0661"', "wrong_type"),
        ("[]", "wrong_type"),
    ],
)
def test_decimals_are_exact_or_refused(literal: str, expected: Any) -> None:
    found = x_of({"type": "decimal", "precision": 12, "scale": 2}, literal)
    assert found == expected
    if isinstance(found, Decimal):
        assert str(found) == str(expected)


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("5", 5),
        ("5.0", 5),
        ("1e3", 1000),
        ("-9223372036854775808", -(2**63)),
        ("9223372036854775808", "out_of_bounds"),
        ("1e300", "out_of_bounds"),
        ("5.5", "wrong_type"),
        ('"5"', "wrong_type"),
        ("true", "wrong_type"),
    ],
)
def test_integers_are_whole_numbers_of_64_bits(literal: str, expected: Any) -> None:
    assert x_of({"type": "integer"}, literal) == expected


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("1.5", 1.5),
        ("2", 2.0),
        ("1e308", 1e308),
        ("1e309", "not_finite"),
        ("Infinity", "not_finite"),
        ('"1"', "wrong_type"),
    ],
)
def test_doubles_are_finite(literal: str, expected: Any) -> None:
    assert x_of({"type": "double"}, literal) == expected


def test_negative_zero_is_zero() -> None:
    assert str(x_of({"type": "double"}, "-0.0")) == "0.0"


@pytest.mark.parametrize(
    ("literal", "expected"), [("true", True), ("false", False), ("1", "wrong_type"), ('"true"', "wrong_type")]
)
def test_booleans_are_true_or_false(literal: str, expected: Any) -> None:
    assert x_of({"type": "boolean"}, literal) is expected or x_of({"type": "boolean"}, literal) == expected


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ('"1970-01-01T00:00:01Z"', 1_000_000),
        ('"1970-01-01T01:00:00.000001+01:00"', 1),
        ('"1969-12-31T19:00:00-0500"', 0),
        ('"2024-02-29T00:00:00Z"', 1_709_164_800_000_000),
        ('"2025-02-29T00:00:00Z"', "wrong_type"),
        ('"2025-10-23T22:30:00"', "wrong_type"),
        ('"1970-01-01 00:00:01z"', 1_000_000),
        ('"1970-01-01T01:00:00.0000019+01"', 1),
        ('"2025-10-23T22:30:60Z"', "wrong_type"),
        ("1761258600", "wrong_type"),
    ],
)
def test_timestamps_are_iso_8601_with_a_zone(literal: str, expected: Any) -> None:
    assert x_of({"type": "timestamp"}, literal) == expected


@pytest.mark.parametrize(
    ("constraint", "accepted", "refused"),
    [
        ({"greaterThan": "1"}, "2", "1"),
        ({"greaterThanOrEqualTo": "1"}, "1", "0"),
        ({"lessThan": "1"}, "0", "1"),
        ({"lessThanOrEqualTo": "1"}, "1", "2"),
    ],
)
def test_bounds_hold_on_both_sides_of_the_limit(constraint: Dict[str, str], accepted: str, refused: str) -> None:
    assert x_of({"type": "integer", **constraint}, accepted) == int(accepted)
    assert x_of({"type": "integer", **constraint}, refused) == "out_of_bounds"


def test_text_obeys_length_and_allowed_values() -> None:
    assert x_of({"type": "string", "maxLength": 2}, '"\\ud83d\\ude00a"') == "😀a"
    assert x_of({"type": "string", "maxLength": 2}, '"abc"') == "out_of_bounds"
    assert x_of({"type": "string", "allowedValues": ["a"]}, '"b"') == "not_allowed"


@pytest.mark.parametrize(
    ("time_format", "literal", "expected"),
    [
        ("unix_seconds", TS, TS * 1_000_000),
        ("unix_seconds", TS + 0.25, TS * 1_000_000 + 250_000),
        ("unix_millis", TS * 1000 + 1, TS * 1_000_000 + 1000),
        ("unix_micros", TS * 1_000_000 + 1, TS * 1_000_000 + 1),
        ("iso8601", "2025-10-23T22:30:00.000001Z", TS * 1_000_000 + 1),
    ],
)
def test_event_time_is_read_to_the_microsecond(time_format: str, literal: Any, expected: int) -> None:
    answer = a_reader(time_format=time_format).read(a_line(ts=literal), ARRIVAL)
    assert isinstance(answer, Event)
    assert answer.values[1] == expected


@pytest.mark.parametrize(
    ("time_format", "literal"),
    [("unix_seconds", "1761258600.0000001"), ("unix_micros", "1761258600000000.5"), ("unix_seconds", "1e300")],
)
def test_event_time_below_a_microsecond_or_beyond_the_calendar_is_refused(time_format: str, literal: str) -> None:
    line = f'{{"event_id": "e1", "card_id": "c", "merchant_id": "m", "ts": {literal}}}'.encode()
    answer = a_reader(time_format=time_format).read(line, ARRIVAL)
    assert answer in (Refusal("wrong_type", "ts"), Refusal("out_of_bounds", "ts"))


def test_lateness_and_skew_have_exact_limits() -> None:
    reader = a_reader(time_format="unix_micros")
    late = ARRIVAL - 7 * DAY_US  # allowedLatenessUs is seven days
    ahead = ARRIVAL + 120_000_000 + 300_000_000  # arrival slack two minutes, skew five
    assert isinstance(reader.read(a_line(ts=late), ARRIVAL), Event)
    assert reader.read(a_line(ts=late - 1), ARRIVAL) == Refusal("too_late", "ts")
    assert isinstance(reader.read(a_line(ts=ahead), ARRIVAL), Event)
    assert reader.read(a_line(ts=ahead + 1), ARRIVAL) == Refusal("from_the_future", "ts")


def test_every_reason_is_listed_once() -> None:
    assert len(set(REASONS)) == len(REASONS) == 10
