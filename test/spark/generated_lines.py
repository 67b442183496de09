"""Lines of every kind, drawn from a seeded source: right ones, ones that are nearly right, and ones that are not.

The declaration has every type of column with every option. Nothing here says what comes of a line.
"""

from __future__ import annotations

import gzip
import json
import random
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Tuple

from properties_histories import DOUBLE, INTEGER, STRING, an_aggregation
from spark_lake import golden_document, us

Row = Dict[str, Any]

FORMATS = ("iso8601", "unix_seconds", "unix_millis", "unix_micros", "unix_nanos")
UNITS_US = {"unix_seconds": "1e-6", "unix_millis": "1e-3", "unix_micros": "1", "unix_nanos": "1e3"}
START = us("2025-10-26T00:00:00Z")
MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
LATENESS, SLACK, SKEW = 7 * DAY, 2 * MINUTE, 5 * MINUTE

COLUMNS: List[Row] = [
    {"name": "card", "type": "string", "required": True, "sources": [["card", "id"], ["cardId"]]},
    {"name": "bank", "type": "integer", "required": True},
    {"name": "country", "type": "string", "required": False, "pattern": "^[A-Z]{2}$"},
    {"name": "tag", "type": "string", "required": False, "pattern": "#[0-9]+"},
    {"name": "colour", "type": "string", "required": False, "allowedValues": ["red", "", "grün", "😀"]},
    {"name": "short", "type": "string", "required": True, "maxLength": 3},
    {"name": "first_sku", "type": "string", "required": False, "sources": [["items", 0, "a.sku"], ["SKU"]]},
    {"name": "note", "type": "string", "required": False},
    {"name": "whole", "type": "integer", "required": False},
    {"name": "level", "type": "integer", "required": True, "greaterThanOrEqualTo": "-10", "lessThan": "10"},
    {"name": "price", "type": "decimal", "precision": 5, "scale": 2, "required": False},
    {
        "name": "paid",
        "type": "decimal",
        "precision": 5,
        "scale": 2,
        "required": False,
        "rounding": "half_even",
        "greaterThan": "0",
        "lessThanOrEqualTo": "500.05",
    },
    {"name": "share", "type": "decimal", "precision": 18, "scale": 18, "required": False, "rounding": "half_even"},
    {"name": "units", "type": "decimal", "precision": 18, "scale": 0, "required": False},
    {"name": "weight", "type": "double", "required": False, "sources": [["measured", "weight"], ["weight"]]},
    {"name": "rate", "type": "double", "required": False, "greaterThan": "-1.5", "lessThanOrEqualTo": "0.1"},
    {"name": "is_new", "type": "boolean", "required": False},
    {"name": "seen_at", "type": "timestamp", "required": False, "sources": [["seen"], ["seen_at"]]},
]
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def has_tag(text: str) -> bool:
    """Return whether a sign # stands before a digit."""
    return any(sign == "#" and after in set("0123456789") for sign, after in zip(text, text[1:]))


MATCHES: Dict[str, Callable[[str], bool]] = {
    "^[A-Z]{2}$": lambda text: len(text) == 2 and text[0] in CAPITALS and text[1] in CAPITALS,
    "#[0-9]+": has_tag,
}


class Bronze(NamedTuple):
    """An object: the minute of its arrival, the rest of its key, its bytes, and what can be read of them."""

    arrival_us: int
    name: str
    body: bytes
    text: bytes
    is_damaged: bool = False


def a_document(time_format: str) -> Row:
    """Return the declaration with event times of a format; one entity of two columns, one of one."""
    document = golden_document()
    document["events"].update(
        eventId="$.meta.id",
        eventIdSources=[["meta", "id"], ["event_id"]],
        eventTime={"column": "$.meta.time", "sources": [["meta", "time"], ["at"]], "format": time_format},
        allowedLatenessUs=LATENESS,
        allowedSkewUs=SKEW,
        arrivalSlackUs=SLACK,
        columns=COLUMNS,
    )
    (both,) = document["featureGroups"]
    one: Row = json.loads(json.dumps(both).replace("card_features", "one_features"))
    window = (10, 0, "left")
    features = [
        an_aggregation("events", "count", None, INTEGER, window),
        an_aggregation("last_note", "last", "short", STRING, window),
        an_aggregation("weight_sum", "sum", "weight", DOUBLE, window),
    ]
    both.update(entity=["bank", "card"], recordIdentifier="entity_key", features=features)
    one.update(entity=["card"], recordIdentifier="card", features=features[:1])
    document["featureGroups"] = [both, one]
    return document


INTEGERS = ("0", "-0", "5", "-9", "9", "5.0", '"7"', '"-7"', "1e0", '"09"', "50e-1")
EDGES = ("9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "9.3e18", "1e19")
NO_NUMBERS = (
    '"NaN"', "NaN", "-Infinity", '"+inf"', '"1,5"', '"+1"', '" 1"', '"1 "', '""', '"0x1"', '"1_0"', '"\\u0661"', "true",
    "[]", "{}", "[1]", '"1e"', '".5"', '"5."', "1e99999999999999999999", '"1e99999999999999999999"', "01", "+1", ".5",
    "1.", "-", "0e5", '"-"', "1e400", "-1e309", '"1e-400"', "9" * 400, "9" * 401, f'"{"9" * 400}"', f'"{"9" * 401}"',
)  # fmt: skip
DECIMALS = ("125.5", '"125.50"', "0.005", "0.015", "999.99", "999.995", "-0.001", "1000", "500.05", "500.055", "1e2")
SHARES = ("0.5", "1e-18", "5e-19", "15e-19", "0.9999999999999999994", "0.9999999999999999995", "-1e-30", "1e-300")
WHOLES = ("999999999999999999", "-999999999999999999", "1e18", "1e17", "1e40", "1e41", "-1e42", "0.1", "1e60")
DOUBLES = (
    "1.7976931348623157e308", "1.7976931348623158e308", "1.797693134862315807e308", "1.8e308", "5e-324", "2e-324",
    "-0.0", "0.1", '"0.1"', "0.1000000000000000055", "0.10000000000000002", "-1.5", "-1.4999999999999999", "1e-5", "3",
)  # fmt: skip
INSTANTS = (
    '"2025-10-26T00:00:00Z"', '"2025-10-26 00:00z"', '"2025-10-26t02:00:00,123456789+02"', '"0001-01-02T00:00:00Z"',
    '"0001-01-01T23:59:59.999999Z"', '"9999-12-30T00:00:00Z"', '"9999-12-30T00:00:00.000001Z"', '"2024-02-29T12:00Z"',
    '"9999-12-31T23:59:59-18:00"', '"0001-01-01T00:00:00+18:00"', '"1969-12-31T23:59:59.9999999Z"',
)  # fmt: skip
FAR = ("1e30", "1e50", "-1e50", "1e-50", "-1e-50", f"1{'0' * 50}")
NO_INSTANTS = (
    '"2025-10-26T00:00:00"', '"2025-10-26T24:00:00Z"', '"2025-10-26T00:00:60Z"', '"2025-02-29T00:00:00Z"', "1761436800",
    '"2025-10-26T00:00:00+18:01"', '"2025-10-26T00:00:00.Z"', '"20251026T000000Z"', '"٢025-10-26T00:00:00Z"', '""',
    '"0000-01-01T00:00:00Z"', '"2025-10-26T00:00:00Z "', "true", "[]", '"2025-10-26T00:00:00.1234567890123456789Z\\n"',
)  # fmt: skip
TEXTS = (
    '"a"', '""', '"ü"', '"😀"', '"\\ud83d\\ude00"', '"\\u0000"', '"\\u2028\\u2029"', '"a\\nb"', '"\\t"', '"["', '"{}"',
    '"1"', '"[\\"1\\",\\"2\\"]"', '"\\ufeff"', '"e\\u0301"', '"\\u007f"',
)  # fmt: skip
NO_TEXTS = (
    '"\\ud800"',
    '"\\udc00\\ud800"',
    "5",
    "true",
    "[]",
    "{}",
    '"a',
    '"\\x"',
    '"\\u12"',
    '"\t"',
    "'a'",
    "nul",
    "",
)
COUNTRIES = ('"DE"', '"FR"', '"de"', '"DE\\n"', '"DEU"', '"D"', '"ÄB"', '"\\uff24\\uff25"')
TAGS = ('"#1"', '"a #12 b"', '"#"', '"# 1"', '"#\\u0661"', '"\\n#7\\n"')
COLOURS = ('"red"', '""', '"grün"', '"gru\\u0308n"', '"😀"', '"Red"', '" red"', '"blue"')
SHORTS = ('"abc"', '"abcd"', '"😀😀😀"', '"😀😀😀😀"', '"\\ud83d\\ude00ab"', '"e\\u0301e\\u0301"')
BLANKS = ('""', '" "', '"\\u3000\\u00a0"', '"\\u001c\\t"', '"\\u200b"')

GOOD: Dict[str, Tuple[str, ...]] = {
    "country": COUNTRIES[:2],
    "tag": TAGS[:2],
    "colour": COLOURS[:3],
    "short": SHORTS[:1] + TEXTS[:5],
    "first_sku": TEXTS,
    "note": TEXTS,
    "whole": INTEGERS,
    "level": INTEGERS,
    "price": DECIMALS[:2],
    "paid": DECIMALS[:5],
    "share": SHARES[:5],
    "units": WHOLES[:2],
    "weight": DOUBLES[:2] + DOUBLES[4:],
    "rate": DOUBLES[4:8],
    "is_new": ("true", "false"),
    "seen_at": INSTANTS[:4] + INSTANTS[5:6] + INSTANTS[7:8],
}
NEAR: Dict[str, Tuple[str, ...]] = {
    "country": COUNTRIES + NO_TEXTS,
    "tag": TAGS + NO_TEXTS,
    "colour": COLOURS + NO_TEXTS,
    "short": SHORTS + TEXTS + NO_TEXTS + ("null",),
    "first_sku": NO_TEXTS,
    "note": TEXTS + NO_TEXTS,
    "whole": EDGES + NO_NUMBERS + DECIMALS,
    "level": EDGES + NO_NUMBERS + ("10", "-10", "-11", "9.5", "null", "9.999999999999999999999"),
    "price": DECIMALS + NO_NUMBERS + WHOLES,
    "paid": DECIMALS + NO_NUMBERS + SHARES,
    "share": SHARES + NO_NUMBERS + ("1", "-1"),
    "units": WHOLES + NO_NUMBERS + EDGES,
    "weight": DOUBLES + NO_NUMBERS,
    "rate": DOUBLES + NO_NUMBERS,
    "is_new": ("1", '"true"', "null", "TRUE", "[]", '""'),
    "seen_at": INSTANTS + NO_INSTANTS,
}


class Lines:
    """Draws lines that arrive in a minute; ids repeat, a few of them under other contents."""

    def __init__(self, chance: random.Random, time_format: str, ids: int) -> None:
        self._chance, self._form, self._ids = chance, time_format, ids
        self._sent: List[str] = []

    def line(self, arrival_us: int) -> bytes:
        """Return a line, or what a damaged one leaves, which may have line feeds."""
        kind = self._chance.random()
        if self._sent and kind < 0.08:
            return self._chance.choice(self._sent).encode("utf-8", "surrogatepass")
        text = self._text(arrival_us, 0 if kind < 0.55 else self._chance.choice((1, 1, 1, 2, 3)))
        if kind < 0.85:
            self._sent = [*self._sent[-200:], text]
            return text.encode("utf-8", "surrogatepass")
        return self._broken(text.encode("utf-8", "surrogatepass"))

    def _text(self, arrival_us: int, spoilt: int) -> str:
        chance = self._chance
        names = chance.sample([*NEAR, "id", "time", "card", "bank"], spoilt)
        values = {
            name: chance.choice((NEAR if name in names else GOOD)[name])
            for name in NEAR
            if name in names or name in ("short", "level") or chance.random() < 0.7
        }
        members = [f'"{name}": {value}' for name, value in values.items() if name not in NESTED]
        members += [NESTED[name](value, chance) for name, value in values.items() if name in NESTED]
        members += self._identity("id" in names), self._time(arrival_us, "time" in names)
        members += self._card("card" in names), self._bank("bank" in names)
        if chance.random() < 0.1:
            members.append(chance.choice(UNKNOWN))
        chance.shuffle(members)
        return (
            "{"
            + chance.choice((",", ", ", " ,\t")).join(filter(None, members))
            + "}"
            + chance.choice(("", "", "\r", " "))
        )

    def _identity(self, is_spoilt: bool) -> str:
        number = self._chance.randrange(self._ids)
        value = self._chance.choice((f'"e{number}"', f'"e{number}"', f'"{number}"', str(number), f'"[{number}]"'))
        if is_spoilt:
            value = self._chance.choice((*BLANKS, *NO_TEXTS, "1.0", "1e3", "-0", "null", "NaN", "9" * 300))
        self._meta = f'"id": {value}' if self._chance.random() < 0.5 else ""
        return "" if self._meta else f'"event_id": {value}'

    def _time(self, arrival_us: int, is_spoilt: bool) -> str:
        at = (
            arrival_us
            - self._chance.choice((0, 1, MINUTE, 3 * MINUTE, DAY))
            + self._chance.randrange(-999_999, 999_999)
        )
        if is_spoilt:
            ends = (-LATENESS, SLACK + SKEW, -LATENESS - DAY, DAY, 400 * DAY, -400 * DAY)
            at = arrival_us + self._chance.choice(ends) + self._chance.randrange(-1, 2)
        value = self._written(at, self._form if not is_spoilt else self._chance.choice((self._form, *FORMATS)))
        if is_spoilt and self._chance.random() < 0.4:
            value = self._chance.choice(
                (*INSTANTS, *NO_INSTANTS, *NO_NUMBERS, "1e30", "1e50", "-1e50", "1e-50", "null")
            )
        if self._meta or self._chance.random() < 0.3:
            inner = ", ".join(filter(None, (self._meta, f'"time": {value}')))
            return f'"meta": {{{inner}}}'
        return f'"at": {value}'

    def _written(self, at_us: int, form: str) -> str:
        nanos = self._chance.choice((0, 0, 999))
        if form == "iso8601":
            seconds, micros = divmod(at_us, 1_000_000)
            return f'"{_iso(seconds)}.{micros:06}{nanos:03}Z"'
        number = (Decimal(at_us) + Decimal(nanos) / 1000) * Decimal(UNITS_US[form])
        text = self._chance.choice((f"{number:f}", f"{number:E}"))
        return self._chance.choice((text, f'"{text}"'))

    def _card(self, is_spoilt: bool) -> str:
        value = self._chance.choice(('"c1"', '"c2"', '" c1"', '"ü"', '"[\\"5\\",\\"c1\\"]"', '"\\u2028"', '"\\u0000"'))
        if is_spoilt:
            value = self._chance.choice((*BLANKS, *NO_TEXTS, *LONG, "null"))
        return self._chance.choice(
            (f'"card": {{"id": {value}}}', f'"cardId": {value}', f'"card": "x", "cardId": {value}')
        )

    def _bank(self, is_spoilt: bool) -> str:
        value = self._chance.choice(("1", '"1"', "-0", "9223372036854775807", "-9223372036854775808", "1e1"))
        return f'"bank": {self._chance.choice((*BLANKS, *EDGES, *NO_NUMBERS, "null")) if is_spoilt else value}'

    def _broken(self, line: bytes) -> bytes:
        chance, at = self._chance, self._chance.randrange(len(line))
        return chance.choice(
            (
                lambda: line[:at],
                lambda: line[at:],
                lambda: line[:at] + bytes([chance.randrange(256)]) + line[at:],
                lambda: line[:at] + bytes([line[at] ^ 1 << chance.randrange(8)]) + line[at + 1 :],
                lambda: line[:at] + line[at + 1 :],
                lambda: line[:at] + line[at // 2 : at] + line[at:],
                lambda: line + line,
                lambda: b"[" + line + b"]",
                lambda: b"\xef\xbb\xbf" + line,
                lambda: line.decode("utf-8", "replace").encode("utf-16"),
                lambda: chance.choice(
                    (b"", b"  ", b"\x0b\x0c", b"\r", b"\0", b"null", b"1", b'"x"', b"{}", b"[]", b"{")
                ),
                lambda: chance.randbytes(chance.randrange(1, 60)),
                lambda: line[:-1].rstrip(b"}") + b', "deep": ' + b"[" * at + b"]" * at + b"}",
            )
        )()


LONG = tuple(
    json.dumps(text, ensure_ascii=False)
    for text in ("k" * 2048, "k" * 2049, "ü" * 1024, "ü" * 1025, "k" * 2041, "k" * 2040, "\x01" * 340, '"' * 1020)
)
NESTED: Dict[str, Callable[[str, random.Random], str]] = {
    "first_sku": lambda value, chance: chance.choice(
        (f'"items": [{{"a.sku": {value}}}]', f'"items": [], "SKU": {value}', f'"items": {{"0": 1}}, "SKU": {value}')
    ),
    "weight": lambda value, chance: chance.choice(
        (f'"measured": {{"weight": {value}}}', f'"measured": null, "weight": {value}', f'"weight": {value}')
    ),
    "seen_at": lambda value, chance: chance.choice((f'"seen": {value}', f'"seen_at": {value}')),
}
UNKNOWN = (
    '"x": 1', '"Card": {"id": "c"}', '"x": "\\ud800"', '"x": NaN, "y": {"z": [1, {}]}', '"short": "dup"', '"": null',
    '"x": {"a": 1, "a": 2}', '"meta.id": "e"', '"x": 1e99999999999999999999', f'"x": {"9" * 401}', '"\\u0000": 0',
)  # fmt: skip


NAMES = (
    "a", "_a", ".a", "a b", "a%20b", "a+b", "a#b", "a'b", "ü", "😀", "a*", "b?", "c[1]", "d{0}", "e\\x", "a,b",
    "=", "~", "a&b", "a;b", "$a", "a@b", 'a"b', "a<b>", "a|b", "a^b`", "-", "overflows-gold", "part-00000", "n" * 900,
)  # fmt: skip


def bronze(chance: random.Random, lines: Lines, arrival_us: int, number: int, size: int) -> Bronze:
    """Draw an object with so many lines, whole or damaged; each has a name of its own within its minute."""
    text = b"".join(lines.line(arrival_us) + b"\n" for _ in range(size))
    name = f"{NAMES[number % len(NAMES)]}{number}"
    if chance.random() < 0.3:
        text = text[:-1]
    if not text or chance.random() < 0.4:
        return Bronze(arrival_us, name, text, text, is_damaged=not text)
    if chance.random() < 0.5:
        at = chance.randrange(len(text))
        members = gzip.compress(text[:at], 1, mtime=0), gzip.compress(text[at:], 9, mtime=0)
        return Bronze(arrival_us, name, b"".join(members), text)
    return _damaged(chance, arrival_us, name, text)


def _damaged(chance: random.Random, arrival_us: int, name: str, text: bytes) -> Bronze:
    """Return gzip that is cut off, has a wrong checksum, or garbage behind it; stored, so that the end is known."""
    whole = b"".join(gzip.compress(text[at : at + STORED], 0, mtime=0) for at in range(0, len(text), STORED))
    kind = chance.randrange(3)
    if kind == 0:
        return Bronze(arrival_us, name, whole + b"garbage", text, is_damaged=True)
    last = (len(text) - 1) // STORED * STORED
    start = len(whole) - 8 - (len(text) - last)
    if kind == 1:
        return Bronze(arrival_us, name, whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:], text, is_damaged=True)
    kept = chance.randrange(len(text) - last)
    return Bronze(arrival_us, name, whole[: start + kept], text[: last + kept], is_damaged=True)


def physical_lines(found: Bronze) -> Iterator[Tuple[bytes, bool]]:
    """Return the lines of an object, blank ones included, each with whether damage ends it."""
    *whole, rest = found.text.split(b"\n")
    yield from ((line, False) for line in whole)
    if rest or found.is_damaged:
        yield rest, found.is_damaged


STORED = 60_000
"""What one stored block of deflate has room for, and a member of gzip here."""


def _iso(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}"
