"""Points in time as producers write them, against a reader that goes character by character in fractions."""

from __future__ import annotations

from decimal import Decimal
from typing import Optional

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from slow_values import DIGITS, PER_SECOND, slow_instant, slow_number, slow_unix

from medallion import instants

thorough = settings(max_examples=1000, deadline=None, database=None, derandomize=True)

US = 1_761_258_600_000_000  # 2025-10-23T22:30:00Z

number = st.integers(0, 99).map(lambda value: f"{value:02d}")
likely = st.sampled_from(["00", "01", "12", "18", "19", "23", "24", "28", "29", "30", "31", "59", "60"])
two_digits = st.one_of(likely, number)
years = st.sampled_from(["0000", "0001", "1600", "1969", "1970", "2024", "2100", "9999", "202", "12025"])
decimals = st.text(DIGITS, min_size=0, max_size=12)
seconds = st.one_of(st.just(""), st.builds("{}{}".format, st.sampled_from([":", "."]), two_digits))
fraction = st.one_of(st.just(""), st.builds("{}{}".format, st.sampled_from([".", ",", ":"]), decimals))
zone = st.one_of(
    st.sampled_from(["Z", "z", "", "+00", "-00:00", "UTC", "+5", "+05:3", "+18:00", "-18:01", "+0530", "\u221205"]),
    st.builds("{}{}{}{}".format, st.sampled_from("+-"), two_digits, st.sampled_from(["", ":"]), two_digits),
    st.builds("{}{}".format, st.sampled_from("+-"), two_digits),
)
written = st.builds(
    "{}-{}-{}{}{}:{}{}{}{}".format,
    years,
    two_digits,
    two_digits,
    st.sampled_from(["T", "t", " ", "_", "  "]),
    two_digits,
    two_digits,
    seconds,
    fraction,
    zone,
)
real = st.builds(
    "{:%Y-%m-%d}{}{:%H:%M:%S}.{}{}".format,
    st.dates(),
    st.sampled_from("Tt "),
    st.times(),
    st.text(DIGITS, min_size=1, max_size=15),
    st.sampled_from(["Z", "z", "+01", "-0330", "+14:00"]),
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Return a time with one letter changed, added or left out."""
    text = draw(real)
    place = draw(st.integers(0, len(text)))
    letter = draw(st.sampled_from(["", "0", "9", " ", "\n", ":", ".", "-", "+", "T", "\u0661", "e"]))
    return text[:place] + letter + text[place + draw(st.integers(0, 1)) :]


def read(text: str) -> Optional[int]:
    try:
        return instants.instant_us(text)
    except ValueError:
        return None


@thorough
@given(st.one_of(written, real, damaged()))
@example("2025-10-23T22:30:00Z\n")
@example("1969-12-31T23:59:59.9999999Z")
def test_a_time_is_read_as_the_slow_reader_does_or_refused_as_it_does(text: str) -> None:
    assert read(text) == slow_instant(text)


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("2025-10-23T22:30:00Z", US),
        ("2025-10-23t22:30z", US),
        ("2025-10-23 22:30+00", US),
        ("2025-10-24T00:30:00+0200", US),
        ("2025-10-23T04:30-18:00", US),
        ("2025-10-23T22:30:00,5Z", US + 500_000),
        ("2025-10-23T22:30:00.1234569Z", US + 123_456),
        ("2025-10-23T22:30:00.123456789012345678901234567890Z", US + 123_456),
        ("1969-12-31T23:59:59.9999999Z", -1),
        ("1969-12-31T23:59:59.9999990Z", -1),
    ],
)
def test_a_time_is_the_microsecond_that_it_lies_in(text: str, us: int) -> None:
    assert read(text) == us


@pytest.mark.parametrize(
    "text",
    [
        "2025-10-23T24:00:00Z",
        "2016-12-31T23:59:60Z",
        "2025-10-23T22:30:00",
        "2025-10-23",
        "20251023T223000Z",
        "2025-10-23T22:30:00.Z",
        "2025-10-23T22:30.5Z",
        "2025-10-23T22:30:00 Z",
        "2025-10-23T22:30:00Z[UTC]",
        "2025-10-23T22:30:00+18:01",
        "2025-10-23T22:30:00+01:60",
        " 2025-10-23T22:30:00Z",
        "1761258600",
        "",
    ],
)
def test_what_has_another_form_or_two_meanings_is_refused(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("2025-10-23T22:30:00", "ISO 8601 with a zone; write it like 2025-10-23T22:40:00.000Z"),
        ("2025-02-29T00:00:00Z", "a time of the calendar; correct it"),
        ("2025-10-23T22:30:00+19:00", "an offset of at most 18 hours; correct it"),
    ],
)
def test_a_refusal_says_what_was_expected(text: str, rest: str) -> None:
    with pytest.raises(ValueError, match="instant") as raised:
        instants.instant_us(text)
    assert str(raised.value) == f"instant: got '{text}', expected {rest}"


@st.composite
def counts(draw: st.DrawFn) -> str:
    """Return a number as JSON may write it, of any size, close to zero or with an exponent."""
    sign, whole = draw(st.sampled_from(["", "-"])), str(draw(st.integers(0, 10**24)))
    part = draw(st.one_of(st.just(""), st.text(DIGITS, min_size=1, max_size=30).map(".{}".format)))
    exponent = draw(st.one_of(st.just(""), st.integers(-60, 16).map("e{}".format)))
    return f"{sign}{whole}{part}{exponent}"


@thorough
@given(counts(), st.sampled_from(sorted(PER_SECOND)))
@example("-1e-60", "unix_seconds")
@example("-0.0000001", "unix_seconds")
@example("-0e99", "unix_nanos")
@example(f"1761258600.{'9' * 390}", "unix_seconds")
def test_a_count_of_units_is_exact_and_rounded_down(text: str, unit: str) -> None:
    value = slow_number(text)
    assert value is not None
    expected = slow_unix(value, unit)
    assert instants.unix_us(Decimal(text), unit) == expected
    if value.denominator == 1:
        assert instants.unix_us(int(value), unit) == expected


def test_a_count_with_a_huge_exponent_is_answered_without_its_digits() -> None:
    assert instants.unix_us(Decimal("1e-999999999"), "unix_seconds") == 0
    assert instants.unix_us(Decimal("-1e-999999999"), "unix_seconds") == -1
    assert instants.unix_us(Decimal("0e999999999"), "unix_seconds") == 0
    assert instants.unix_us(Decimal("1e999999999"), "unix_nanos") > instants.LAST_US
    assert instants.unix_us(Decimal("-1e999999999"), "unix_nanos") < instants.FIRST_US


@given(st.integers(instants.EARLIEST_US, instants.LATEST_US))
def test_datetimes_keep_every_microsecond(us: int) -> None:
    assert instants.micros_of(instants.datetime_of(us)) == us
    assert slow_instant(instants.datetime_of(us).isoformat()) == us
