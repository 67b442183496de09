"""What tests of label files share: a declaration of labels, and what becomes of the bytes of a file."""

from __future__ import annotations

import io
from typing import Any, Dict, List, Optional, Tuple

import pyarrow as pa
import pyarrow.parquet as pq

from medallion.label_files.label_batches import label_batches
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import Labels

Found = Tuple[List[Dict[str, Any]], Dict[str, Any]]


def declared(file_format: str = "csv", label_type: str = "double", time_format: str = "iso8601") -> Labels:
    """Return labels in the columns ``id``, ``fraud`` and ``at``."""
    kind = ColumnType(label_type)
    return Labels("labels/", file_format, "id", "fraud", kind, "at", time_format, 0, "quarantine/e-labels/")


def read_file(body: bytes, labels: Optional[Labels] = None) -> Found:
    """Return the rows of a file, and the row about the file itself."""
    chunks = [body[:3], body[3:]] if body else []
    batches = list(label_batches(labels or declared())([("labels/a", chunks)]))
    *rows, about = [row for batch in batches for row in batch.to_pylist()]
    assert about["file_rows"] == len(rows)
    assert {row["source_object"] for row in [*rows, about]} == {"labels/a"}
    return rows, about


def labels_of(body: bytes, labels: Optional[Labels] = None) -> List[Tuple[str, Any, str]]:
    """Return id, label and time of the rows of a file that can be read as a whole."""
    rows, about = read_file(body, labels)
    assert about["reason"] is None
    assert [row for row in rows if row["reason"]] == []
    return [(row["event_id"], row["label"], row["label_time"].isoformat()) for row in rows]


def reasons_of(body: bytes, labels: Optional[Labels] = None) -> List[Tuple[int, Optional[str], Optional[str]]]:
    """Return number, reason and column of the rows of a file; the reason is None where the row can be read."""
    rows, _ = read_file(body, labels)
    return [(row["source_line"], row["reason"], row["column"]) for row in rows]


def parquet_bytes(table: pa.Table, **options: Any) -> bytes:
    """Return a table as a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()
