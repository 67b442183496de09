"""What is checked once the evening is over: tables, datasets, a rerun, permissions, alarms and the offline store."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from events.generator import micros

from demo.checks import gold_check
from demo.recompute.lines import Event
from demo.runtime import Json
from demo.simulation import STREAM_SCHEDULE, Simulation
from demo.slot_check import SlotOutcome
from demo.traffic import WATERMARK_DELAY

HOUR = timedelta(hours=1)


#: The feature of each group that counts the payments of the last hour.
HOURLY_COUNTS = {"card_features": "txn_count_1h", "merchant_features": "payment_count_1h"}


@dataclass
class GroupFigures:
    """What the end of the evening looks like for one group; ``silent`` entities have paid, but not in the last hour."""

    gold_rows: int = 0
    online: int = 0
    silent: int = 0
    offline_rows: int = 0
    datasets: Json = field(default_factory=dict)


@dataclass
class Closing:
    """The figures of the end of the evening, for the summary and the report."""

    groups: dict[str, GroupFigures]
    silver_rows: int = 0
    quarantined: int = 0
    alarms: dict[str, str] = field(default_factory=dict)
    notifications: int = 0
    calls_checked: int = 0
    denied: list[Json] = field(default_factory=list)
    rerun_seconds: float = 0.0


def close(simulation: Simulation) -> Closing:
    """Run the last checks; every difference goes into the simulation's ``checks``.

    A slot runs once more while the tables are read: it may change nothing, so both hold at any moment.
    """
    closing = Closing({name: GroupFigures() for name in simulation.expected.groups})
    outcome = simulation.outcomes[len(simulation.outcomes) // 2]
    before = _state(simulation)
    with ThreadPoolExecutor(1) as beside:
        run = beside.submit(simulation.deployment.runtime.fire, STREAM_SCHEDULE, outcome.slot_end + WATERMARK_DELAY)
        _silence(simulation, closing)
        _tables(simulation, closing)
        _datasets(simulation, closing)
    _rerun(simulation, closing, outcome, run.result(), before)
    _offline_store(simulation, closing)
    _watch(simulation, closing)
    return closing


def _silence(simulation: Simulation, closing: Closing) -> None:
    """See that entities whose payments have all left the last hour show zero: seen with some, and none since."""
    checks, last = simulation.checks, simulation.outcomes[-1]
    for name, count in HOURLY_COUNTS.items():
        paid = {
            entity
            for outcome in simulation.outcomes
            for entity, record in outcome.online[name].items()
            if record.get(count) != "0"
        }
        silent = sorted(paid - _paying(simulation, name, last.slot_end - HOUR, last.slot_end))
        closing.groups[name].online, closing.groups[name].silent = len(last.online[name]), len(silent)
        checks.equal(f"{name}: some fell silent", bool(silent), True)
        counting = [entity for entity in silent if last.online[name].get(entity, {}).get(count) != "0"]
        checks.equal(f"{name}: silent, and yet counting", counting, [])


def _paying(simulation: Simulation, group: str, start: datetime, end: datetime) -> set[str]:
    """Return the entities that have an accepted event in ``[start, end)``."""
    state = simulation.expected.groups[group]
    return {
        state.entity_of(event)
        for event in simulation.expected.accepted.values()
        if micros(start) <= event.event_time_us < micros(end)
    }


def _tables(simulation: Simulation, closing: Closing) -> None:
    deployment, checks, expected = simulation.deployment, simulation.checks, simulation.expected
    silver = deployment.lake.table(deployment.database, deployment.silver_table)
    closing.silver_rows = len(silver)
    standing = {i: (e.line.source_object, e.line.source_line) for i, e in expected.accepted.items()}
    found = dict(
        zip(
            silver["event_id"].to_pylist(),
            zip(silver["source_object"].to_pylist(), silver["source_line"].to_pylist()),
        )
    )
    checks.equal("silver rows", len(silver), len(expected.accepted))
    checks.equal("silver rows that came first", found == standing, True)
    for name, figures in closing.groups.items():
        gold = deployment.lake.table(deployment.database, deployment.gold_table(name))
        figures.gold_rows = len(gold)
        checks.add(gold_check(gold, expected, name))


def _rerun(
    simulation: Simulation, closing: Closing, outcome: SlotOutcome, run: Json, before: Mapping[str, Any]
) -> None:
    """See that the second run of a slot that is committed and published changed nothing."""
    deployment, checks = simulation.deployment, simulation.checks
    closing.rerun_seconds = float(run["seconds"])
    checks.equal("rerun status", run["status"], "SUCCEEDED")
    report = deployment.lake.slot_report(outcome.slot_end)
    for figure in ("objects", "lines", "accepted", "duplicates", "quarantined", "maxEventTime"):
        checks.equal(f"rerun {figure}", report[figure], outcome.report[figure])
    checks.equal("rerun records to publish", report["publish"]["records"], 0)
    for what, value in _state(simulation).items():
        checks.equal(f"rerun {what}", value, before[what])


def _state(simulation: Simulation) -> dict[str, Any]:
    deployment, lake = simulation.deployment, simulation.deployment.lake
    state: dict[str, Any] = {
        "silver snapshots": lake.snapshots(deployment.database, deployment.silver_table),
        "published slots": lake.keys(lake.spec["layout"]["published"]),
    }
    for name, group in simulation.expected.groups.items():
        state[f"{name} snapshots"] = lake.snapshots(deployment.database, deployment.gold_table(name))
        state[f"{name} online"] = deployment.online(name, group.entities())
    return state


def _datasets(simulation: Simulation, closing: Closing) -> None:
    """Compare dataset sizes with the accepted events; there are no labels, so every event of the period is a row."""
    lake, checks = simulation.deployment.lake, simulation.checks
    day_end = simulation.outcomes[-1].slot_end.replace(hour=0, minute=0)
    day = day_end - timedelta(days=1)
    report = lake.document(f"{lake.spec['layout']['datasetRuns']}{day:%Y-%m-%d}.json")
    checks.equal("daily run", (simulation.daily or {}).get("status"), "SUCCEEDED")
    if report is None:
        checks.equal("dataset report", None, f"control/datasets/{day:%Y-%m-%d}.json")
        return
    known = _known_at(simulation, day_end)
    for group in report["groups"]:
        name, training = group["name"], group["training"]
        closing.groups[name].datasets = group
        entities = {simulation.expected.groups[name].entity_of(event) for event in known}
        checks.equal(f"{name}: training rows", training["rows"], len(known))
        checks.equal(f"{name}: train + validation", training["train"] + training["validation"], training["rows"])
        checks.equal(f"{name}: inference rows", group["inference"]["rows"], len(entities))


def _known_at(simulation: Simulation, day_end: datetime) -> list[Event]:
    """Return every event before the day's end, of the slots that had run by then."""
    until = micros(day_end)
    daily_run = day_end + timedelta(minutes=30)
    ran = [outcome for outcome in simulation.outcomes if outcome.slot_end + WATERMARK_DELAY < daily_run]
    had_run = {key for outcome in ran for key in outcome.report["objects"]}
    return [
        event
        for event in simulation.expected.accepted.values()
        if event.event_time_us < until and event.line.source_object in had_run
    ]


def _offline_store(simulation: Simulation, closing: Closing) -> None:
    rows = simulation.deployment.offline_rows()
    for name, figures in closing.groups.items():
        figures.offline_rows = rows[name]
        groups = [group for outcome in simulation.outcomes for group in outcome.report["groups"]]
        published = sum(group["publishRecords"] for group in groups if group["name"] == name)
        simulation.checks.equal(f"{name}: offline store rows", rows[name], published)


def _watch(simulation: Simulation, closing: Closing) -> None:
    runtime = simulation.deployment.runtime
    permissions = runtime.get("permissions")
    closing.calls_checked, closing.denied = permissions["checked"], permissions["denied"]
    simulation.checks.equal("denied calls", closing.denied, [])
    alarms = runtime.get("alarms")
    closing.alarms = dict(alarms)
    in_alarm = sorted(name for name, state in closing.alarms.items() if state == "ALARM")
    simulation.checks.equal("alarms", in_alarm, [])
    messages = [sent["message"] for sent in runtime.get("notifications")]
    closing.notifications = sum(isinstance(m, dict) and m.get("NewStateValue") == "ALARM" for m in messages)
    closing.quarantined = sum(outcome.report["quarantinedTotal"] for outcome in simulation.outcomes)
