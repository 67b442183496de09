"""One row of a label file against the declaration: the label of an event, or the first rule that the row breaks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Callable, Dict, Tuple, Union

from medallion.bronze.column_value import (
    MISSING_REQUIRED,
    RefusedValue,
    ValueReader,
    column_reader,
    instant_in_bounds,
    is_missing,
    number_value,
)
from medallion.bronze.event_time import written_instant
from medallion.bronze.line_reader import Refusal, event_id_value
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import Column, Labels

Values = Tuple[Any, Any, Any]
"""Event id, label and label time of a row: text, ``int``, ``Decimal``, ``bool``, ``Instant`` or None."""

_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True)
class Instant:
    """A point in time that a file holds as such, in microseconds."""

    us: int


@dataclass(frozen=True)
class Label:
    """The label of an event, known since ``label_time_us``; a row that says nothing has no ``value``."""

    event_id: str
    value: Any
    label_time_us: int


UNLABELLED = Label("", None, 0)


class LabelReader:
    """Reads rows by a declaration of labels; the same row always gives the same answer."""

    def __init__(self, labels: Labels) -> None:
        self._columns = labels.columns
        self._label = _label_reader(labels.label_type)
        self._time = _time_reader(labels.label_time_format)

    def read(self, values: Values) -> Union[Label, Refusal]:
        """Return the label of a row, or why there is none. A row without a label says nothing, whatever else it has."""
        event_id, label, label_time = values
        if label is None or label == "":
            return UNLABELLED
        blamed = 0
        try:
            known_id = event_id_value(event_id)
            blamed = 1
            value = self._label(label)
            blamed = 2
            return Label(known_id, value, self._time(label_time))
        except RefusedValue as refused:
            return Refusal(refused.reason, self._columns[blamed])


def _time_reader(time_format: str) -> ValueReader:
    def read_instant(value: Any) -> int:
        if isinstance(value, Instant):
            return instant_in_bounds(value.us)
        if is_missing(value):
            raise RefusedValue(MISSING_REQUIRED)
        return instant_in_bounds(written_instant(value, time_format))

    return read_instant


def _label_reader(kind: ColumnType) -> ValueReader:
    as_value = _AS_VALUE[kind.name]
    read = column_reader(Column("label", kind))
    return lambda value: read(as_value(value))


def _as_number(value: Any) -> Any:
    typed = _from_text(value) if isinstance(value, str) else value
    return int(typed) if isinstance(typed, bool) else typed


def _as_truth(value: Any) -> Any:
    typed = _from_text(value) if isinstance(value, str) else value
    return bool(typed) if isinstance(typed, (int, Decimal)) and typed in (0, 1) else typed


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if _is_whole(value) else value


def _from_text(text: str) -> Union[bool, int, Decimal]:
    truth = _TRUTH.get(text.lower())
    return number_value(text) if truth is None else truth


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_AS_VALUE: Dict[str, Callable[[Any], Any]] = {
    "double": _as_number,
    "integer": _as_number,
    "boolean": _as_truth,
    "string": _as_text,
}
"""How a value of a file becomes one that a column of the label's type takes."""
