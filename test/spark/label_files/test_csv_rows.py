"""CSV files of labels: each by its own header, quotes, line breaks, damage, and what is no CSV."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import random

import pytest
from label_file import declared, labels_of, read_file, reasons_of

T = "2025-10-23T12:00:00+00:00"


def test_columns_stand_where_the_header_of_the_file_has_them() -> None:
    assert labels_of(b"fraud,note,at,id\n1,x,2025-10-23T12:00:00Z,0012\n") == [("0012", 1.0, T)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_ends_of_lines_a_byte_order_mark_and_gzip_change_nothing(start: bytes, end: bytes, pack: object) -> None:
    lines = [b"id,fraud,at", b"a,1,2025-10-23T12:00:00Z", b"", b'"b","0","2025-10-23T12:00:00Z"', b"  "]
    body = start + end.join(lines) + end
    assert labels_of(pack(body)) == [("a", 1.0, T), ("b", 0.0, T)]  # type: ignore[operator]


def test_quoted_cells_hold_commas_quotes_and_line_breaks() -> None:
    quoted = b'"a,b","said ""no""\nand left\r\n",1,2025-10-23T12:00:00Z\n'
    body = b"id,note,fraud,at\n" + quoted + b'c,5" pipe,0,2025-10-23T12:00:00Z\n'
    assert labels_of(body) == [("a,b", 1.0, T), ("c", 0.0, T)]


def test_a_quote_that_is_never_closed_costs_its_own_line_alone() -> None:
    lines = [b"id,fraud,at", *(start + b",2025-10-23T12:00:00Z" for start in (b"a,1", b'b,"1', b"c,0", b'"d",0'))]
    body = b"\n".join(lines)
    assert reasons_of(body) == [(2, None, None), (3, "unparseable", None), (4, None, None), (5, None, None)]


@pytest.mark.parametrize("line", [b"a,1", b"a,1,2025-10-23T12:00:00Z,x", b"a", b'a,"1"x,2025-10-23T12:00:00Z'])
def test_a_row_of_another_shape_than_the_header_is_refused_and_kept_as_it_is_written(line: bytes) -> None:
    rows, about = read_file(b"id,fraud,at\n" + line + b"\nb,1,2025-10-23T12:00:00Z\n")
    assert [(row["reason"], row["raw"], row["event_id"]) for row in rows] == [
        ("unparseable", line.decode(), None),
        (None, None, "b"),
    ]
    assert about["reason"] is None


def test_bytes_that_are_not_utf8_are_refused_where_they_are_read_and_nowhere_else() -> None:
    body = b"id,fraud,at,note\na,1,2025-10-23T12:00:00Z,M\xfcller\nM\xfcller,1,2025-10-23T12:00:00Z,\n"
    rows, _ = read_file(body)
    assert [(row["reason"], row["column"], row["raw"]) for row in rows] == [
        (None, None, None),
        ("wrong_type", "id", "M\ufffdller,1,2025-10-23T12:00:00Z,"),
    ]


@pytest.mark.parametrize(
    ("header", "reason", "column"),
    [
        (b"id,fraud", "missing_column", "at"),
        (b"ID,fraud,at", "missing_column", "id"),
        (b"id;fraud;at", "missing_column", "id"),
        (b"id,fraud,at,fraud", "repeated_column", "fraud"),
        ("id,fraud,at".encode("utf-16"), "missing_column", "id"),
        (b"PAR1\x15\x04", "missing_column", "id"),
        (b'"id,fraud,at', "missing_column", "id"),
    ],
)
def test_a_file_without_its_columns_is_named_with_those_that_it_has(header: bytes, reason: str, column: str) -> None:
    rows, about = read_file(header + b"\na,1,2025-10-23T12:00:00Z\n")
    assert (rows, about["reason"], about["column"]) == ([], reason, column)
    assert about["raw"].startswith("got the columns ")
    assert f"expected '{column}'" in about["raw"]


def test_a_header_alone_is_a_file_without_rows() -> None:
    assert labels_of(b"id,fraud,at\n") == []


def test_gzip_that_breaks_off_gives_the_rows_before_and_never_half_a_row() -> None:
    rng = random.Random(7)
    lines = [f"{rng.getrandbits(64):x},1,{rng.randrange(10**9, 2 * 10**9)}" for _ in range(5000)]
    whole = gzip.compress("\n".join(["id,fraud,at", *lines]).encode())
    rows, about = read_file(whole[: len(whole) // 2], declared(time_format="unix_seconds"))
    *read, last = rows
    assert about["reason"] == "damaged"
    assert 1000 < len(read) < 4000
    assert [row["event_id"] for row in read] == [line.split(",")[0] for line in lines[: len(read)]]
    assert last["reason"] == "unparseable"
    assert lines[len(read)].startswith(last["raw"])


def test_records_are_those_of_the_standard_library_whatever_is_quoted() -> None:
    rng = random.Random(11)
    for _ in range(300):
        texts = iter("".join(rng.choices('ab ,"\n5', k=rng.randrange(6))) for _ in range(12))
        cells = [[text if text.strip() else "x" for text in itertools.islice(texts, 3)] for _ in range(4)]
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n", quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])).writerows(cells)
        body = "id,fraud,at\n" + buffer.getvalue()
        rows, _ = read_file(body.encode(), declared(label_type="string"))
        # No cell is a time: what is refused is the third of three cells, so the row had exactly three.
        assert [(row["reason"], row["column"]) for row in rows] == [("wrong_type", "at")] * 4
        assert "".join(row["raw"] + "\n" for row in rows) == buffer.getvalue()
