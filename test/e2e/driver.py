"""Drives the deployed example slot by slot, and holds it against the recomputation after each."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from demo.checks import Checks, gold_check
from demo.deployment import Deployment, Record
from demo.lake import slot_key
from demo.recompute.expected import Expected
from demo.runtime import Json, LocalRuntime
from demo.simulation import STREAM_SCHEDULE
from demo.slot_check import SlotChecker, SlotOutcome
from demo.traffic import SLOT, WATERMARK_DELAY
from events.generator import Arrival, CardEvent, micros

ARRIVE_INTO_SLOT = timedelta(minutes=8)
POLL_SECONDS = 0.2


class Driver:
    """One deployment and where its simulated clock stands; a slot is entered by sending lines or by running it."""

    def __init__(self, runtime: LocalRuntime, assembly: Path, start: datetime) -> None:
        self.runtime = runtime
        self.deployment = Deployment(runtime, runtime.deploy(assembly))
        self.lake = self.deployment.lake
        self.expected = Expected(self.lake.spec)
        self.slot_end = start.replace(minute=start.minute // 10 * 10) + SLOT
        self._checker = SlotChecker(self.deployment, self.expected)

    def send(self, *lines: bytes | CardEvent) -> None:
        """Let lines arrive two minutes before the present slot ends, in this order."""
        self.runtime.advance(self.slot_end - SLOT + ARRIVE_INTO_SLOT, fire=True)
        raws = [line.line() if isinstance(line, CardEvent) else line for line in lines]
        self.deployment.send([Arrival(0, raw, "one shard keeps the order") for raw in raws])

    def fire_slot(self) -> Json:
        """Let the schedule of the present slot come due; return how its execution ended."""
        fired = self.runtime.advance(self.slot_end + WATERMARK_DELAY)["fired"]
        runs = [run for run in fired if STREAM_SCHEDULE in run["schedule"]]
        assert len(runs) == 1, fired
        self.slot_end += SLOT
        return dict(runs[0])

    def skip_slot(self) -> None:
        """Let the schedule of the present slot come due without being delivered."""
        self.runtime.advance(self.slot_end + WATERMARK_DELAY, fire=False)
        self.slot_end += SLOT

    def skip_to(self, moment: datetime, fire: list[str]) -> list[Json]:
        """Let time pass with no other schedule than those named; return how their executions ended.

        A slot that ends in that time but whose schedule comes due after it is skipped with the others.
        """
        newest_end = moment.replace(minute=moment.minute // 10 * 10)
        fired = self.runtime.advance(max(moment, newest_end + WATERMARK_DELAY), fire)["fired"]
        self.slot_end = newest_end + SLOT
        return list(fired)

    def run_slot(self) -> SlotOutcome:
        """Run the present slot, and hold its report and all online records against the recomputation."""
        run = self.fire_slot()
        assert run["status"] == "SUCCEEDED", run
        outcome, checks = self.check_slot(float(run["seconds"]))
        assert_passed(checks)
        return outcome

    def check_slot(self, seconds: float = 0.0) -> tuple[SlotOutcome, Checks]:
        """Compare the slot that has just run, and leave it to the caller to judge."""
        checks = Checks()
        return self._checker.check(self.slot_end - SLOT, seconds, checks), checks

    def rerun(self, slot_end: datetime) -> Json:
        """Deliver the schedule of a slot once more, a minute later than anything before."""
        self.pass_minute()
        return self.runtime.fire(STREAM_SCHEDULE, slot_end + WATERMARK_DELAY)

    def pass_minute(self) -> None:
        """Let a minute pass: a job belongs to an execution by the time at which that was started."""
        now = datetime.fromisoformat(self.runtime.get("clock")["now"].replace("Z", "+00:00"))
        self.runtime.advance(now + timedelta(minutes=1), fire=False)

    def start(self, **run: Any) -> Json:
        """Start an execution by hand, as an operator does, and return how it ended; the clock stands meanwhile."""
        client, machine = self.runtime.client("stepfunctions"), self.deployment.output("StateMachineArn")
        execution = client.start_execution(stateMachineArn=machine, input=json.dumps(run))["executionArn"]
        while (ended := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
            time.sleep(POLL_SECONDS)
        return {**ended, "output": json.loads(ended.get("output", "null"))}

    def forget(self) -> None:
        """Work everything out again from bronze as it is now, as if nothing had been published yet."""
        self.expected = Expected(self.lake.spec)
        objects = self.lake.bronze()
        self.expected.add(line for key in objects for line in self.lake.bronze_lines(key))
        self._checker = SlotChecker(self.deployment, self.expected, set(objects))

    def assert_tables(self) -> None:
        """Hold every row of the gold tables, and the ids of the silver table, against the recomputation."""
        silver = self.lake.table(self.deployment.database, self.deployment.silver_table)
        assert sorted(silver["event_id"].to_pylist()) == sorted(self.expected.accepted)
        checks = Checks()
        for group in self.expected.groups:
            checks.add(gold_check(self.gold(group), self.expected, group))
        assert_passed(checks)

    def gold(self, group: str) -> pa.Table:
        """Return the rows of a group's gold table."""
        return self.lake.table(self.deployment.database, self.deployment.gold_table(group))

    def online(self) -> dict[str, dict[str, Record]]:
        """Return the online records of every entity, by group."""
        groups = self.expected.groups
        return {name: self.deployment.online(name, group.entities()) for name, group in groups.items()}

    def snapshots(self) -> list[list[int]]:
        """Return the snapshots of every table."""
        gold = [self.deployment.gold_table(group) for group in self.expected.groups]
        return [self.lake.snapshots(self.deployment.database, name) for name in (self.deployment.silver_table, *gold)]

    def quarantine(self, slot_end: datetime) -> list[dict[str, Any]]:
        """Return the refused lines of a slot."""
        prefix = f"{self.lake.spec['layout']['quarantine']}slot={slot_key(slot_end)}/"
        parts = [pq.read_table(pa.BufferReader(self.lake.read(key))) for key in self.lake.keys(prefix)]
        return [row for part in parts for row in part.to_pylist()]

    def dead_letters(self, slot_end: datetime) -> list[Json]:
        """Return the records of a slot that the online store refused for good, of whatever group."""
        folders = [group["layout"]["publish"] for group in self.lake.spec["featureGroups"]]
        prefixes = [f"{folder}dead-letter/slot={slot_key(slot_end)}/" for folder in folders]
        keys = [key for prefix in prefixes for key in self.lake.keys(prefix)]
        return [json.loads(line) for key in keys for line in self.lake.read(key).splitlines()]

    def calls(self, operation: str) -> list[Json]:
        """Return the journal of one operation."""
        return list(self.runtime.get(f"journal?operation={operation}"))

    @contextmanager
    def broken_spec(self) -> Iterator[None]:
        """Make every job fail for as long as this lasts, by a spec document that none of them accepts."""
        bucket, key = self.deployment.spec_location
        s3 = self.runtime.client("s3")
        good = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.put_object(Bucket=bucket, Key=key, Body=b'{"specVersion": 999}')
        try:
            yield
        finally:
            s3.put_object(Bucket=bucket, Key=key, Body=good)

    def payment(self, number: int, card: str, ago: timedelta = timedelta(minutes=5), **changes: Any) -> CardEvent:
        """Return a payment of ``card`` that happened some time before the present slot's end."""
        seconds = micros(self.slot_end - ago) // 1_000_000
        fields: dict[str, Any] = {
            "event_id": f"evt_{card}_{number}", "card_id": card, "ts": seconds, "merchant_id": "merchant_0001",
            "cents": 1250, "currency": "USD", "country": "US", "pos_mode": "chip",
        }  # fmt: skip
        return CardEvent(**{**fields, **changes})


def assert_passed(checks: Checks) -> None:
    """Fail with every difference in words."""
    differences: Sequence[str] = [text for check in checks.failed for text in check.differences]
    assert not differences, "\n".join(differences)
