"""What the terminal shows: phases as they go, one line for each slot, tables at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table as RichTable

from demo.checks import Checks
from demo.slot_check import SlotOutcome
from demo.tables import SLOT_COLUMNS, Table, slot_row

SHOWN_DIFFERENCES = 20


class Terminal:
    """Prints progress line by line, so that it reads the same in a terminal and in a log; keeps the time of phases."""

    def __init__(self, phases: Sequence[tuple[str, float]] = ()) -> None:
        self._console = Console(highlight=False)
        self.phases = list(phases)
        self._widths = [max(len(column), 8) for column in SLOT_COLUMNS]

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Announce a phase, and note how long it took."""
        self._console.print(f"[bold cyan]▸[/] {name}")
        began = time.monotonic()
        try:
            yield
        finally:
            self.phases.append((name, time.monotonic() - began))

    def say(self, text: str) -> None:
        """Print a line below the phase."""
        self._console.print(f"  {text}", soft_wrap=True, markup=False)

    def slot_header(self) -> None:
        """Print the headings of the slot lines."""
        self._slot_line(SLOT_COLUMNS, "dim")

    def slot(self, outcome: SlotOutcome) -> None:
        """Print the line of a slot."""
        self._slot_line(slot_row(outcome), "red" if outcome.differing else "")

    def table(self, table: Table) -> None:
        """Print a table."""
        rich = RichTable(title=table.title, title_justify="left", title_style="bold", box=None, pad_edge=False)
        for index, column in enumerate(table.columns):
            rich.add_column(column, justify="left" if index == 0 or table.text else "right", header_style="dim")
        for row in table.rows:
            rich.add_row(*row)
        self._console.print()
        self._console.print(rich)

    def verdict(self, checks: Checks) -> None:
        """Print whether everything agreed, or what did not."""
        self._console.print()
        if not checks.failed:
            self._console.print(f"[bold green]✔ {checks.compared:,} figures compared, none differs[/]")
            return
        differences = [difference for check in checks.failed for difference in check.differences]
        self._console.print(f"[bold red]✘ {len(checks.failed)} of {len(checks.done)} checks failed[/]")
        for difference in differences[:SHOWN_DIFFERENCES]:
            self._console.print(f"  {difference}", soft_wrap=True, markup=False)
        if len(differences) > SHOWN_DIFFERENCES:
            self._console.print(f"  ... and {len(differences) - SHOWN_DIFFERENCES} more; see the report")

    def failure(self, text: str) -> None:
        """Print why the demo could not go on."""
        self._console.print("[bold red]✘ the demo stopped[/]")
        self._console.print(text, soft_wrap=True, markup=False)

    def _slot_line(self, cells: Sequence[str], style: str) -> None:
        line = "  ".join(cell.rjust(width) for cell, width in zip(cells, self._widths))
        self._console.print(f"  {line}", style=style, soft_wrap=True, markup=False)
