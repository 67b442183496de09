"""Every row of the tables of docs/input.md, section Values, as a line that is read."""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, Tuple

import pytest
from spark_lake import golden_document
from spark_session import REPOSITORY

from medallion import instants
from medallion.bronze.line_reader import REASONS, Event, LineReader, Refusal
from medallion.identifiers import MAX_IDENTIFIER_BYTES
from medallion.spec.document import spec_of

ARRIVAL = instants.instant_us("2025-10-23T22:31:00Z")
LATENESS_US, SKEW_US = 7 * 86_400_000_000, 300_000_000
TIME_FORMATS = {
    "iso8601": "iso8601",
    "unixSeconds": "unix_seconds",
    "unixMillis": "unix_millis",
    "unixMicros": "unix_micros",
    "unixNanos": "unix_nanos",
}

Row = Tuple[str, str, str]


def documented_rows() -> List[Row]:
    text = (REPOSITORY / "docs" / "input.md").read_text("utf-8")
    section = text.partition("\n## Values\n")[2].partition("\n## ")[0]
    rows = [
        tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in section.splitlines() if "|" in line
    ]
    return [(row[0], row[1], row[2]) for row in rows if len(row) == 3 and row[0] != "Declared as"]


ROWS = documented_rows()


def column_of(declared: str) -> Dict[str, Any]:
    """Return the column that a cell declares."""
    kind, *rules = re.split(r", (?![0-9])", declared)
    digits = re.fullmatch(r"decimal\((\d+), (\d+)\)", kind)
    column: Dict[str, Any] = {"name": "x", "type": kind.split(" ")[0], "required": "identifies" in kind}
    if digits is not None:
        column.update(type="decimal", precision=int(digits[1]), scale=int(digits[2]))
    for rule in rules:
        name, _, bound = rule.partition(" ")
        column.update({"rounding": "half_even"} if name == "HALF_EVEN" else {name: bound})
    return column


def answer_to(declared: str, literal: str) -> Tuple[str, Any]:
    """Return the member that a row is about, and what is read from it: its value, or a refusal."""
    document = golden_document()
    events, members = document["events"], {"event_id": '"e"', "card_id": '"c"', "ts": "1761258600"}
    events.update(allowedLatenessUs=LATENESS_US, allowedSkewUs=SKEW_US)
    events["columns"] = [{"name": "card_id", "type": "string", "required": True}]
    member = "event_id" if declared == "event id" else "ts" if declared in TIME_FORMATS else "x"
    if member == "ts":
        events["eventTime"]["format"] = TIME_FORMATS[declared]
    if member == "x":
        events["columns"].append(column_of(declared))
        document["featureGroups"][0]["entity"] = ["x"] if "identifies" in declared else ["card_id"]
    members[member] = literal
    line = "{" + ", ".join(f'"{name}": {written}' for name, written in members.items()) + "}"
    answer = LineReader(spec_of(document).events).read(line.encode("utf-8"), ARRIVAL)
    if isinstance(answer, Event):
        return member, answer.values[{"event_id": 0, "ts": 1, "x": 3}[member]]
    return member, answer


def written(declared: str, value: Any) -> str:
    """Return a value as the tables have it."""
    if declared in TIME_FORMATS or declared == "timestamp":
        return instants.datetime_of(value).replace(tzinfo=None).isoformat(timespec="microseconds")
    return f"`{json.dumps(value) if isinstance(value, (str, bool)) else value}`"


@pytest.mark.parametrize(("declared", "sent", "read"), ROWS)
def test_a_documented_value_is_read_as_documented(declared: str, sent: str, read: str) -> None:
    member, found = answer_to(declared, sent.strip("`"))
    refused = re.fullmatch(r"refused: `(\w+)`", read)
    if refused is not None:
        assert refused[1] in REASONS
        assert found == Refusal(refused[1], member)
    else:
        assert not isinstance(found, Refusal)
        assert written(declared, found) == read


def test_the_tables_are_found() -> None:
    assert len(ROWS) == 82
    assert {*TIME_FORMATS} < {declared for declared, *_ in ROWS}


def test_the_documents_state_the_longest_identifier() -> None:
    for path in ("docs/input.md", "docs/runbooks/quarantine.md", "src/spec/feature-group-spec.ts"):
        assert f"{MAX_IDENTIFIER_BYTES:,} bytes" in (REPOSITORY / path).read_text("utf-8"), path


def test_the_runbook_explains_every_reason_in_order() -> None:
    text = (REPOSITORY / "docs" / "runbooks" / "quarantine.md").read_text("utf-8")
    table = text.partition("\n## Reasons\n")[2].partition("\n\n**")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == REASONS
