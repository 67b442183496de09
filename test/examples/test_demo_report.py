"""The report is one file that says the same as the terminal, whether figures agree or not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from demo.checks import Check, Checks
from demo.closing import Closing, GroupFigures
from demo.plots import telling_card, telling_merchant
from demo.report import write_report
from demo.slot_check import SlotOutcome
from demo.tables import Table, checks_table, groups_table, phases_table, quarantine_table, slots_table
from demo.traffic import FIRST_SLOT_END, SLOT


def outcome(index: int, count: int) -> SlotOutcome:
    """Return a slot in which card_1 has ``count`` payments in its last hour, and card_2 none."""
    report: dict[str, Any] = {
        "lines": 1200, "accepted": 1100, "duplicates": 60, "quarantined": {"too_late": 30, "wrong_type": 10},
        "quarantinedTotal": 40, "publish": {"records": 9},
        "groups": [
            {"name": "card_features", "goldWritten": 1000, "publishRecords": 7},
            {"name": "merchant_features", "goldWritten": 150, "publishRecords": 2},
        ],
        "durationsMs": {"silver": 800, "gold": 400},
    }  # fmt: skip
    values = {"txn_amount_1h": "1.50", "merchant_count_24h": "2", "avg_amount_7d": "0.75"}
    cards = {"card_1": {"txn_count_1h": str(count), **values}, "card_2": {"txn_count_1h": "0"}}
    merchants = {"merchant_1": {"probing_card_count_15m": "0"}, "merchant_2": {"probing_card_count_15m": str(count)}}
    online = {"card_features": cards, "merchant_features": merchants}
    return SlotOutcome(FIRST_SLOT_END + index * SLOT, 2.5, report, online, 0)


@pytest.fixture(scope="module")
def outcomes() -> list[SlotOutcome]:
    """Three slots in which card_1 falls silent."""
    return [outcome(0, 5), outcome(1, 3), outcome(2, 0)]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, outcomes: list[SlotOutcome]) -> str:
    """The text of a report on them that names a difference."""
    checks = Checks([Check("gold", 1, ("gold: got 1, expected <2>",))])
    return written(tmp_path_factory.mktemp("report") / "report.html", outcomes, checks)


def written(path: Path, outcomes: list[SlotOutcome], checks: Checks) -> str:
    """Write a report and return its text."""
    write_report(path, "Lead & more", outcomes, checks, [slots_table(outcomes), quarantine_table(outcomes)])
    return path.read_text(encoding="utf-8")


def test_the_report_asks_nothing_of_the_network(report: str) -> None:
    assert report.count("<svg") == 5
    assert not re.search(r"<(script|link|img|iframe)|@import|url\((?!#)|src=", report)


def test_the_report_shows_the_figures_of_the_slots(report: str) -> None:
    # 1000 + 150 gold rows, 7 + 2 records published, 2 + 2 records online
    cells = [f"{FIRST_SLOT_END:%d %H:%M}", "1,200", "1,100", "60", "40", "1,150", "9", "4"]
    assert "".join(f"<td>{cell}</td>" for cell in cells) in report
    assert "<td>too_late</td><td>90</td>" in report
    assert "Lead &amp; more" in report


def test_the_report_names_a_difference(report: str) -> None:
    assert "1 checks failed" in report
    assert "gold: got 1, expected &lt;2&gt;" in report


def test_a_report_without_a_slot_or_a_difference_is_written_too(tmp_path: Path) -> None:
    html = written(tmp_path / "report.html", [], Checks())
    assert ("<svg" in html, "checks failed" in html) == (False, False)


def test_the_card_of_the_plots_is_one_that_fell_silent(outcomes: list[SlotOutcome]) -> None:
    assert telling_card(outcomes) == "card_1"


def test_the_merchant_of_the_plots_is_the_one_most_probed(outcomes: list[SlotOutcome]) -> None:
    assert telling_merchant(outcomes) == "merchant_2"


def test_the_groups_stand_beside_each_other() -> None:
    datasets = {"training": {"train": 8, "validation": 2, "rows": 10}, "inference": {"rows": 3}}
    closing = Closing({"card_features": GroupFigures(1000, 30, 20, 44, datasets), "merchant_features": GroupFigures()})
    table = groups_table(closing)
    assert table.columns == ("where", "card_features", "merchant_features")
    assert [row[1:] for row in table.rows] == [
        ["1,000", "0"], ["30", "0"], ["20", "0"], ["44", "0"], ["8", "0"], ["2", "0"], ["3", "0"],
    ]  # fmt: skip


def test_checks_of_the_slots_are_taken_together() -> None:
    checks = Checks([Check("slot 22:50 online", 10), Check("slot 23:00 online", 12, ("x",)), Check("denied calls", 1)])
    assert checks_table(checks).rows == [["every slot: online", "22", "1"], ["denied calls", "1", "0"]]


def test_phases_are_added_up() -> None:
    rows = [["a", "1.5"], ["b", "2.5"], ["total", "4.0"]]
    assert phases_table([("a", 1.5), ("b", 2.5)]) == Table("Time", ("phase", "seconds"), rows)
