"""The figures of a run as tables, for the terminal and for the report alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from demo.checks import Checks
from demo.closing import Closing, GroupFigures
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
    "slot end", "lines", "accepted", "duplicates", "quarantined", "gold rows", "published", "online", "differing",
    "seconds",
)  # fmt: skip


def slot_row(outcome: SlotOutcome) -> list[str]:
    """Return one slot's figures in the order of ``SLOT_COLUMNS``, those of all groups added up."""
    report = outcome.report
    gold_rows = sum(group["goldWritten"] for group in report["groups"])
    online = sum(map(len, outcome.online.values()))
    return [
        f"{outcome.slot_end:%d %H:%M}", number(report["lines"]), number(report["accepted"]),
        number(report["duplicates"]), number(report["quarantinedTotal"]), number(gold_rows),
        number(report["publish"]["records"]), number(online), number(outcome.differing),
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
    """Return the state of the platform at the end."""
    figures: list[tuple[str, Any]] = [
        ("lines sent", simulation.sent),
        ("events in silver", closing.silver_rows),
        ("lines in quarantine", closing.quarantined),
        ("calls checked against role policies", closing.calls_checked),
        ("calls a role would have been denied", len(closing.denied)),
        ("alarms in ALARM", sum(state == "ALARM" for state in closing.alarms.values())),
        ("messages of an alarm sent", closing.notifications),
    ]
    return Table("At the end", ("what", "figure"), [[what, number(figure)] for what, figure in figures])


def groups_table(closing: Closing) -> Table:
    """Return the rows of each feature group at the end, one column for each group."""
    columns = [_group_figures(figures) for figures in closing.groups.values()]
    rows = [[what, *(number(column[what]) for column in columns)] for what in columns[0]]
    return Table("Rows of the feature groups", ("where", *closing.groups), rows)


def _group_figures(figures: GroupFigures) -> dict[str, int]:
    training, inference = figures.datasets.get("training", {}), figures.datasets.get("inference", {})
    return {
        "gold": figures.gold_rows,
        "online store": figures.online,
        "  of them without a payment in the last hour": figures.silent,
        "offline store": figures.offline_rows,
        "training set": training.get("train", 0),
        "validation set": training.get("validation", 0),
        "inference set": inference.get("rows", 0),
    }


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
