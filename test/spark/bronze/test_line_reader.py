"""Lines of bronze against the rules of the declaration: what is accepted, and which rule is named otherwise."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any, Callable, Dict, Optional, Sequence

import pytest
from spark_lake import golden_document

from medallion import instants
from medallion.bronze.line_reader import REASONS, Event, LineReader, Refusal
from medallion.spec.document import spec_of

ARRIVAL = instants.instant_us("2025-10-23T22:31:00Z")
TS = 1761258600  # 2025-10-23T22:30:00Z
DAY_US = 86_400_000_000


def a_reader(
    column: Optional[Dict[str, Any]] = None,
    time_format: str = "unix_seconds",
    entity: Sequence[str] = ("card_id",),
) -> LineReader:
    """Return a reader of the golden declaration with one more column, ``x``."""
    document = copy.deepcopy(golden_document())
    document["events"]["eventTime"]["format"] = time_format
    document["featureGroups"][0]["entity"] = list(entity)
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


def a_line_at(literal: str) -> bytes:
    """Return a line whose event time is written as the literal."""
    return a_line(ts="@").replace(b'"@"', literal.encode("utf-8"))


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
        ({"event_id": " \t\u3000\n"}, "missing_required", "event_id"),
        ({"event_id": True}, "wrong_type", "event_id"),
        ({"event_id": 7.0}, "wrong_type", "event_id"),
        ({"event_id": ["7"]}, "wrong_type", "event_id"),
        ({"ts": None}, "missing_required", "ts"),
        ({"ts": "2025-10-23T22:30:00Z"}, "wrong_type", "ts"),
        ({"ts": True}, "wrong_type", "ts"),
        ({"ts": ""}, "wrong_type", "ts"),
        ({"ts": "NaN"}, "not_finite", "ts"),
        ({"ts": float("nan")}, "not_finite", "ts"),
        ({"card_id": None}, "missing_required", "card_id"),
        ({"card_id": 5}, "wrong_type", "card_id"),
        ({"card_id": ""}, "missing_required", "card_id"),
        ({"card_id": "\u00a0 "}, "missing_required", "card_id"),
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
        ('"1.255E+2"', Decimal("125.50")),
        ('"007"', Decimal("7.00")),
        ("0e99999", Decimal("0.00")),
        ('"12,5"', "wrong_type"),
        ('"+1"', "wrong_type"),
        ('"1_000"', "wrong_type"),
        ('"1e"', "wrong_type"),
        ('"1e99999999999999999999"', "wrong_type"),
        ('""', "wrong_type"),
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
        ("0e300", 0),
        ("5.5", "wrong_type"),
        ('"5"', 5),
        ('"-0"', 0),
        ('"9223372036854775807"', 2**63 - 1),
        ('"9223372036854775808"', "out_of_bounds"),
        ('"1e999999999"', "out_of_bounds"),
        ('"5.5"', "wrong_type"),
        ('"0x5"', "wrong_type"),
        ('"5\\n"', "wrong_type"),
        ('"NaN"', "not_finite"),
        (f'"{"1" * 401}"', "wrong_type"),
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
        ('"1"', 1.0),
        ('"-1.5E-3"', -0.0015),
        ('"0.1"', 0.1),
        ('"1e309"', "not_finite"),
        ('"-Infinity"', "not_finite"),
        ('"1.5 "', "wrong_type"),
        ('"1f"', "wrong_type"),
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
    ("literal", "expected"),
    [
        ("2.5", Decimal("2")),  # a tie goes to the even digit
        ("3.5", Decimal("4")),
        ('"-2.5"', Decimal("-2")),
        ("-0.5", Decimal("0")),
        ("2.5000000000000000000000000000000000000000000000001", Decimal("3")),
        ("98.4999", Decimal("98")),
        ("98.5", Decimal("98")),
        ("98.50001", "out_of_bounds"),  # 99 is not less than 99
        ("1e-999999999", Decimal("0")),
        ("-1e-999999999", Decimal("0")),
        ("1e999999999", "out_of_bounds"),
        ("NaN", "not_finite"),
    ],
)
def test_decimals_are_rounded_half_even_where_it_is_declared_and_bounded_after_it(literal: str, expected: Any) -> None:
    column = {"type": "decimal", "precision": 2, "scale": 0, "rounding": "half_even", "lessThan": "99"}
    found = x_of(column, literal)
    assert found == expected
    if isinstance(found, Decimal):
        assert str(found) == str(expected)


def test_a_decimal_that_rounding_makes_too_long_is_out_of_bounds() -> None:
    column = {"type": "decimal", "precision": 3, "scale": 2, "rounding": "half_even"}
    assert x_of(column, "9.994") == Decimal("9.99")
    assert x_of(column, "9.995") == "out_of_bounds"  # 10.00 has four digits


HOLDS: Dict[str, Callable[[int, int], bool]] = {
    "greaterThan": lambda value, bound: value > bound,
    "greaterThanOrEqualTo": lambda value, bound: value >= bound,
    "lessThan": lambda value, bound: value < bound,
    "lessThanOrEqualTo": lambda value, bound: value <= bound,
}


@pytest.mark.parametrize("option", sorted(HOLDS))
@pytest.mark.parametrize("column", [{"type": "double"}, {"type": "decimal", "precision": 3, "scale": 2}], ids=str)
def test_a_bound_of_hundredths_judges_every_hundredth_rightly(option: str, column: Dict[str, Any]) -> None:
    for bound in range(1, 100):
        reader = a_reader({**column, option: f"0.{bound:02d}"})
        for value in (bound - 1, bound, bound + 1):
            answer = reader.read(a_line(f', "x": {value // 100}.{value % 100:02d}'), ARRIVAL)
            assert isinstance(answer, Event) == HOLDS[option](value, bound), (option, bound, value)


@pytest.mark.parametrize(
    ("time_format", "literal", "expected"),
    [
        ("unix_seconds", f"{TS}", TS * 1_000_000),
        ("unix_seconds", f'"{TS}"', TS * 1_000_000),
        ("unix_seconds", f"{TS}.25", TS * 1_000_000 + 250_000),
        ("unix_seconds", f"{TS}.1234567", TS * 1_000_000 + 123_456),
        ("unix_seconds", f'"{TS}.999999999"', TS * 1_000_000 + 999_999),
        ("unix_seconds", "1.7612586E9", TS * 1_000_000),
        ("unix_millis", f"{TS}001", TS * 1_000_000 + 1000),
        ("unix_millis", f"{TS}000.0019", TS * 1_000_000 + 1),
        ("unix_micros", f"{TS}000001", TS * 1_000_000 + 1),
        ("unix_micros", f"{TS}000001.9", TS * 1_000_000 + 1),
        ("unix_nanos", f"{TS}000001999", TS * 1_000_000 + 1),
        ("unix_nanos", f'"{TS}000001000"', TS * 1_000_000 + 1),
        ("iso8601", '"2025-10-23T22:30:00.000001Z"', TS * 1_000_000 + 1),
        ("iso8601", '"2025-10-24 00:30+02"', TS * 1_000_000),
    ],
)
def test_event_time_is_read_to_the_microsecond(time_format: str, literal: str, expected: int) -> None:
    answer = a_reader(time_format=time_format).read(a_line_at(literal), ARRIVAL)
    assert isinstance(answer, Event)
    assert answer.values[1] == expected


UNITS = {"unix_seconds": 1, "unix_millis": 10**3, "unix_micros": 10**6, "unix_nanos": 10**9}


@pytest.mark.parametrize("sent", UNITS)
@pytest.mark.parametrize("declared", UNITS)
def test_a_number_of_another_unit_is_told_from_a_wrong_time(declared: str, sent: str) -> None:
    answer = a_reader(time_format=declared).read(a_line(ts=TS * UNITS[sent]), ARRIVAL)
    if sent == declared:
        assert isinstance(answer, Event)
    else:
        assert answer == Refusal("wrong_unit", "ts")


def test_a_unit_is_wrong_only_if_another_one_is_right() -> None:
    reader = a_reader(time_format="unix_millis")
    late = ARRIVAL // 1_000_000 - 7 * 86_400  # allowedLatenessUs is seven days
    assert reader.read(a_line(ts=late), ARRIVAL) == Refusal("wrong_unit", "ts")
    assert reader.read(a_line(ts=late - 1), ARRIVAL) == Refusal("too_late", "ts")
    ahead = ARRIVAL // 1_000_000 + 120 + 300  # arrival slack two minutes, skew five
    assert reader.read(a_line(ts=ahead), ARRIVAL) == Refusal("wrong_unit", "ts")
    assert reader.read(a_line(ts=ahead + 1), ARRIVAL) == Refusal("too_late", "ts")  # 1970 in milliseconds
    assert reader.read(a_line(ts=0), ARRIVAL) == Refusal("too_late", "ts")


@pytest.mark.parametrize("literal", ["1e300", "-1e300", "253402300800000", f"{'9' * 400}", '"1e999999999"'])
def test_event_time_beyond_the_calendar_is_out_of_bounds(literal: str) -> None:
    answer = a_reader(time_format="unix_millis").read(a_line_at(literal), ARRIVAL)
    assert answer == Refusal("out_of_bounds", "ts")


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("12", "12"),
        ('"12"', "12"),
        ("-0", "0"),
        ("9007199254740993", "9007199254740993"),  # no double has this value
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ('" 12"', " 12"),
    ],
)
def test_an_event_id_is_text_or_the_digits_of_a_whole_number(literal: str, expected: str) -> None:
    answer = a_reader().read(a_line_at(f"{TS}").replace(b'"e1"', literal.encode()), ARRIVAL)
    assert isinstance(answer, Event)
    assert answer.values[0] == expected


@pytest.mark.parametrize(
    ("bytes_of_one", "letter"),
    [(1, "a"), (2, "\u00fc"), (3, "\u20ac"), (4, "\U0001f600")],
)
def test_an_entity_is_as_long_as_the_store_can_identify(bytes_of_one: int, letter: str) -> None:
    fits = letter * (2048 // bytes_of_one) + "a" * (2048 % bytes_of_one)
    assert len(fits.encode("utf-8")) == 2048
    assert isinstance(a_reader().read(a_line(card_id=fits), ARRIVAL), Event)
    assert a_reader().read(a_line(card_id=f"{fits}a"), ARRIVAL) == Refusal("too_long", "card_id")
    assert isinstance(a_reader().read(a_line(merchant_id=fits * 9), ARRIVAL), Event)  # identifies nothing


def test_an_entity_of_several_columns_is_measured_as_it_is_written() -> None:
    reader = a_reader(entity=["card_id", "merchant_id"])
    # ["...","m1"] is two brackets, four quotes, a comma and m1: 9 bytes beside the card.
    assert isinstance(reader.read(a_line(card_id="c" * 2039), ARRIVAL), Event)
    assert reader.read(a_line(card_id="c" * 2040), ARRIVAL) == Refusal("too_long", "card_id")
    # A quote is escaped by one character, a control character by five.
    assert isinstance(reader.read(a_line(card_id='"' * 1019), ARRIVAL), Event)
    assert reader.read(a_line(card_id='"' * 1020), ARRIVAL) == Refusal("too_long", "card_id")
    assert isinstance(reader.read(a_line(card_id="\x01" * 339), ARRIVAL), Event)  # 6 * 339 + 9 = 2043
    assert reader.read(a_line(card_id="\x01" * 340), ARRIVAL) == Refusal("too_long", "card_id")
    assert reader.read(a_line(card_id="c" * 1000, merchant_id="m" * 1050), ARRIVAL) == Refusal(
        "too_long", "merchant_id"
    )


def test_a_text_is_as_long_as_a_record_has_room_for() -> None:
    """The group has nine features, four of them texts, and one column of the entity."""
    room = 88_276  # (358400 - 4096 - 100 * (9 + 1 + 2)) / 4
    assert isinstance(a_reader().read(a_line(merchant_id="m" * room), ARRIVAL), Event)
    assert a_reader().read(a_line(merchant_id="m" * (room + 1)), ARRIVAL) == Refusal("too_long", "merchant_id")
    euros = "\u20ac" * (room // 3)
    assert isinstance(a_reader().read(a_line(merchant_id=euros), ARRIVAL), Event)
    assert a_reader().read(a_line(merchant_id=f"{euros}\u20ac"), ARRIVAL) == Refusal("too_long", "merchant_id")
    longer = a_reader({"type": "string"}).read(a_line(x="m" * (room + 1)), ARRIVAL)
    assert isinstance(longer, Event)  # no feature serves it


def test_the_smallest_room_of_all_groups_counts() -> None:
    document = golden_document()
    (group,) = document["featureGroups"]
    other = copy.deepcopy(group)
    other["features"] = [feature for feature in group["features"] if feature["name"] == "last_merchant_id"] * 9
    document["featureGroups"].append(other)
    reader, room = LineReader(spec_of(document).events), 39_233  # (358400 - 4096 - 100 * (9 + 1 + 2)) / 9, rounded down
    assert isinstance(reader.read(a_line(merchant_id="m" * room), ARRIVAL), Event)
    assert reader.read(a_line(merchant_id="m" * (room + 1)), ARRIVAL) == Refusal("too_long", "merchant_id")


def test_blank_text_identifies_no_entity_whatever_the_type_of_its_column() -> None:
    reader = a_reader({"type": "integer", "required": True}, entity=["card_id", "x"])
    assert reader.read(a_line(x=" "), ARRIVAL) == Refusal("missing_required", "x")
    assert reader.read(a_line(x="7"), ARRIVAL) == reader.read(a_line(x=7), ARRIVAL)
    assert isinstance(a_reader({"type": "string", "required": True}).read(a_line(x=" "), ARRIVAL), Event)


def test_lateness_and_skew_have_exact_limits() -> None:
    reader = a_reader(time_format="unix_micros")
    late = ARRIVAL - 7 * DAY_US  # allowedLatenessUs is seven days
    ahead = ARRIVAL + 120_000_000 + 300_000_000  # arrival slack two minutes, skew five
    assert isinstance(reader.read(a_line(ts=late), ARRIVAL), Event)
    assert reader.read(a_line(ts=late - 1), ARRIVAL) == Refusal("too_late", "ts")
    assert isinstance(reader.read(a_line(ts=ahead), ARRIVAL), Event)
    assert reader.read(a_line(ts=ahead + 1), ARRIVAL) == Refusal("from_the_future", "ts")


@pytest.mark.parametrize("end", [b"", b"\\", b'"', b'"}'])
def test_a_long_line_that_is_cut_off_inside_a_text_takes_no_longer_than_another(end: bytes) -> None:
    """JSON in a text has many escaped quotes. Tried one by one up to the end, these 900 kB would take hours."""
    line = b'{"list": [' + b"[]," * 100 + b'[]], "event_id": "' + b'\\"x' * 300_000 + end
    assert a_reader().read(line, ARRIVAL) == (
        Refusal("missing_required", "ts") if end == b'"}' else Refusal("unparseable")
    )


def test_every_reason_is_listed_once() -> None:
    assert len(set(REASONS)) == len(REASONS) == 12
