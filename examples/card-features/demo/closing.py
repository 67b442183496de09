"""What is checked once the evening is over: tables, datasets, a rerun, permissions, alarms and the offline store."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from events.generator import micros

from demo.checks import gold_check
from demo.deployment import Record
from demo.runtime import Json
from demo.simulation import STREAM_SCHEDULE, Simulation
from demo.slot_check import SlotOutcome
from demo.traffic import WATERMARK_DELAY

HOUR = timedelta(hours=1)


@dataclass
class Closing:
    """The figures of the end of the evening, for the summary and the report."""

    gold_rows: int = 0
    silver_rows: int = 0
    offline_rows: int = 0
    quarantined: int = 0
    datasets: Json = field(default_factory=dict)
    alarms: dict[str, str] = field(default_factory=dict)
    notifications: int = 0
    silent_cards: int = 0
    calls_checked: int = 0
    denied: list[Json] = field(default_factory=list)
    rerun_seconds: float = 0.0


def close(simulation: Simulation) -> Closing:
    """Run the last checks; every difference goes into the simulation's ``checks``.

    A slot runs once more while the tables are read: it may change nothing, so both hold at any moment.
    """
    closing = Closing()
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
    """See that cards whose payments have all left the last hour show zero: those seen with some, and none since."""
    checks, last = simulation.checks, simulation.outcomes[-1]
    paid = {card for outcome in simulation.outcomes for card, record in outcome.online.items() if _count(record)}
    silent = sorted(paid - _paying(simulation, last.slot_end - HOUR, last.slot_end))
    closing.silent_cards = len(silent)
    checks.equal("cards fell silent", bool(silent), True)
    checks.equal("silent cards with a count", [card for card in silent if _count(last.online.get(card, {}))], [])


def _count(record: Record) -> bool:
    return record.get("txn_count_1h") != "0"


def _paying(simulation: Simulation, start: datetime, end: datetime) -> set[str]:
    """Return the cards that have an accepted event in ``[start, end)``."""
    return {
        event.values["card_id"]
        for event in simulation.expected.accepted.values()
        if micros(start) <= event.event_time_us < micros(end)
    }


def _tables(simulation: Simulation, closing: Closing) -> None:
    deployment, checks, expected = simulation.deployment, simulation.checks, simulation.expected
    silver = deployment.lake.table(deployment.database, deployment.silver_table)
    gold = deployment.lake.table(deployment.database, deployment.gold_table)
    closing.silver_rows, closing.gold_rows = len(silver), len(gold)
    standing = {i: (e.line.source_object, e.line.source_line) for i, e in expected.accepted.items()}
    found = dict(
        zip(
            silver["event_id"].to_pylist(),
            zip(silver["source_object"].to_pylist(), silver["source_line"].to_pylist()),
        )
    )
    checks.equal("silver rows", len(silver), len(expected.accepted))
    checks.equal("silver rows that came first", found == standing, True)
    checks.add(gold_check(gold, expected.accepted, expected.gold(), deployment.lake.spec))


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
    deployment = simulation.deployment
    return {
        "silver snapshots": deployment.lake.snapshots(deployment.database, deployment.silver_table),
        "gold snapshots": deployment.lake.snapshots(deployment.database, deployment.gold_table),
        "online records": deployment.online(simulation.expected.entities()),
        "published slots": deployment.lake.keys(deployment.lake.spec["layout"]["published"]),
    }


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
    closing.datasets = report
    known = _known_at(simulation, day_end)
    training = report["training"]
    checks.equal("training rows", training["rows"], len(known))
    checks.equal("train + validation", training["train"] + training["validation"], training["rows"])
    checks.equal("inference rows", report["inference"]["rows"], len(set(known.values())))


def _known_at(simulation: Simulation, day_end: datetime) -> dict[str, str]:
    """Return event id and card of every event before the day's end, of the slots that had run by then."""
    until = micros(day_end)
    daily_run = day_end + timedelta(minutes=30)
    ran = [outcome for outcome in simulation.outcomes if outcome.slot_end + WATERMARK_DELAY < daily_run]
    had_run = {key for outcome in ran for key in outcome.report["objects"]}
    return {
        event_id: event.values["card_id"]
        for event_id, event in simulation.expected.accepted.items()
        if event.event_time_us < until and event.line.source_object in had_run
    }


def _offline_store(simulation: Simulation, closing: Closing) -> None:
    published = sum(outcome.report["publish"]["records"] for outcome in simulation.outcomes)
    closing.offline_rows = simulation.deployment.offline_rows()
    simulation.checks.equal("offline store rows", closing.offline_rows, published)


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
