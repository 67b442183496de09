"""Lakes for tests, each a bucket and a database of its own, with the steps that a day of the platform consists of."""

from __future__ import annotations

import gzip
import itertools
import json
from dataclasses import dataclass, field, replace
from typing import Any, Dict, List, Optional, Sequence, Union

import boto3
import pytest
from naive_model import model_features
from pyspark.sql import DataFrame, SparkSession
from spark_session import AS_ON_EMR, ON_GLUE, REPOSITORY, new_session

from medallion import instants, object_keys
from medallion.lake.bucket import Bucket
from medallion.runs.backfill_run import BackfillRun, Chunk
from medallion.runs.slot_run import SlotRun
from medallion.spec.declaration import Spec
from medallion.spec.document import document_hash, spec_of

GOLDEN_SPEC = REPOSITORY / "test" / "fixtures" / "card-features.spec.json"

RawEvent = Dict[str, Any]

PROVENANCE = ("arrival_time", "source_object", "source_line")
"""Columns of silver that gold does not have."""


def golden_document() -> Dict[str, Any]:
    """Return the golden spec document, to be changed freely."""
    document: Dict[str, Any] = json.loads(GOLDEN_SPEC.read_text("utf-8"))
    return document


def stamped(document: Dict[str, Any]) -> Dict[str, Any]:
    """Return a changed document with a hash of its own, as synth would write it."""
    return {**document, "specHash": document_hash(json.dumps({**document, "specHash": ""}))}


def us(text: str) -> int:
    """Return an instant, written like ``2025-10-23T22:40:00Z``, in microseconds."""
    return instants.instant_us(text)


def raw_event(
    event_id: str, time: str = "22:00:30", card: Optional[str] = "c1", amount: Any = 10, **changes: Any
) -> RawEvent:
    """Return a payment as a producer sends it; a column that is ``...`` is left out.

    A time like 22:03:20 is of 2025-10-23, one like 22T10:00:00 of October 2025.
    """
    seconds = us("2025-10-23T00:00:00"[: 19 - len(time)] + f"{time}Z") // 1_000_000
    event = {"event_id": event_id, "card_id": card, "ts": seconds, "merchant_id": "m1", "amount": amount, **changes}
    return {name: value for name, value in event.items() if value is not ...}


@dataclass
class TestLake:
    """One lake: a bucket, a database and a spec, with the steps that a day of the platform consists of."""

    __test__ = False

    spark: SparkSession
    s3: Any
    bucket: str
    spec: Spec
    reports: Dict[str, Dict[str, Any]] = field(default_factory=dict)

    def arrive(self, minute: str, lines: Sequence[Union[RawEvent, str, bytes]], name: str = "a") -> str:
        """Put one bronze object, whose oldest line arrived at ``minute``, and return its key."""
        body = b"".join(_line(line) + b"\n" for line in lines)
        return self.arrive_bytes(minute, gzip.compress(body, mtime=0), name)

    def arrive_bytes(self, minute: str, body: bytes, name: str = "a") -> str:
        """Put one bronze object of exactly these bytes."""
        key = f"{object_keys.arrival_prefix(self.spec.layout.bronze, us(minute))}{name}.json.gz"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return key

    def slot_run(self, slot_end: str) -> SlotRun:
        """Return a run that has not started."""
        return SlotRun(self.spark, self.spec, Bucket(self.bucket), self.bucket, us(slot_end))

    def run(self, slot_end: str, publish: bool = True) -> Dict[str, Any]:
        """Run a slot and, unless told otherwise, mark it published as the state machine does."""
        report = self.slot_run(slot_end).run()
        if publish and report["publish"]["active"]:
            self.mark_published(slot_end)
        return report

    def mark_published(self, slot_end: str) -> None:
        """Write the marker that the state machine writes after a complete publish."""
        key = f"{self.spec.layout.published}{object_keys.slot_key(us(slot_end))}.json"
        Bucket(self.bucket).write(key, {"slotEnd": slot_end})

    def backfill_run(self, start: str, end: str, name: str = "b", publish: bool = False) -> BackfillRun:
        """Return a run of one chunk that has not started."""
        chunk = Chunk(name, us(start), us(end))
        return BackfillRun(self.spark, self.spec, Bucket(self.bucket), self.bucket, chunk, publish)

    def with_spec(self, document: Dict[str, Any]) -> TestLake:
        """Return the same bucket and database under another spec document."""
        return replace(self, spec=spec_of(stamped(document)), reports={})

    def table(self, name: str) -> DataFrame:
        """Return a table as it stands."""
        return self.spark.table(f"glue_catalog.`{self.bucket}`.`{name}`")

    def rows(self, name: str) -> List[Dict[str, Any]]:
        """Return a table's rows in the order of event id and time."""
        return [row.asDict() for row in self.table(name).orderBy("event_id", "event_time").collect()]

    def published(self, slot_end: str, group: Optional[str] = None) -> List[Dict[str, Any]]:
        """Return the records of a slot's publish set, read through its manifest."""
        records = []
        for entry in self.document(f"publish/manifest/slot={object_keys.slot_key(us(slot_end))}.json"):
            if group in (None, entry["featureGroup"]):
                lines = self.body(entry["key"]).decode("utf-8").splitlines()
                assert len(lines) == entry["records"]
                records += [json.loads(line) for line in lines]
        return records

    def model_gold(self, table: str, group_number: int = 0) -> List[Dict[str, Any]]:
        """Return the gold rows of a group that the quadratic model derives from the silver table."""
        group, rows = self.spec.feature_groups[group_number], self.rows(table)
        events = [{**row, "event_time": instants.micros_of(row["event_time"])} for row in rows]
        queries = [{**event, "query_time": event["event_time"]} for event in events]
        kept = [{name: value for name, value in row.items() if name not in PROVENANCE} for row in rows]
        return [{**row, **model_features(group, events, query)} for row, query in zip(kept, queries)]

    def quarantine(self, slot_end: Optional[str] = None) -> List[Dict[str, Any]]:
        """Return the quarantined lines that arrived in a slot, or all of them, in arrival order."""
        prefix = self.spec.layout.quarantine
        if slot_end is not None:
            prefix = f"{prefix}slot={object_keys.slot_key(us(slot_end))}/"
        if not self.keys(prefix):
            return []
        found = self.spark.read.parquet(f"s3://{self.bucket}/{prefix}").orderBy("source_object", "source_line")
        return [row.asDict() for row in found.collect()]

    def keys(self, prefix: str = "") -> List[str]:
        """Return the keys under a prefix."""
        return Bucket(self.bucket).keys(prefix)

    def body(self, key: str) -> bytes:
        """Return an object."""
        content: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return content

    def document(self, key: str) -> Any:
        """Return a JSON object."""
        return json.loads(self.body(key))


def _line(line: Union[RawEvent, str, bytes]) -> bytes:
    if isinstance(line, bytes):
        return line
    return (line if isinstance(line, str) else json.dumps(line)).encode("utf-8")


class LakeFactory:
    """Makes lakes, each with its own bucket and database."""

    _numbers = itertools.count(1)

    def __init__(self, spark: SparkSession, is_on_glue: bool) -> None:
        self._spark = spark
        self._is_on_glue = is_on_glue

    def __call__(self, document: Optional[Dict[str, Any]] = None) -> TestLake:
        """Return an empty lake for a spec document (default: the golden one)."""
        name = f"lake{next(self._numbers)}"
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket=name)
        if self._is_on_glue:
            boto3.client("glue").create_database(DatabaseInput={"Name": name})
        else:
            self._spark.sql(f"CREATE NAMESPACE glue_catalog.{name}")
        spec = spec_of(stamped(document or golden_document()))
        return TestLake(self._spark, s3, name, spec)


@pytest.fixture(scope="session")
def new_lake(spark: SparkSession) -> LakeFactory:
    """Return the factory of lakes whose tables are kept in memory: for tests of what the rows are."""
    return LakeFactory(spark, is_on_glue=False)


@pytest.fixture(scope="session")
def new_lake_on_glue(spark: SparkSession) -> LakeFactory:
    """Return the factory of lakes whose tables stand in Glue and lie in the bucket."""
    return LakeFactory(new_session(spark, ON_GLUE), is_on_glue=True)


@pytest.fixture(scope="session")
def new_lake_as_on_emr(spark: SparkSession) -> LakeFactory:
    """Return the factory of lakes with what matters of the settings of EMR Serverless."""
    return LakeFactory(new_session(spark, AS_ON_EMR), is_on_glue=True)
