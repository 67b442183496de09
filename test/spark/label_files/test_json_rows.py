"""Files of one JSON object a line: what is no object is refused alone."""

from __future__ import annotations

import gzip

import pytest
from label_file import declared, labels_of, read_file, reasons_of

from medallion.bronze.objects import MAX_LINE_BYTES

LINES = declared("jsonl")
LATIN = b'{"id": "M\xfcller"}'
LONG = b'{"id": "' + b"a" * MAX_LINE_BYTES + b'"}'
T = "2025-10-23T12:00:00+00:00"
AT = b'"at": "2025-10-23T12:00:00Z"'


def test_a_line_holds_a_label() -> None:
    body = (
        b'\xef\xbb\xbf{"id": "a", "fraud": true, ' + AT + b"}\n\n" + b'{"id": 7, "fraud": 0.5, "x": [1], ' + AT + b"}"
    )
    assert labels_of(body, LINES) == [("a", 1.0, T), ("7", 0.5, T)]
    assert labels_of(gzip.compress(body), LINES) == [("a", 1.0, T), ("7", 0.5, T)]


@pytest.mark.parametrize(
    "line",
    [b"{", b"[1]", b"null", b'{"id": "a", "id": "b", "fraud": 1, ' + AT + b"}", LATIN, LONG],
    ids=["half", "list", "null", "twice", "latin", "long"],
)
def test_a_line_that_is_no_object_is_refused_alone(line: bytes) -> None:
    good = b'{"id": "a", "fraud": 1, ' + AT + b"}"
    found = reasons_of(b"\n".join([good, line, good]), LINES)
    assert found == [(1, None, None), (2, "unparseable", None), (3, None, None)]


def test_a_key_that_is_missing_is_a_value_that_is_missing() -> None:
    body = b'{"fraud": 1, ' + AT + b'}\n{"id": "a", "fraud": 1}\n{"id": "a", ' + AT + b"}\n"
    assert reasons_of(body, LINES) == [(1, "missing_required", "id"), (2, "missing_required", "at"), (3, None, None)]
    rows, _ = read_file(body, LINES)
    assert (rows[2]["event_id"], rows[2]["label"]) == (None, None)


def test_gzip_that_breaks_off_is_damaged_and_its_last_line_refused() -> None:
    line = b'{"id": "a", "fraud": 1, ' + AT + b"}\n"
    whole = gzip.compress(line + line)
    rows, about = read_file(whole[:-9], LINES)
    assert about["reason"] == "damaged"
    assert rows[0]["reason"] is None
