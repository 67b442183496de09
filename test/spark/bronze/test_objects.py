"""Damaged, concatenated, blank and oversized bronze objects, line by line."""

from __future__ import annotations

import gzip
import random
from typing import Any, Dict, List

import pytest
from spark_lake import golden_document

from medallion.bronze import objects as bronze
from medallion.bronze.objects import Line, line_batches, object_lines
from medallion.spec.document import spec_of

KEY = "bronze/streaming/card_authorization/ingest_dt=2025/10/23/22/31/a.json.gz"
EVENT = b'{"event_id":"%d","card_id":"c","ts":1761258600,"merchant_id":"m"}'


def every_row(*objects: bytes) -> List[Dict[str, Any]]:
    """Return the rows of objects that come in pieces of 1,000 bytes."""
    pieces = [[body[at : at + 1000] for at in range(0, len(body), 1000)] for body in objects]
    found = line_batches(spec_of(golden_document()).events)((KEY, chunks) for chunks in pieces)
    return [row for batch in found for row in batch.to_pylist()]


def rows_of(*objects: bytes) -> List[Dict[str, Any]]:
    """Return the rows of lines."""
    return [row for row in every_row(*objects) if row["totals"] is None]


def test_lines_keep_their_physical_numbers_when_blank_ones_are_left_out() -> None:
    rows = rows_of(gzip.compress(b"\n" + EVENT % 1 + b"\n  \n" + EVENT % 2))
    assert [(row["source_line"], row["event"]["event_id"]) for row in rows] == [(2, "1"), (4, "2")]


def test_rows_carry_provenance_raw_text_and_arrival_minute() -> None:
    (row,) = rows_of(gzip.compress(b"{oops\n"))
    assert (row["reason"], row["raw"], row["source_object"], row["source_line"]) == ("unparseable", "{oops", KEY, 1)
    assert row["arrival_time"].isoformat() == "2025-10-23T22:31:00+00:00"


def test_an_object_may_be_several_gzip_members_or_plain_text() -> None:
    members = gzip.compress(b"a\nb") + gzip.compress(b"c\n")
    assert [line.content for line in object_lines([members])] == [b"a", b"bc"]
    assert [line.content for line in object_lines([b"a\nb"])] == [b"a", b"b"]


def test_a_truncated_object_loses_only_its_tail_which_is_one_quarantined_line() -> None:
    whole = gzip.compress(b"".join(EVENT % number + b"\n" for number in range(1000)))
    rows = rows_of(whole[: len(whole) // 2])
    read, tail = rows[:-1], rows[-1]
    assert len(read) > 100
    assert [row["event"]["event_id"] for row in read] == [str(number) for number in range(len(read))]
    assert (tail["reason"], tail["source_line"]) == ("unparseable", len(read) + 1)


@pytest.mark.parametrize("ending", [b"\n", b""])
def test_damage_after_a_whole_line_is_still_one_more_quarantined_line(ending: bytes) -> None:
    whole = gzip.compress(EVENT % 1 + ending)
    rows = rows_of(whole[:-8])
    assert [row["reason"] for row in rows] == [None, "unparseable"]


def test_a_wrong_checksum_keeps_every_line_that_was_read() -> None:
    whole = bytearray(gzip.compress(b"".join(EVENT % number + b"\n" for number in range(50))))
    whole[-8] ^= 1
    reasons = [row["reason"] for row in rows_of(bytes(whole))]
    assert reasons == [None] * 50 + ["unparseable"]


def test_what_is_no_gzip_after_its_first_bytes_is_one_quarantined_line() -> None:
    assert [row["reason"] for row in rows_of(b"\x1f\x8bnonsense")] == ["unparseable"]


def test_an_empty_object_has_one_quarantined_line() -> None:
    assert [row["reason"] for row in rows_of(b"")] == ["unparseable"]
    assert rows_of(gzip.compress(b"")) == []


def test_a_line_beyond_the_limit_is_refused_and_the_next_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bronze, "MAX_LINE_BYTES", 100)
    rows = rows_of(gzip.compress(b"x" * 5_000_000 + b"\n" + EVENT % 1 + b"\n"))
    assert [row["reason"] for row in rows] == ["unparseable", None]


def test_reading_is_independent_of_how_the_object_is_chunked(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"".join(EVENT % number + b"\n" for number in range(300))
    packed = gzip.compress(body[:7777]) + gzip.compress(body[7777:])
    expected = [Line(number + 1, EVENT % number) for number in range(300)]
    for size in (1, 7, 100, 1024 * 1024):
        monkeypatch.setattr(bronze, "CHUNK_BYTES", size)
        assert list(object_lines(packed[at : at + size] for at in range(0, len(packed), size))) == expected


def test_each_object_ends_with_the_totals_of_its_lines() -> None:
    first = EVENT % 1 + b"\n{oops\n\n" + EVENT[:-1] % 2 + b',"x":1,"y":2}\n{"event_id":"3"}\n'
    ends = [row for row in every_row(first, b"", gzip.compress(b"\n")) if row["totals"] is not None]
    assert [row["totals"] for row in ends] == [
        {"lines": 4, "unknown_columns": 2, "refused": [("unparseable", 1), ("missing_required", 1)]},
        {"lines": 1, "unknown_columns": 0, "refused": [("unparseable", 1)]},
        {"lines": 0, "unknown_columns": 0, "refused": []},
    ]
    assert {(row["source_object"], row["source_line"], row["reason"], row["event"]) for row in ends} == {
        (KEY, None, None, None)
    }


@pytest.mark.parametrize(
    ("line", "raw", "is_exact"),
    [
        (b"M\xc3\xbcller", "Müller", True),
        (b"M\xfcller", "M\\xfcller", False),
        (b"x" * 1_048_576, "x" * 1_048_576, True),
        (b"x" * 1_048_577, "x" * 1_048_576, False),
    ],
)
def test_a_raw_that_is_not_the_line_says_so(line: bytes, raw: str, is_exact: bool) -> None:
    (row,) = rows_of(line + b"\n")
    assert (row["raw"] == raw, row["raw_is_exact"]) == (True, is_exact)


def test_the_end_of_a_damaged_object_is_not_exact() -> None:
    whole = gzip.compress(EVENT % 1 + b"\n{")
    assert [row["raw_is_exact"] for row in rows_of(whole[:-8])] == [True, False]


def test_a_damaged_object_with_a_long_line_takes_no_longer_than_another() -> None:
    """Damage is read byte by byte; if the line so far were copied for each, this object would take minutes."""
    letters = bytes(random.Random(1).choices(range(97, 123), k=1_500_000))
    body = bytearray(gzip.compress(letters + b"\n" + EVENT % 1, mtime=0))
    body[-8] ^= 1
    found = list(object_lines([bytes(body)]))
    assert found == [Line(1, letters), Line(2, EVENT % 1, damaged=True)]


def test_long_lines_leave_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bronze, "BATCH_BYTES", 1000)
    body = b"".join(b"%d" % at * 600 + b"\n" for at in range(6))
    batches = list(line_batches(spec_of(golden_document()).events)([(KEY, [body])]))
    # two lines of 600 bytes pass 1,000 bytes; the row of the object comes last
    assert [batch.num_rows for batch in batches] == [2, 2, 2, 1]
