"""Objects and lines of every odd kind, by the words of the table in docs/input.md that says what comes of each."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import itertools
import json
import lzma
import re
import zipfile
from typing import Any, Callable, Dict, List, Tuple

import pyarrow as pa
from spark_lake import raw_event
from spark_session import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "input.md"
MAX_LINE = 16 * 1024 * 1024
MAX_KEY = 1024

Objects = Dict[str, bytes]
"""Bodies by name: below the arrival minute, or, with a slash before it, below bronze."""

_ids = itertools.count()
_OUTCOME = re.compile(r"`?([a-z_]+)`?(?: \W (\d+))?\Z")


def stated_outcomes() -> Dict[str, List[str]]:
    """Return what the table says comes of each kind of input: an outcome for each line, in order."""
    section = DOCUMENT.read_text("utf-8").partition("\n## Objects and lines\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    assert all(len(row) in (2, 3) for row in rows)
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: _outcomes(row[1]) for row in rows}


def _outcomes(cell: str) -> List[str]:
    found: List[str] = []
    for term in cell.rstrip(" |").split(", "):
        match = _OUTCOME.match(term)
        assert match is not None, term
        found += [match.group(1)] * int(match.group(2) or 1)
    return [] if found == ["nothing"] else found


def event(**changes: Any) -> str:
    """Return a line with an event of its own."""
    return json.dumps(raw_event(f"e{next(_ids)}", "21:00:00", **changes))


def with_note(literal: str) -> str:
    """Return a line whose event has a column that is not declared, of this JSON."""
    return f'{event()[:-1]}, "note": {literal}}}'


def of_bytes(size: int) -> bytes:
    """Return a line with an event that has so many bytes."""
    line = with_note('""')
    return (line[:-2] + "x" * (size - len(line)) + line[-2:]).encode("ascii")


def lines(*found: str) -> Objects:
    """Return one object of text lines."""
    return one("".join(f"{line}\n" for line in found).encode("utf-8"))


def one(body: bytes) -> Objects:
    return {"a.json": body}


def named(*names: str) -> Objects:
    """Return an object with an event for each name."""
    return {name: gzip.compress(event().encode("utf-8"), mtime=0) for name in names}


def nested(depth: int) -> str:
    """Return an event that is so deep, itself included."""
    inner = depth - 1
    return with_note('[{"a": ' * (inner // 2) + "[" * (inner % 2) + "]" * (inner % 2) + "}]" * (inner // 2))


def packed(text: str) -> bytes:
    """Return gzip that stores the text as it is, so that what is cut off is known to the byte."""
    return gzip.compress(text.encode("utf-8"), compresslevel=0, mtime=0)


def cut_off() -> Objects:
    first, second = event() + "\n", event() + "\n"
    whole = packed(first + second)
    # ten bytes of header and five of a stored block come first
    return one(whole[: 10 + 5 + len(first) + len(second) // 2])


def wrong_checksum() -> Objects:
    whole = bytearray(packed(event() + "\n"))
    whole[-8] ^= 1
    return one(bytes(whole))


def three_members() -> Objects:
    first, second = event(), event()
    return one(packed(f"{first}\n") + packed(second[:20]) + packed(f"{second[20:]}\n"))


def inside_of_gzip() -> Objects:
    records = (gzip.compress(event().encode("utf-8"), mtime=0) for _ in itertools.count())
    return one(packed_bytes(next(record for record in records if b"\n" not in record) + b"\n"))


def packed_bytes(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


def aggregate() -> Objects:
    """Return an aggregate as the Kinesis Producer Library makes it: magic, protocol buffer, MD5."""
    for number in itertools.count():
        message = _field(1, b"key%d" % number)
        for text in (event(), event()):
            message += _field(3, b"\x08\x00" + _field(3, text.encode("utf-8")))
        body = b"\xf3\x89\x9a\xc2" + message + hashlib.md5(message).digest()
        if body.count(b"\n") == 1:  # the tag of the first field is a line feed; a digest may have others
            return one(body)
    raise AssertionError


def _field(number: int, content: bytes) -> bytes:
    """Return a field of a protocol buffer that has a length."""
    size, length = len(content), b""
    while size > 0x7F:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


def foreign() -> Objects:
    text = "".join(f"{event()}\n" for _ in range(3)).encode("utf-8")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr("a.json", text)
    snappy = pa.compress(text, "snappy", asbytes=True)
    framed = b"\xff\x06\x00\x00sNaPpY\x00" + (len(snappy) + 4).to_bytes(3, "little") + b"\0\0\0\0" + snappy
    return {
        "a.zst": pa.compress(text, "zstd", asbytes=True),
        "a.lz4": pa.compress(text, "lz4", asbytes=True),
        "a.xz": lzma.compress(text),
        "a.bz2": bz2.compress(text),
        "a.zip": archive.getvalue(),
        "a.sz": framed,
    }


def longest_key(prefix: str) -> Objects:
    """Return an object whose key is as long as S3 allows, with an event and half of one."""
    return {"k" * (MAX_KEY - len(prefix)): f"{event()}\n{event()[:20]}".encode()}


CASES: Dict[str, Callable[[str], Objects]] = {
    "a line that ends with carriage return and line feed": lambda _: lines(event() + "\r"),
    "a last line without a line feed": lambda _: one(event().encode("utf-8")),
    "lines of spaces, tabs and carriage returns alone": lambda _: lines("", "  ", "\t", "\r"),
    "two events on one line": lambda _: lines(event() + event()),
    "a list of events on one line": lambda _: lines(f"[{event()}, {event()}]"),
    "a text, a number, `true` and `null`, each on a line": lambda _: lines('"text"', "1", "true", "null"),
    "one event over three lines": lambda _: lines("{", event()[1:-1], "}"),
    "a byte order mark before an event": lambda _: lines("\ufeff" + event()),
    "an event in Latin-1": lambda _: one(with_note('"Müller"').encode("latin-1")),
    "an event in UTF-16, and its line feed": lambda _: one((event() + "\n").encode("utf-16-le")),
    "a NUL byte between two fields": lambda _: lines(event().replace(", ", ",\0", 1)),
    "a line of NUL bytes": lambda _: lines("\0" * 100),
    "`\\u0000` in a declared text": lambda _: lines(event(merchant_id="a\0b")),
    "half of a surrogate pair, as `\\ud800`, in a declared text": lambda _: lines(event(merchant_id="\ud800")),
    "half of a surrogate pair in a column that is not declared": lambda _: lines(with_note('"\\ud800"')),
    "`NaN`, `Infinity` and `-Infinity` in a declared number": lambda _: lines(
        *(event(amount=float(text)) for text in ("nan", "inf", "-inf"))
    ),
    "`NaN` in a column that is not declared": lambda _: lines(with_note("NaN")),
    "a key twice in an event": lambda _: lines(event()[:-1] + ', "amount": 10}'),
    "a key twice in an object inside an event": lambda _: lines(with_note('{"a": 1, "a": 1}')),
    "objects and lists 100 deep, the event itself included": lambda _: lines(nested(100)),
    "objects and lists 101 deep": lambda _: lines(nested(101)),
    "1,000 brackets in a text": lambda _: lines(with_note('"' + '[{\\"' * 500 + '"')),
    "a number of 400 digits in a column that is not declared": lambda _: lines(with_note("9" * 400)),
    "a number of 401 digits, wherever it stands": lambda _: lines(with_note("9" * 401)),
    "a number with an exponent of 20 digits": lambda _: lines(with_note("1e12345678901234567890")),
    "a line of 5,000,000 bytes": lambda _: one(of_bytes(5_000_000) + b"\n"),
    "a line of 16,777,216 bytes": lambda _: one(of_bytes(MAX_LINE) + b"\n"),
    "a line of 16,777,217 bytes, and an event": lambda _: one(of_bytes(MAX_LINE + 1) + b"\n" + event().encode("utf-8")),
    "an aggregate of the Kinesis Producer Library, two events in it": lambda _: aggregate(),
    "an object of plain text": lambda _: {"a.json.gz": event().encode("utf-8")},
    "three members of gzip, an event divided between the last two": lambda _: three_members(),
    "gzip of nothing": lambda _: one(packed("")),
    "an object of zero bytes": lambda _: one(b""),
    "gzip that is cut off after the first event": lambda _: cut_off(),
    "gzip that is cut off inside its header": lambda _: one(packed(event())[:5]),
    "gzip whose checksum is wrong": lambda _: wrong_checksum(),
    "gzip, and bytes that are none behind it": lambda _: one(packed(event()) + b"garbage"),
    "gzip, and NUL bytes behind it": lambda _: one(packed(event()) + b"\0" * 1000),
    "gzip inside of gzip": lambda _: inside_of_gzip(),
    "objects that are Zstandard, LZ4, xz, bzip2, zip and framed Snappy": lambda _: foreign(),
    "names that begin with `_` or `.`, or end with `._COPYING_`": lambda _: named("_tmp", ".a", "a._COPYING_"),
    "names with `*`, `?`, `[1]`, `{0}` and `\\`, and one that each would match as a pattern": lambda _: named(
        "a*", "a-1", "b?", "bx", "c[1]", "c1", "d{0}", "d0", "e\\x", "ex"
    ),
    "names with a space, `%20`, `+`, `#`, `:`, `'` and `ü`": lambda _: named(
        "a b", "a%20b", "a+b", "a#b", "a:b", "a'b", "ü"
    ),
    "a key of 1,024 bytes, an event and half of one in the object": longest_key,
    "a key that ends with a slash": lambda _: {"folder/": b""},
    "an object in a folder below the minute, and one beside the minutes": lambda _: {
        "folder/a": event().encode("utf-8"),
        "/notes.txt": event().encode("utf-8"),
    },
}


def keyed(bronze: str, minute: str, objects: Objects) -> List[Tuple[str, bytes]]:
    """Return objects by key."""
    return [(bronze + name[1:] if name.startswith("/") else minute + name, body) for name, body in objects.items()]
