"""The offline store: every record ever written, as Parquet by the hour of its event time.

The layout is that of the Glue table format; a group that asks for Iceberg gets the same files without its metadata.
"""

from __future__ import annotations

import io
import threading
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from local.advance import Outcome, Selection
from local.identity import ACCOUNT, REGION
from local.runtime import Runtime
from local.services.sagemaker.groups import Group, group_named
from local.services.sagemaker.records import Record

_DELAY = timedelta(minutes=15)
_ARROW = {"String": pa.string(), "Integral": pa.int64(), "Fractional": pa.float64()}
_TIMESTAMP = pa.timestamp("ms", tz="UTC")
_NAMES = uuid.UUID("0c8a2b0e-39b2-5d0e-8f2b-5a3a5b7f6f11")


@dataclass(frozen=True)
class Row:
    """One write: the record, when it was written in simulated time, and whether it deletes."""

    record: Record
    written: datetime
    deleted: bool


class OfflineStore:
    """Buffers writes and appends them to S3 some simulated minutes later, or when flushed."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._rows: dict[str, list[Row]] = {}
        self._objects = 0
        self._lock = threading.Lock()

    def put(self, group: Group, record: Record, deleted: bool = False) -> None:
        """Buffer one write."""
        with self._lock:
            self._rows.setdefault(group.name, []).append(Row(record, self._runtime.clock.now(), deleted))

    def begin(self, now: datetime, selection: Selection) -> None:
        """Nothing to prepare."""

    def next_due(self, until: datetime) -> datetime | None:
        """Return when the oldest buffered write is appended."""
        with self._lock:
            first = min((rows[0].written for rows in self._rows.values() if rows), default=None)
        return None if first is None or first + _DELAY > until else first + _DELAY

    def perform(self, at: datetime, outcome: Outcome) -> None:
        """Append what is buffered."""
        self.flush()

    def flush(self) -> list[str]:
        """Append everything that is buffered, and return the keys."""
        with self._lock:
            buffered, self._rows = self._rows, {}
        return [key for name, rows in sorted(buffered.items()) for key in self._append(group_named(name), rows)]

    def _append(self, group: Group, rows: list[Row]) -> list[str]:
        """Write one object per hour of event time."""
        uri = (group.offline or {})["S3StorageConfig"]["ResolvedOutputS3Uri"]
        bucket, _, root = str(uri).removeprefix("s3://").partition("/")
        hours: dict[str, list[Row]] = {}
        for row in rows:
            hours.setdefault(f"{row.record.event_time:year=%Y/month=%m/day=%d/hour=%H}", []).append(row)
        client = self._runtime.client("s3", group.role_arn)
        keys = []
        for hour, hour_rows in sorted(hours.items()):
            self._objects += 1
            unique = uuid.uuid5(_NAMES, f"{group.name}/{self._objects}").hex[:16]
            key = f"{root.rstrip('/')}/{hour}/{self._runtime.clock.now():%Y%m%dT%H%M%SZ}_{unique}.parquet"
            client.put_object(Bucket=bucket, Key=key, Body=_parquet(group, hour_rows))
            keys.append(key)
        return keys


def resolved_uri(uri: str, group_name: str, created: datetime) -> str:
    """Return where a group's offline store lies below the URI it was created with."""
    suffix = f"{group_name}-{int(created.timestamp())}/data"
    return f"{uri.rstrip('/')}/{ACCOUNT}/sagemaker/{REGION}/offline-store/{suffix}"


def _parquet(group: Group, rows: list[Row]) -> bytes:
    """Return the rows as the service writes them: typed features, then three columns of its own."""
    columns: dict[str, pa.Array] = {}
    values = [row.record.values() for row in rows]
    for name, feature_type in group.types.items():
        columns[name] = pa.array([_typed(row.get(name), feature_type) for row in values], _ARROW[feature_type])
    columns["write_time"] = pa.array([row.written for row in rows], _TIMESTAMP)
    columns["api_invocation_time"] = columns["write_time"]
    columns["is_deleted"] = pa.array([row.deleted for row in rows], pa.bool_())
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, compression="snappy")
    return buffer.getvalue()


def _typed(value: str | None, feature_type: str) -> str | int | float | None:
    if value is None or feature_type == "String":
        return value
    return int(value) if feature_type == "Integral" else float(value)
