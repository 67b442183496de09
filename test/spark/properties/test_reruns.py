"""Runs that are repeated, and runs that die at any of their writes: what stands is what one clean run leaves.

A run dies at the level of HTTP: before a chosen write reaches the store, that write and every later request are
refused, whoever sends it: the driver, an executor, a Python worker or the table format.
"""

from __future__ import annotations

import io
import json
import random
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, Iterator, List, Optional

import boto3
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from properties import (
    MINUTE,
    Delivery,
    Played,
    by_slot,
    deliver,
    differences,
    iso,
    play,
    served,
    table_rows,
)
from properties_histories import SLOT, START, a_document, a_history, lines_of, packed, poison, some_values
from spark_lake import LakeFactory, TestLake
from spark_session import ON_GLUE, new_session

SEED = 3
FIRST, SECOND = START + SLOT, START + 2 * SLOT
VARIABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")
PUBLISHED = "PUT control/published/*T*Z.json"
"""What ends a slot, which is written by the state machine."""

KINDS = [
    "quarantine/card_authorization/slot=*T*Z/*T*Z-a.json.gz-*.parquet",
    "silver/card_transactions/dt=*-*-*/*-*-*-*-*.parquet",
    "silver/_iceberg/card_transactions/metadata/*-*.metadata.json",
    "UpdateTable card_transactions",
    "gold/card_features/dt=*-*-*/*-*-*-*-*.parquet",
    "gold/_iceberg/card_features/metadata/*-*.metadata.json",
    "UpdateTable card_features",
    "publish/card_features/slot=*T*Z/part-*.jsonl",
    "publish/manifest/slot=*T*Z.json",
    "control/results/*T*Z.json",
    "control/slots/*T*Z.json",
]
"""What a slot writes; the files of a table are those of its rows, its root file and its place in the catalog."""

XML, JSON = "application/xml", "application/x-amz-json-1.1"

Answer = Callable[..., Any]
Death = Callable[[int, str], bool]
"""Says of a write, by its number within the run and its kind, whether the run dies before it."""


def arriving() -> Dict[int, List[Delivery]]:
    """Return the objects of two slots: late events, duplicates, contradictions and poison among them."""
    chance = random.Random(SEED)
    events = [event for world in "abc" for event in a_history(chance, world, 14, 2 * SLOT)]
    versions = [{**event, **some_values(chance)} for event in events[:4]]
    lines = lines_of([*events, *versions, *events[4:8]], chance) + poison(chance, 8)
    return by_slot(packed(lines, [START + MINUTE * minute for minute in (2, 5, 12, 15)], chance), [FIRST, SECOND])


@dataclass
class Outage:
    """Counts writes, and from the one that it is set to on refuses every request."""

    dies_at: Optional[Death] = None
    writes: List[str] = field(default_factory=list)
    is_dead: bool = False

    def answer(self, whole: Answer, app: Any, environ: Dict[str, Any], start_response: Answer) -> Any:
        """Answer one request: pass it on, or refuse it as forbidden, which no client repeats."""
        write = write_of(environ)
        if write is not None and not self.is_dead:
            self.is_dead = self.dies_at is not None and self.dies_at(len(self.writes), write)
            self.writes += [] if self.is_dead else [write]
        if not self.is_dead:
            return whole(app, environ, start_response)
        body_of(environ)
        if "HTTP_X_AMZ_TARGET" in environ:
            start_response("400 Bad Request", [("Content-Type", JSON)])
            return [b'{"__type": "AccessDeniedException", "Message": "dead"}']
        start_response("403 Forbidden", [("Content-Type", XML)])
        return [b"<Error><Code>AccessDenied</Code><Message>dead</Message></Error>"]


def write_of(environ: Dict[str, Any]) -> Optional[str]:
    """Return what a request writes, without the parts of a name that differ between runs; None if it reads."""
    target = environ.get("HTTP_X_AMZ_TARGET", "").replace("AWSGlue.", "")
    if target:
        table = json.loads(body_of(environ)).get("TableInput", {}).get("Name")
        return None if target.startswith("Get") else f"{target} {table}"
    if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
        return None
    _, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    return f"{environ['REQUEST_METHOD']} {VARIABLE.sub('*', key)}"


def body_of(environ: Dict[str, Any]) -> bytes:
    """Read what a request sends, and leave it to be read again."""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


@contextmanager
def outage(dies_at: Optional[Death] = None) -> Iterator[Outage]:
    """Let every request pass through an outage."""
    found, whole = Outage(dies_at), DomainDispatcherApplication.__call__

    def answer(app: Any, environ: Dict[str, Any], start_response: Answer) -> Any:
        return found.answer(whole, app, environ, start_response)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(DomainDispatcherApplication, "__call__", answer)
        yield found


def numbered(count: int) -> Death:
    return lambda number, write: number == count


def of_kind(kind: str) -> Death:
    return lambda number, write: write == kind


def another_process(lake: TestLake) -> TestLake:
    """Return the lake as a new process sees it, which remembers nothing of a table."""
    return replace(lake, spark=new_session(lake.spark, ON_GLUE))


def die(lake: TestLake, end: int, dies_at: Death) -> None:
    """Run a slot that dies."""
    lake.spark.sparkContext.setLogLevel("OFF")
    with outage(dies_at) as found, suppress(Exception):
        another_process(lake).run(iso(end))
    lake.spark.sparkContext.setLogLevel("ERROR")
    assert found.is_dead


def written(lake: TestLake) -> Dict[str, Any]:
    """Return every object that is not a file of a table, the reports without what differs between clean runs."""
    keys = [key for key in lake.keys(prefix="") if not key.startswith(("silver/", "gold/", "bronze/"))]
    return {key: lasting(lake.document(key)) if key.startswith("control/") else lake.body(key) for key in keys}


def lasting(report: Dict[str, Any]) -> Dict[str, Any]:
    """Return a report without durations, snapshots and what the run itself changed; an owner without its database."""
    kept = {name: value for name, value in report.items() if name not in ("durationsMs", "silver", "database")}
    per_run = ("goldWritten", "snapshotId")
    groups = [{name: group[name] for name in group if name not in per_run} for group in report.get("groups", [])]
    return {**kept, "groups": groups}


@dataclass
class Clean:
    """Two slots without any trouble: what they left, and every kind of write of the second one, in order."""

    played: Played
    objects: Dict[str, Any]
    kinds: List[str]


@pytest.fixture(scope="module")
def clean(new_lake_on_glue: LakeFactory) -> Clean:
    """Return what two slots without any trouble leave."""
    lake = new_lake_on_glue(a_document())
    with outage() as found:
        played = play(lake, arriving())
    second = found.writes[found.writes.index(PUBLISHED) + 1 :]
    own = [write for write in second if not write.startswith("PUT bronze/") and write != PUBLISHED]
    own = [write for write in own if not write.endswith(".avro")]  # like the data: nothing refers to it yet
    return Clean(played, written(lake), sorted(dict.fromkeys(own), key=is_of_the_end))


def is_of_the_end(write: str) -> bool:
    """Whether a write may come before those of gold, which are made at the same time."""
    return write.startswith(("PUT publish/", "PUT control/"))


def assert_as_after_a_clean_run(lake: TestLake, clean: Clean) -> None:
    lake = another_process(lake)
    group, expected = lake.spec.feature_groups[0], clean.played.expected[SECOND]
    assert differences(expected.silver, table_rows(lake, lake.spec.events.table)) == {}
    assert differences(expected.gold(group), table_rows(lake, group.table)) == {}
    online = served(lake, SECOND, group, clean.played.online[FIRST])
    assert differences(expected.online(group, SECOND), online) == {}
    assert written(lake) == clean.objects


def test_runs_that_die_before_each_kind_of_write_in_turn_leave_what_clean_runs_leave(
    new_lake_on_glue: LakeFactory, clean: Clean
) -> None:
    """The first slot dies while it claims the lake and makes the tables, the second before each kind of its writes."""
    lake, appearing = new_lake_on_glue(a_document()), arriving()
    deliver(lake, appearing[FIRST])
    for count in range(5):
        die(lake, FIRST, numbered(count))
    another_process(lake).run(iso(FIRST))
    deliver(lake, appearing[SECOND])
    for kind in clean.kinds:
        die(lake, SECOND, of_kind(kind))
    another_process(lake).run(iso(SECOND))
    assert_as_after_a_clean_run(lake, clean)
    assert [kind.replace("PUT ", "") for kind in clean.kinds] == KINDS


def test_slots_that_run_again_change_nothing_and_publish_nothing(clean: Clean) -> None:
    played, lake = clean.played, another_process(clean.played.lake)
    counted = ("slotEnd", "objects", "lines", "accepted", "duplicates", "quarantined", "maxEventTime")
    kept = {key: body for key, body in clean.objects.items() if key.startswith(("quarantine/", "control/published/"))}
    for end in (SECOND, FIRST, SECOND):
        report, before = lake.run(iso(end)), played.reports[end]
        assert {name: report[name] for name in counted} == {name: before[name] for name in counted}
        assert snapshots(report) == snapshots(played.reports[SECOND])
        assert lake.published(iso(end)) == []
    assert {key: body for key, body in written(lake).items() if key in kept} == kept


def snapshots(report: Dict[str, Any]) -> List[Optional[int]]:
    return [report["silver"]["snapshotId"], *(group["snapshotId"] for group in report["groups"])]


@dataclass(frozen=True)
class Checkpoint:
    """Every object and table of a lake at one time."""

    objects: Dict[str, bytes]
    tables: Dict[str, Dict[str, str]]

    @staticmethod
    def of(lake: TestLake) -> Checkpoint:
        tables = boto3.client("glue").get_tables(DatabaseName=lake.bucket)["TableList"]
        objects = {key: lake.body(key) for key in lake.keys(prefix="")}
        return Checkpoint(objects, {table["Name"]: table["Parameters"] for table in tables})

    def restore(self, lake: TestLake) -> None:
        """Bring the lake back to this time."""
        for key in {*lake.keys(prefix="")}.difference(self.objects):
            lake.s3.delete_object(Bucket=lake.bucket, Key=key)
        for key, body in self.objects.items():
            lake.s3.put_object(Bucket=lake.bucket, Key=key, Body=body)
        glue = boto3.client("glue")
        for name, parameters in self.tables.items():
            kept = glue.get_table(DatabaseName=lake.bucket, Name=name)["Table"]
            names = ("Name", "TableType", "StorageDescriptor")
            table = {name: kept[name] for name in names if name in kept}
            glue.update_table(DatabaseName=lake.bucket, TableInput={**table, "Parameters": parameters})


@pytest.mark.nightly
def test_a_run_that_dies_before_any_of_its_writes_leaves_after_the_next_what_a_clean_run_leaves(
    new_lake_on_glue: LakeFactory, clean: Clean
) -> None:
    """Each write by itself, from the same state of the lake, also those that a run which had died already made."""
    lake, appearing = new_lake_on_glue(a_document()), arriving()
    play(lake, {FIRST: appearing[FIRST]})
    deliver(lake, appearing[SECOND])
    before = Checkpoint.of(lake)
    with outage() as found:
        another_process(lake).run(iso(SECOND))
    for count in range(len(found.writes) - 1):  # the last write is the marker, which is not the run's
        before.restore(lake)
        die(lake, SECOND, numbered(count))
        another_process(lake).run(iso(SECOND))
        assert_as_after_a_clean_run(lake, clean)
