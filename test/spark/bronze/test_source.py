"""Where an event has its values: the example of docs/input.md, executed, and every way in which a place has none."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, List

import pytest

from medallion import instants
from medallion.bronze.line_reader import Event, LineReader, Refusal
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import Column, Events, EventTime, Source
from medallion.spec.document import read_spec

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "input.md").read_text(encoding="utf-8")
CHECKOUT = (ROOT / "test" / "fixtures" / "checkout-features.spec.json").read_text(encoding="utf-8")
TEN = instants.instant_us("2026-03-02T10:00:00Z")
MISSING = "·"


def rows(heading: str) -> List[List[str]]:
    """Return the cells of the only table of the document with that heading."""
    (found,) = re.findall(rf"^{re.escape(heading)}\n\|[-|]+\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in found.splitlines()]


def shown(answer: Any) -> List[str]:
    """Return an answer as a row of the document."""
    if isinstance(answer, Refusal):
        return [""] * 7 + [answer.reason if answer.column is None else f"{answer.reason}` of `{answer.column}"]
    event_id, time, *values = answer.values
    texts = [MISSING if value is None else str(value) for value in values]
    return [event_id, instants.iso_millis(time)[11:19], *texts, str(answer.unknown_columns), ""]


def test_the_example_of_the_document_is_what_the_reader_answers() -> None:
    (lines,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    reader = LineReader(read_spec(CHECKOUT).events)
    answers = [shown(reader.read(line.encode("utf-8"), TEN)) for line in lines.splitlines()]
    assert answers == rows("| id | time | card_id | amount | first_sku | channel | unknown | refused |")


def a_reader(*sources: Source, required: bool = False) -> LineReader:
    column = Column("x", ColumnType("string"), required=required, sources=sources)
    time = EventTime("ts", "unix_micros")
    return LineReader(
        Events("e", "e_silver", "id", time, (column,), allowed_lateness_us=1, allowed_skew_us=1, arrival_slack_us=1)
    )


def answer_of(event: str, *sources: Source, required: bool = False) -> Any:
    """Return the value of ``x`` of an event with these keys besides id and time, or why it was refused."""
    line = f'{{"id": "e1", "ts": {TEN}, {event}}}'
    answer = a_reader(*sources, required=required).read(line.encode("utf-8"), TEN)
    return answer.values[2] if isinstance(answer, Event) else (answer.reason, answer.column)


NESTED: Source = ("a", "b", 1, "c.d")


@pytest.mark.parametrize(
    ("event", "value"),
    [
        ('"a": {"b": [0, {"c.d": "v"}]}', "v"),
        ('"a": {"b": [0, {"c.d": ""}]}', ""),
        ('"a": {"b": [0, {"c.d": null}]}', None),
        ('"a": {"b": [0, {"c": {"d": "v"}}]}', None),
        ('"a": {"b": [0, {}]}', None),
        ('"a": {"b": [0, "c.d"]}', None),
        ('"a": {"b": [0, ["c.d"]]}', None),
        ('"a": {"b": [0, null]}', None),
        ('"a": {"b": [{"c.d": "v"}]}', None),
        ('"a": {"b": []}', None),
        ('"a": {"b": {"1": {"c.d": "v"}}}', None),
        ('"a": {"b": "text"}', None),
        ('"a": {"b": 5}', None),
        ('"a": {"B": [0, {"c.d": "v"}]}', None),
        ('"a": [{"b": [0, {"c.d": "v"}]}]', None),
        ('"a": "text"', None),
        ('"a": true', None),
        ('"a": null', None),
        ('"a.b[1].c.d": "v"', None),
        ('"x": "v"', None),
    ],
)
def test_a_place_has_a_value_only_where_every_step_leads_on(event: str, value: Any) -> None:
    assert answer_of(event, NESTED) == value
    assert answer_of(event, NESTED, required=True) == (("missing_required", "x") if value is None else value)


def test_an_index_counts_from_the_beginning_and_ends_with_the_array() -> None:
    event = '"a": ["p", "q", "r"]'
    assert [answer_of(event, ("a", index)) for index in range(4)] == ["p", "q", "r", None]
    assert answer_of('"a": [["p", "q"], ["r"]]', ("a", 1, 0)) == "r"
    assert answer_of('"a": "pqr"', ("a", 0)) is None


def test_the_first_place_with_a_value_counts() -> None:
    places: List[Source] = [("a", "b"), ("c",), ("d", 0)]
    assert answer_of('"a": {"b": "1"}, "c": "2", "d": ["3"]', *places) == "1"
    assert answer_of('"a": {"b": null}, "c": "2", "d": ["3"]', *places) == "2"
    assert answer_of('"a": "b", "c": null, "d": ["3"]', *places) == "3"
    assert answer_of('"d": []', *places) is None
    assert answer_of('"a": {"b": ""}, "c": "2"', *places) == ""


def test_a_value_that_is_refused_is_not_replaced_by_another_place() -> None:
    for literal in ("0", "false", "{}", "[]", "NaN", '"\\ud800"'):
        assert answer_of(f'"a": {{"b": {literal}}}, "c": "2"', ("a", "b"), ("c",)) == ("wrong_type", "x")


def test_a_key_that_is_named_twice_makes_a_line_unparseable_wherever_it_is() -> None:
    for event in ('"x": "1", "x": "1"', '"a": {"b": 1, "b": 1}', '"other": [{"deep": {"k": 1, "k": 2}}]'):
        assert answer_of(event) == ("unparseable", None)


@pytest.mark.parametrize(
    ("sources", "event", "unknown"),
    [
        ((), '"x": "1", "y": 1', 1),
        ((("y", "x"),), '"x": "1", "y": {"x": "1", "z": 2}', 1),
        ((("y", "x"), ("x",)), '"x": "1", "y": {"z": 2}', 0),
        ((("y", "x"), ("z", 0)), '"x": "1"', 1),
        ((("y.x",),), '"y": 1, "y.x": "1", "Y.x": 2', 2),
    ],
)
def test_a_key_is_known_if_a_source_begins_with_it(sources: Any, event: str, unknown: int) -> None:
    answer = a_reader(*sources).read(f'{{"id": "e1", "ts": {TEN}, {event}}}'.encode(), TEN)
    assert isinstance(answer, Event)
    assert answer.unknown_columns == unknown


def test_id_and_time_are_found_like_columns_and_named_by_their_first_source() -> None:
    time = EventTime("$.m.t", "unix_micros", (("m", "t"), ("t",)))
    column = Column("x", ColumnType("string"))
    events = Events("e", "e_silver", "$.m.id", time, (column,), 1, 1, 1, event_id_sources=(("m", "id"), ("ids", 0)))
    reader = LineReader(events)

    def read(**event: Any) -> Any:
        return reader.read(json.dumps(event).encode("utf-8"), TEN)

    assert read(m={"id": "e1", "t": TEN}) == Event(("e1", TEN, None))
    assert read(ids=["e2"], t=TEN, m=None) == Event(("e2", TEN, None))
    assert read(ids=[], t=TEN) == Refusal("missing_required", "$.m.id")
    assert read(m={"id": "", "t": TEN}, ids=["e3"]) == Refusal("missing_required", "$.m.id")
    assert read(m={"id": "e4"}) == Refusal("missing_required", "$.m.t")
    assert read(m={"id": "e5"}, t="noon") == Refusal("wrong_type", "$.m.t")
    assert read(m={"id": "e6", "t": TEN - 2}) == Refusal("too_late", "$.m.t")
    assert read(m={"id": "e7", "t": TEN + 3}) == Refusal("from_the_future", "$.m.t")


def test_the_document_gives_every_source_as_steps() -> None:
    events = read_spec(CHECKOUT).events
    assert events.event_id_sources == (("meta", "id"), ("event_id",))
    assert events.event_time == EventTime("$.meta.time", "iso8601", (("meta", "time"), ("Event Time",)))
    assert [column.sources for column in events.columns] == [
        (("payment", "card", "id"), ("cardId",)),
        (("payment", "amount.eur"),),
        (("items", 0, "sku"),),
        (),
    ]
