"""Generated values of every type, against a second reader of the same rules that calculates in fractions."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any, Dict, List, Optional, Tuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_values import DIGITS, PER_SECOND, WHITE_SPACE, slow_instant, slow_number, slow_unix
from spark_lake import golden_document

from medallion.bronze.line_reader import Event, LineReader, Refusal
from medallion.spec.document import spec_of

thorough = settings(max_examples=300, deadline=None, database=None, derandomize=True)

ARRIVAL = 1_761_258_660_000_000  # 2025-10-23T22:31:00Z
EARLIEST = ARRIVAL - 7 * 86_400 * 1_000_000
LATEST = ARRIVAL + (120 + 300) * 1_000_000
FIRST_US, LAST_US = slow_instant("0001-01-02T00:00:00Z"), slow_instant("9999-12-30T00:00:00Z")
LARGEST_DOUBLE = 2**1024 - 2**971
BETWEEN = 2**1024 - 2**970
"""Half way from the largest double to what would be the next one: from here on a number is an infinity."""

Answer = Tuple[Optional[str], Any]
"""The reason of a refusal, or None and the value."""


def reader_of(column: Dict[str, Any], time_format: str = "unix_seconds") -> LineReader:
    document = golden_document()
    document["events"]["eventTime"]["format"] = time_format
    document["events"]["columns"] = [
        {"name": "card_id", "type": "string", "required": True},
        {"name": "x", "required": False, **column},
    ]
    return LineReader(spec_of(document).events)


def answer_of(reader: LineReader, **literals: str) -> Answer:
    """Return what a line gives for ``ts``, or else for ``x``, whose members are written as the literals."""
    members = {"event_id": '"e"', "card_id": '"c"', "ts": "1761258600", **literals}
    line = "{" + ",".join(f'"{name}":{literal}' for name, literal in members.items()) + "}"
    answer = reader.read(line.encode("utf-8", "surrogatepass"), ARRIVAL)
    if isinstance(answer, Refusal):
        return answer.reason, None
    return None, answer.values[1 if "ts" in literals else 3]


signs = st.sampled_from(["", "-"])
whole = st.one_of(
    st.integers(0, 10**22).map(str),
    st.sampled_from(["0", "9223372036854775807", "9223372036854775808", "9223372036854775809", "99999", "100000"]),
)
decimals = st.one_of(
    st.just(""),
    st.text(DIGITS, min_size=1, max_size=25).map(".{}".format),
    st.sampled_from([".5", ".005", ".0050", ".00500000000000000000000001", ".995", ".9949999", ".00"]),
)
exponents = st.one_of(st.just(""), st.builds("{}{}".format, st.sampled_from("eE"), st.integers(-40, 25)))
numbers = st.builds("{}{}{}{}".format, signs, whole, decimals, exponents)
huge = st.builds("{}{}e{}".format, signs, st.integers(1, 10**17), st.integers(285, 310))
spoilt = st.builds(
    lambda text, place, letter: text[: place % (len(text) + 1)] + letter + text[place % (len(text) + 1) :],
    numbers,
    st.integers(0, 60),
    st.sampled_from(["", " ", "+", "-", "_", ",", ".", "e", "0", "\u0661", "\n", "x", "'", "\u00a0"]),
).filter(lambda text: len(text.lower().partition("e")[2]) < 5)  # a fraction writes out every digit
not_numbers = st.sampled_from(
    ["NaN", "-Infinity", "Infinity", "inf", "+INF", "nan", "", "-", "1e", ".5", "5.", "0x10", "1/2"]
)
texts = st.one_of(numbers, huge, spoilt, not_numbers, st.text(max_size=8))
others = st.sampled_from(["true", "false", "[]", "{}", '["1"]', '{"v":1}'])


@st.composite
def literals(draw: st.DrawFn) -> Tuple[str, Any]:
    """Return a JSON literal, and what it is: the text of a number, or None for what is none."""
    kind = draw(st.sampled_from(["number", "number", "text", "text", "text", "other"]))
    if kind == "number":
        text = draw(st.one_of(numbers, huge, st.sampled_from(["NaN", "Infinity", "-Infinity"])))
        return text, text
    if kind == "text":
        text = draw(texts)
        return json.dumps(text), text
    return draw(others), None


def number_or_reason(text: Optional[str]) -> Tuple[Optional[str], Fraction]:
    value = None if text is None else slow_number(text)
    if value is not None:
        return None, value
    bare = "" if text is None else text.lower()
    while bare[:1] in ("+", "-"):
        bare = bare[1:]
    return "not_finite" if bare in ("nan", "inf", "infinity") else "wrong_type", Fraction(0)


@thorough
@given(literals())
def test_an_integer(literal: Tuple[str, Any]) -> None:
    written, text = literal
    reason, value = number_or_reason(text)
    if reason is None and abs(value) >= 10**19:
        reason = "out_of_bounds"
    elif reason is None and value.denominator != 1:
        reason = "wrong_type"
    elif reason is None and not -(2**63) <= value < 2**63:
        reason = "out_of_bounds"
    expected = (reason, None if reason else int(value))
    assert answer_of(reader_of({"type": "integer"}), x=written) == expected


def halves_to_even(value: Fraction) -> int:
    below = value.numerator // value.denominator
    rest = value - below
    return below + (1 if rest > Fraction(1, 2) or (rest == Fraction(1, 2) and below % 2 == 1) else 0)


@thorough
@given(literals(), st.integers(1, 18), st.integers(0, 18), st.booleans())
def test_a_decimal(literal: Tuple[str, Any], precision: int, scale: int, rounds: bool) -> None:
    scale = min(scale, precision)
    written, text = literal
    reason, value = number_or_reason(text)
    minor = value * 10**scale
    if reason is None and abs(value) >= 10**41:
        reason = "out_of_bounds"
    elif reason is None and minor.denominator != 1 and not rounds:
        reason = "wrong_type"
    elif reason is None and abs(halves_to_even(minor)) >= 10**precision:
        reason = "out_of_bounds"
    column = {
        "type": "decimal",
        "precision": precision,
        "scale": scale,
        **({"rounding": "half_even"} if rounds else {}),
    }
    found, decimal = answer_of(reader_of(column), x=written)
    assert found == reason
    if reason is None:
        assert Fraction(decimal) == Fraction(halves_to_even(minor), 10**scale)
        assert decimal.as_tuple().exponent == -scale
        assert not (decimal == 0 and decimal.is_signed())


def nearest_double(value: Fraction) -> float:
    """Return the nearest double: a fraction is divided exactly and rounded once, which Python promises."""
    return value.numerator / value.denominator


@thorough
@given(literals(), st.decimals(-1000, 1000, places=3), st.sampled_from(["greaterThan", "lessThanOrEqualTo"]))
def test_a_double_within_a_bound(literal: Tuple[str, Any], bound: Decimal, option: str) -> None:
    written, text = literal
    reason, value = number_or_reason(text)
    if reason is None and abs(value) >= BETWEEN:
        reason = "not_finite"
    double = 0.0 if reason else nearest_double(value)
    limit = nearest_double(Fraction(bound))
    if reason is None and not (double > limit if option == "greaterThan" else double <= limit):
        reason = "out_of_bounds"
    found, answer = answer_of(reader_of({"type": "double", option: f"{bound:f}"}), x=written)
    assert (found, answer) == (reason, None if reason else double)
    assert str(answer) != "-0.0"


def test_the_largest_double_is_finite_and_what_rounds_beyond_it_is_not() -> None:
    reader = reader_of({"type": "double"})
    assert answer_of(reader, x=str(LARGEST_DOUBLE)) == (None, 1.7976931348623157e308)
    assert answer_of(reader, x=str(BETWEEN - 1)) == (None, 1.7976931348623157e308)
    assert answer_of(reader, x=str(BETWEEN)) == ("not_finite", None)


def times(unit: str) -> st.SearchStrategy[str]:
    """Return numbers near the window of what may arrive, in one unit or another, with digits of any count."""
    us = st.one_of(
        st.integers(EARLIEST - 3, EARLIEST + 3), st.integers(LATEST - 3, LATEST + 3), st.integers(EARLIEST, LATEST)
    )
    in_units = st.builds(
        lambda at, other, more: f"{Decimal(at * 1000 + more).scaleb(len(str(PER_SECOND[other])) - 10):f}",
        us,
        st.sampled_from([unit, unit, *sorted(PER_SECOND)]),
        st.integers(0, 999),
    )
    return st.one_of(in_units, in_units, numbers, spoilt)


def may_arrive(us: int) -> bool:
    return EARLIEST <= us <= LATEST


@pytest.mark.parametrize("unit", sorted(PER_SECOND))
def test_a_unix_time(unit: str) -> None:
    reader = reader_of({"type": "string"}, unit)
    seen: List[Optional[str]] = []

    @thorough
    @given(times(unit), st.booleans())
    def reads(text: str, is_quoted: bool) -> None:
        value = slow_number(text)
        if value is None and not is_quoted:
            return  # the line is no JSON, or another one
        reason, us = "wrong_type", 0
        if value is not None:
            us = slow_unix(value, unit)
            reason = reason_of_time(us, [slow_unix(value, other) for other in PER_SECOND])
        is_json = is_quoted or not text.lstrip("-").startswith("0") or text.lstrip("-")[1:2] in ("", ".", "e", "E")
        if is_json:
            expected = (None, us) if reason == "" else (reason, None)
            assert answer_of(reader, ts=json.dumps(text) if is_quoted else text) == expected
            seen.append(expected[0])

    reads()
    assert {None, "wrong_unit", "wrong_type", "too_late", "from_the_future", "out_of_bounds"} <= {*seen}


def reason_of_time(us: int, in_other_units: List[int]) -> str:
    if may_arrive(us):
        return ""
    if any(map(may_arrive, in_other_units)):
        return "wrong_unit"
    if FIRST_US is None or LAST_US is None or not FIRST_US <= us <= LAST_US:
        return "out_of_bounds"
    return "too_late" if us < ARRIVAL else "from_the_future"


@thorough
@given(st.one_of(numbers, st.text(max_size=5), st.sampled_from(["", " ", "\u2003\u3000", "\u200b", "\x1f\t\n", "a b"])))
def test_an_event_id(text: str) -> None:
    reader = reader_of({"type": "string"})
    line = {"event_id": text, "card_id": "c", "ts": 1_761_258_600}
    answer = reader.read(json.dumps(line).encode("utf-8"), ARRIVAL)
    if all(letter in WHITE_SPACE for letter in text):
        assert answer == Refusal("missing_required", "event_id")
    elif any(0xD800 <= ord(letter) < 0xE000 for letter in text):
        assert answer == Refusal("wrong_type", "event_id")
    else:
        assert isinstance(answer, Event)
        assert answer.values[0] == text


def test_blank_is_white_space_of_unicode_and_nothing_else() -> None:
    reader = reader_of({"type": "string"})
    for point in (*range(0xD800), *range(0xE000, 0x11000), 0x1D173, 0xE0020):
        line = {"event_id": chr(point), "card_id": chr(point), "ts": 1_761_258_600}
        answer = reader.read(json.dumps(line).encode("utf-8"), ARRIVAL)
        assert isinstance(answer, Refusal) == (chr(point) in WHITE_SPACE), hex(point)
