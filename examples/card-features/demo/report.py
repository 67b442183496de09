"""One HTML file with everything in it: no script, no font, no request leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from demo.checks import Checks
from demo.plots import plots
from demo.slot_check import SlotOutcome
from demo.tables import Table

CSS = """
:root { color-scheme: light; --ink: #1f2933; --soft: #667; --line: #d9dee5; --good: #2f7d4f; --bad: #b3261e; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 62rem;
  margin: 2.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; }
p.lead { color: var(--soft); margin-top: 0; }
.verdict { padding: .7rem 1rem; border-left: 4px solid var(--good); background: #f0f7f2; font-weight: 600; }
.verdict.bad { border-color: var(--bad); background: #fbefee; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem; }
th { text-align: right; color: var(--soft); font-weight: 500; } td { text-align: right; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, table.text th, table.text td { text-align: left; }
figure { margin: 1.5rem 0; } figcaption { color: var(--soft); } svg { width: 100%; height: auto; }
li { font-family: ui-monospace, monospace; font-size: .8rem; overflow-wrap: anywhere; }
"""


def write_report(
    path: Path, lead: str, outcomes: Sequence[SlotOutcome], checks: Checks, tables: Sequence[Table]
) -> None:
    """Write the report; it is complete even when figures differ, for that is when it is read."""
    pictures = plots(outcomes) if outcomes else []
    parts = [
        "<!doctype html>", '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Card features: demo</title><style>{CSS}</style></head><body>",
        f'<h1>Card features, one evening</h1><p class="lead">{escape(lead)}</p>',
        _verdict(checks),
        *(f"<figure><figcaption>{escape(caption)}</figcaption>{svg}</figure>" for caption, svg in pictures),
        *map(_table, tables),
        "</body></html>",
    ]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts), encoding="utf-8")


def _verdict(checks: Checks) -> str:
    if not checks.failed:
        text = f"{checks.compared:,} figures compared with an independent recomputation, none differs."
        return f'<p class="verdict">{text}</p>'
    wrong = "".join(f"<li>{escape(text)}</li>" for check in checks.failed for text in check.differences)
    return f'<div class="verdict bad">{len(checks.failed)} checks failed.<ul>{wrong}</ul></div>'


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    kind = ' class="text"' if table.text else ""
    return f"<h2>{escape(table.title)}</h2><table{kind}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
