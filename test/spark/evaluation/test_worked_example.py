"""The worked example of docs/feature-semantics.md, executed: its tables are the events, the features and the results.

A cell of a result is a value, or a calculation and a value with ``=`` between, or a calculation alone. Calculations are
done in doubles, with ``√`` for the square root; they have to give the value beside them and the feature's.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest
from factories import (
    TYPES,
    WITHOUT_COLUMN,
    Row,
    a_derived_feature,
    a_feature,
    a_group,
    a_spec,
    event_table,
    plain_values,
    query_table,
)

from medallion.evaluation.aggregate import AGGREGATIONS
from medallion.evaluation.derive import DERIVATIONS
from medallion.evaluation.evaluate import evaluate
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import AnyFeature, Window
from medallion.spec.predicate import Combination, Comparison, Predicate

TEXT = (Path(__file__).parents[3] / "docs" / "feature-semantics.md").read_text(encoding="utf-8")
DAY = datetime(2026, 3, 2, tzinfo=timezone.utc)
MINUTE_US = 60_000_000
MISSING, ABSENT = "·", "absent"
COLUMNS = {"amount": ColumnType("decimal", 12, 2), "merchant": TYPES["string"], "channel": TYPES["string"]}
PLACE = ["card", "at", "known"]


def tables() -> List[List[Dict[str, str]]]:
    """Return the tables of the document, each as rows of cells by the heading."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", TEXT, re.MULTILINE):
        heading, _, *rows = [[cell.strip(" `") for cell in line.strip("|\n").split("|")] for line in block.splitlines()]
        assert all(len(row) == len(heading) for row in rows), heading
        found.append([dict(zip(heading, row)) for row in rows])
    return found


def table(*heading: str) -> List[Dict[str, str]]:
    """Return the only table whose heading begins like that."""
    (found,) = (rows for rows in tables() if list(rows[0])[: len(heading)] == list(heading))
    return found


def micros(clock: str) -> int:
    """Return a time of the day of the example."""
    hour, minute = map(int, clock.split(":"))
    return (DAY + timedelta(hours=hour, minutes=minute) - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(
        microseconds=1
    )


def events() -> List[Row]:
    rows: List[Row] = []
    for cells in table("event", "card", "time"):
        values = {name: None if cells[name] == MISSING else cells[name] for name in COLUMNS}
        amount = values["amount"] and Decimal(values["amount"])
        rows.append(
            {**values, "amount": amount, "card": cells["card"], "event_id": cells["event"]}
            | {"event_time": micros(cells["time"])}
        )
    return rows


def predicate(text: str) -> Predicate:
    """Read ``column operator literal``, maybe with ``not`` before it."""
    negation, words = text.startswith("not "), text.split()[-3:]
    comparison = Comparison(words[0], words[1], (words[2],))
    return Combination("not", (comparison,)) if negation else comparison


def features() -> List[AnyFeature]:
    declared: Dict[str, AnyFeature] = {}
    for cells in table("feature", "aggregation"):
        window = Window(int(cells["window"]) * MINUTE_US, int(cells["offset"]) * MINUTE_US, cells["closed"])
        column = cells["column"] or None
        where = predicate(cells["where"]) if cells["where"] else None
        kind = COLUMNS[column] if column else None
        declared[cells["feature"]] = a_feature(cells["aggregation"], column, kind, window, cells["feature"], where)
    for cells in table("derived feature"):
        operands = [declared[name] for name in cells["operands"].split(", ")]
        declared[cells["derived feature"]] = a_derived_feature(cells["derivation"], operands, cells["derived feature"])
    return list(declared.values())


def place(cells: Dict[str, str]) -> Tuple[str, ...]:
    return tuple(cells[name] for name in PLACE)


def results() -> Dict[Tuple[str, ...], Dict[str, Any]]:
    """Return the program's features for every place that the tables speak of."""
    group = a_group(features(), ("card",))
    spec = a_spec(group, COLUMNS)
    found: Dict[Tuple[str, ...], Dict[str, Any]] = {}
    for card, at, known in map(place, windows()):
        unknown = known.replace("without ", "")
        history = [event for event in events() if event["event_id"] != unknown]
        asked = query_table(spec, group, [{"card": card, "query_time": micros(at)}])
        result = evaluate(group, spec, event_table(spec, history), asked)
        found[card, at, known] = {feature.name: plain_values(result[feature.name])[0] for feature in group.features}
    return found


def windows() -> List[Dict[str, str]]:
    return table(*PLACE, "window [-60, 0)")


def stated() -> List[Tuple[Tuple[str, ...], str, str]]:
    """Return place, feature and cell of every result in the document."""
    names = {feature.name for feature in features()}
    return [
        (place(cells), name, cell)
        for rows in tables()
        if list(rows[0])[:3] == PLACE
        for cells in rows
        for name, cell in cells.items()
        if name in names
    ]


def calculated(text: str) -> float:
    return float(eval(text.replace("√", "sqrt"), {"__builtins__": {}, "sqrt": math.sqrt}))


def value_of(cell: str, kind: ColumnType) -> Any:
    """Return what a cell says, in the type of the feature."""
    calculation, _, value = cell.rpartition("=")
    if cell == ABSENT:
        return None
    if calculation:
        assert calculated(calculation) == float(value), cell
    if kind.name == "decimal":
        return Decimal(value.strip())
    if kind.name == "double":
        return calculated(value)
    return int(value) if kind.name == "integer" else value


@pytest.mark.parametrize("feature", features(), ids=lambda feature: feature.name)
def test_the_program_gives_what_the_document_says(feature: AnyFeature) -> None:
    got = results()
    expected = {where: value_of(cell, feature.type) for where, name, cell in stated() if name == feature.name}
    assert expected.keys() == got.keys()
    assert {where: repr(values[feature.name]) for where, values in got.items()} == {
        where: repr(value) for where, value in expected.items()
    }


def test_the_document_counts_the_events_that_it_lists() -> None:
    count = {(where, name): int(cell) for where, name, cell in stated() if name.startswith("count")}
    listed = {"count": "window [-60, 0)", "count_right": "window (-60, 0]", "count_before": "window [-120, -60)"}
    for cells in windows():
        sizes = {name: len(re.findall(r"\w+", cells[heading])) for name, heading in listed.items()}
        assert sizes == {name: count[place(cells), name] for name in listed}


def over_nothing(aggregation: str) -> Any:
    """Return the value of an aggregation at an instant that no event precedes."""
    column = () if aggregation in WITHOUT_COLUMN else ("amount", COLUMNS["amount"])
    group = a_group([a_feature(aggregation, *column)], ["card"])
    spec = a_spec(group, COLUMNS)
    query = query_table(spec, group, [{"card": "nobody", "query_time": 0}])
    (value,) = plain_values(evaluate(group, spec, event_table(spec, []), query)[aggregation])
    return value


def test_the_document_lists_every_aggregation_with_its_value_over_nothing() -> None:
    rows = {cells["aggregation"]: cells for cells in table("aggregation", "of a column of type")}
    assert list(rows) == list(AGGREGATIONS)
    assert {name: cells["over nothing"] for name, cells in rows.items()} == {
        name: ABSENT if over_nothing(name) is None else f"{over_nothing(name):.0f}" for name in AGGREGATIONS
    }
    assert [name for name in rows if rows[name]["of a column of type"] == "no column"] == list(WITHOUT_COLUMN)
    assert [cells["derivation"] for cells in table("derivation")] == list(DERIVATIONS)
