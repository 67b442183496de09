"""The figures of a run as tables, for the terminal and for the report alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from demo.checks import Checks
from demo.closing import Closing
from demo.simulation import Simulation
from demo.slot_check import SlotOutcome


@dataclass(frozen=True)
class Table:
    """Rows under headings; the first column is text, the others are figures unless ``text`` says so."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    text: bool = False


SLOT_COLUMNS = (
    "slot end", "lines", "accepted", "duplicates", "quarantined", "gold rows", "published", "cards compared",
    "differing", "seconds",
)  # fmt: skip


def slot_row(outcome: SlotOutcome) -> list[str]:
    """Return one slot's figures in the order of ``SLOT_COLUMNS``."""
    report = outcome.report
    return [
        f"{outcome.slot_end:%d %H:%M}", number(report["lines"]), number(report["accepted"]),
        number(report["duplicates"]), number(report["quarantinedTotal"]), number(report["groups"][0]["goldWritten"]),
        number(report["publish"]["records"]), number(len(outcome.online)), number(outcome.differing),
        f"{outcome.seconds:.1f}",
    ]  # fmt: skip


def slots_table(outcomes: Sequence[SlotOutcome]) -> Table:
    """Return one row for each slot run."""
    return Table("Slots", SLOT_COLUMNS, [slot_row(outcome) for outcome in outcomes])


def quarantine_table(outcomes: Sequence[SlotOutcome]) -> Table:
    """Return how many lines were refused for each reason."""
    totals: dict[str, int] = {}
    for outcome in outcomes:
        for reason, count in outcome.report["quarantined"].items():
            totals[reason] = totals.get(reason, 0) + count
    rows = [[reason, number(count)] for reason, count in sorted(totals.items()) if count]
    return Table("Quarantined lines", ("reason", "lines"), rows)


def outcome_table(simulation: Simulation, closing: Closing) -> Table:
    """Return the state at the end."""
    training = closing.datasets.get("training", {})
    figures: list[tuple[str, Any]] = [
        ("lines sent", simulation.sent),
        ("events in silver", closing.silver_rows),
        ("rows in gold", closing.gold_rows),
        ("lines in quarantine", closing.quarantined),
        ("cards online", len(simulation.outcomes[-1].online) if simulation.outcomes else 0),
        ("  of them with no payment left in the last hour", closing.silent_cards),
        ("rows in the offline store", closing.offline_rows),
        ("training rows", training.get("rows", 0)),
        ("  of them train / validation", f"{training.get('train', 0):,} / {training.get('validation', 0):,}"),
        ("inference rows", closing.datasets.get("inference", {}).get("rows", 0)),
        ("calls checked against role policies", closing.calls_checked),
        ("calls a role would have been denied", len(closing.denied)),
        ("alarms in ALARM", sum(state == "ALARM" for state in closing.alarms.values())),
        ("messages of an alarm sent", closing.notifications),
    ]
    return Table("At the end", ("what", "figure"), [[what, number(figure)] for what, figure in figures])


def checks_table(checks: Checks) -> Table:
    """Return what was compared, the checks of the slots taken together."""
    groups: dict[str, list[int]] = {}
    for check in checks.done:
        name = f"every slot: {check.name.split(' ', 2)[2]}" if check.name.startswith("slot ") else check.name
        name = f"{name.split(' ', 1)[0]}: nothing changed" if name.startswith("rerun ") else name
        group = groups.setdefault(name, [0, 0])
        group[0] += check.compared
        group[1] += not check.passed
    rows = [[name, number(compared), number(failed)] for name, (compared, failed) in groups.items()]
    return Table("Compared with the recomputation", ("what", "figures", "failed checks"), rows)


def alarms_table(closing: Closing) -> Table:
    """Return the state of every alarm."""
    return Table("Alarms", ("alarm", "state"), [[name, state] for name, state in sorted(closing.alarms.items())], True)


def phases_table(phases: Sequence[tuple[str, float]]) -> Table:
    """Return how long each phase took."""
    rows = [[name, f"{seconds:.1f}"] for name, seconds in phases]
    return Table("Time", ("phase", "seconds"), [*rows, ["total", f"{sum(s for _, s in phases):.1f}"]])


def number(value: Any) -> str:
    """Return a figure as people read it."""
    return f"{value:,}" if isinstance(value, int) else str(value)
