"""Times and numbers read a second way: character by character, in fractions, sharing nothing with what is tested."""

from __future__ import annotations

from fractions import Fraction
from typing import Dict, Optional, Tuple

DIGITS = "0123456789"
PER_SECOND: Dict[str, int] = {
    "unix_seconds": 1,
    "unix_millis": 1_000,
    "unix_micros": 1_000_000,
    "unix_nanos": 1_000_000_000,
}
WHITE_SPACE = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The white space of Unicode, with the four separators of ASCII."""


class Unreadable(Exception):
    """The text has another form, or names a time that is in no calendar."""


class Scanner:
    """A text that is taken from its front."""

    def __init__(self, text: str) -> None:
        self.rest = text

    def one_of(self, letters: str) -> str:
        """Take one of the letters, or nothing."""
        letter = self.rest[:1]
        if letter == "" or letter not in letters:
            return ""
        self.rest = self.rest[1:]
        return letter

    def needed(self, letters: str) -> str:
        """Take one of the letters."""
        letter = self.one_of(letters)
        if letter == "":
            raise Unreadable
        return letter

    def digits(self) -> str:
        """Take all digits that come next, at least one."""
        taken = self.needed(DIGITS)
        while digit := self.one_of(DIGITS):
            taken += digit
        return taken

    def number(self, length: int, least: int, most: int) -> int:
        """Take so many digits, whose number is within the bounds."""
        number = 0
        for _ in range(length):
            number = number * 10 + DIGITS.index(self.needed(DIGITS))
        if not least <= number <= most:
            raise Unreadable
        return number

    def end(self) -> None:
        """Nothing may be left."""
        if self.rest:
            raise Unreadable


def slow_instant(text: str) -> Optional[int]:
    """Return the microsecond since 1970 that a time lies in, None for what is no time with a zone."""
    try:
        return floor_us(_seconds(Scanner(text)))
    except Unreadable:
        return None


def slow_number(text: str) -> Optional[Fraction]:
    """Return the value of a number as JSON writes it, leading zeros allowed; None for another form."""
    scanner = Scanner(text)
    try:
        negative = scanner.one_of("-")
        whole, decimals, exponent = scanner.digits(), "", 0
        if scanner.one_of("."):
            decimals = scanner.digits()
        if scanner.one_of("eE"):
            sign = -1 if scanner.one_of("+-") == "-" else 1
            exponent = sign * int(scanner.digits())
        scanner.end()
    except Unreadable:
        return None
    value = Fraction(int(whole + decimals), 10 ** len(decimals)) * Fraction(10) ** exponent
    return -value if negative else value


def slow_unix(value: Fraction, unit: str) -> int:
    """Return the microsecond since 1970 that so many units lie in."""
    return floor_us(value / PER_SECOND[unit])


def floor_us(seconds: Fraction) -> int:
    """Return the greatest whole number of microseconds that is not after an instant."""
    us = seconds * 1_000_000
    return us.numerator // us.denominator


def _seconds(scanner: Scanner) -> Fraction:
    days = _days(*_date(scanner))
    scanner.needed("Tt ")
    hour = scanner.number(2, 0, 23)
    scanner.needed(":")
    minute = scanner.number(2, 0, 59)
    second = Fraction(0)
    if scanner.one_of(":"):
        second = Fraction(scanner.number(2, 0, 59))
        if scanner.one_of(".,"):
            decimals = scanner.digits()
            second += Fraction(int(decimals), 10 ** len(decimals))
    return days * 86_400 + hour * 3_600 + minute * 60 + second - _offset(scanner)


def _date(scanner: Scanner) -> Tuple[int, int, int]:
    year = scanner.number(4, 1, 9999)
    scanner.needed("-")
    month = scanner.number(2, 1, 12)
    scanner.needed("-")
    return year, month, scanner.number(2, 1, _days_of(year, month))


def _offset(scanner: Scanner) -> int:
    """Return the seconds that a zone is ahead of UTC."""
    sign = scanner.needed("Zz+-")
    if sign in "Zz":
        scanner.end()
        return 0
    hours, minutes = scanner.number(2, 0, 18), 0
    if scanner.rest:
        scanner.one_of(":")
        minutes = scanner.number(2, 0, 0 if hours == 18 else 59)
    scanner.end()
    return (hours * 3_600 + minutes * 60) * (-1 if sign == "-" else 1)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days_of(year: int, month: int) -> int:
    return (31, 29 if _is_leap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def _days(year: int, month: int, day: int) -> int:
    """Return the days from 1970-01-01, counted month by month."""
    before = sum(366 if _is_leap(y) else 365 for y in range(1, year)) + sum(_days_of(year, m) for m in range(1, month))
    return before + day - 1 - sum(366 if _is_leap(y) else 365 for y in range(1, 1970))
