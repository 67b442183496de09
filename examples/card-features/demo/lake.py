"""Reads the lake from outside: bronze lines, slot reports, and the Iceberg tables through their catalog."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from demo.recompute.lines import BronzeLine
from demo.runtime import REGION, Json, LocalRuntime

if TYPE_CHECKING:
    import pyarrow as pa

ARRIVAL_MINUTE = re.compile(r"ingest_dt=(\d{4})/(\d\d)/(\d\d)/(\d\d)/(\d\d)/")


class Lake:
    """One lake bucket of the local runtime, and the spec that says where things lie in it."""

    def __init__(self, runtime: LocalRuntime, bucket: str, spec: Json) -> None:
        self._runtime = runtime
        self._s3 = runtime.client("s3")
        self.bucket = bucket
        self.spec = spec

    def keys(self, prefix: str) -> list[str]:
        """Return every object key below a prefix, in order."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def read(self, key: str) -> bytes:
        """Return the bytes of an object."""
        return bytes(self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def put(self, key: str, body: bytes) -> None:
        """Write an object."""
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def document(self, key: str) -> Any:
        """Return a JSON object, or ``None`` if there is none."""
        return json.loads(self.read(key)) if key in self.keys(key) else None

    def bronze(self) -> list[str]:
        """Return the keys of all bronze objects, in order of arrival."""
        return self.keys(self.spec["layout"]["bronze"])

    def bronze_lines(self, key: str) -> Iterator[BronzeLine]:
        """Yield the lines of a bronze object; lines of white space only are none."""
        arrival = arrival_us(key)
        for number, raw in enumerate(gzip.decompress(self.read(key)).split(b"\n"), start=1):
            if raw.strip():
                yield BronzeLine(key, number, raw, arrival)

    def slot_report(self, slot_end: datetime) -> Json:
        """Return the report that commits a slot."""
        return dict(self.document(f"{self.spec['layout']['slots']}{slot_key(slot_end)}.json"))

    def published(self, slot_end: datetime) -> Json | None:
        """Return the mark that a slot was published, or ``None``."""
        mark: Json | None = self.document(f"{self.spec['layout']['published']}{slot_key(slot_end)}.json")
        return mark

    def table(self, database: str, name: str) -> pa.Table:
        """Return the current rows of an Iceberg table, read through the Glue catalog without Spark."""
        return self._iceberg(database, name).scan().to_arrow()

    def snapshots(self, database: str, name: str) -> list[int]:
        """Return the ids of the snapshots of an Iceberg table, oldest first."""
        return [entry.snapshot_id for entry in self._iceberg(database, name).history()]

    def _iceberg(self, database: str, name: str) -> Any:
        from pyiceberg.catalog.glue import GlueCatalog  # a second of imports that most readers do not need

        access = {"access-key-id": "local", "secret-access-key": "local", "region": REGION}
        catalog = GlueCatalog(
            "lake",
            **{f"{service}.{key}": value for service in ("glue", "s3") for key, value in access.items()},
            **{"glue.endpoint": self._runtime.endpoint, "s3.endpoint": self._runtime.endpoint},
        )
        return catalog.load_table((database, name))


def arrival_us(key: str) -> int:
    """Return the arrival minute that a bronze key states, in microseconds since 1970."""
    found = ARRIVAL_MINUTE.search(key)
    if found is None:
        raise ValueError(f"bronze key: got '{key}', expected ingest_dt=YYYY/MM/DD/HH/mm/ in it")
    year, month, day, hour, minute = map(int, found.groups())
    return int(datetime(year, month, day, hour, minute, tzinfo=timezone.utc).timestamp()) * 1_000_000


def slot_key(slot_end: datetime) -> str:
    """Return a slot's end as object keys spell it."""
    return slot_end.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
