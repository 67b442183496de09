"""Reads the predicate of a feature from the spec document, its literals as values of their column's type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Callable, Dict

from medallion import instants
from medallion.errors import SpecError
from medallion.spec import declaration as spec
from medallion.spec.column_type import ColumnType
from medallion.spec.document_node import Node, placed, shown
from medallion.spec.predicate import (
    COMBINATIONS,
    COMPARISONS,
    EQUALITIES,
    ORDERINGS,
    PRESENCES,
    Combination,
    Comparison,
    Predicate,
)

ORDERED_TYPES = ("integer", "decimal", "double", "timestamp")
EQUATED_TYPES = ("string", "integer", "decimal", "boolean", "timestamp")
"""Doubles are compared by order only: whether two of them are equal depends on how each was rounded."""

_INT64 = 2**63


def read_predicate(where: str, value: Any, events: spec.Events) -> Predicate:
    """Return the predicate that stands at ``where``."""
    if isinstance(value, dict) and "combination" in value:
        node = Node.of(where, value, ("combination", "predicates"))
        operator = node.word("combination", COMBINATIONS)
        parts = node.each("predicates", lambda place, part: read_predicate(place, part, events))
        if not parts or (operator == "not" and len(parts) > 1):
            expected = "one" if operator == "not" else "at least one"
            raise SpecError.at(node.place("predicates"), len(parts), expected, "correct it")
        return Combination(operator, parts)
    return _comparison(where, value, events)


def _comparison(where: str, value: Any, events: spec.Events) -> Comparison:
    node = Node.of(where, value, ("comparison", "column"), ("value", "values"))
    operator = node.word("comparison", COMPARISONS)
    wanted = {"oneOf": ["values"]}.get(operator, [] if operator in PRESENCES else ["value"])
    given = [key for key in ("value", "values") if key in node.values]
    if given != wanted:
        raise SpecError.at(where, given or "no literal", wanted or "no literal", f"correct the operands of {operator}")
    name = node.text("column")
    kind = placed(where, lambda: events.column(name)).type
    allowed = ORDERED_TYPES if operator in ORDERINGS else EQUATED_TYPES if operator in EQUALITIES else None
    if allowed is not None and kind.name not in allowed:
        raise SpecError.at(where, f"{operator} of a {kind}", f"one of {', '.join(allowed)}", "use another comparison")
    if wanted == ["values"]:
        literals = node.each("values", lambda place, item: _literal(place, item, kind))
        if not literals:
            raise SpecError.at(node.place("values"), "none", "at least one", "add the values")
        return Comparison(name, operator, literals)
    return Comparison(name, operator, tuple(_literal(node.place(key), node.values[key], kind) for key in wanted))


def _literal(where: str, value: Any, kind: ColumnType) -> Any:
    if kind.name == "boolean":
        if not isinstance(value, bool):
            raise SpecError.at(where, shown(value), "true or false", "correct it")
        return value
    if not isinstance(value, str):
        raise SpecError.at(where, shown(value), "text", "synthesise again")
    try:
        return _READERS[kind.name](value, kind)
    except (ValueError, ArithmeticError):
        raise SpecError.at(
            where, shown(value), f"a value of type {kind}", "write a value of the column's type"
        ) from None


def _whole(text: str, _: ColumnType) -> int:
    number = int(text)
    if not -_INT64 <= number < _INT64:
        raise ValueError(text)
    return number


def _decimal(text: str, kind: ColumnType) -> Decimal:
    number = Decimal(text)
    scale, precision = kind.scale or 0, kind.precision or 0
    if number != round(number, scale) or abs(number) >= Decimal(10) ** (precision - scale):
        raise ValueError(text)
    return number


def _double(text: str, _: ColumnType) -> float:
    number = float(text)
    if number - number != 0:
        raise ValueError(text)
    return number


_READERS: Dict[str, Callable[[str, ColumnType], Any]] = {
    "string": lambda text, _: text,
    "integer": _whole,
    "decimal": _decimal,
    "double": _double,
    "timestamp": lambda text, _: instants.instant_us(text),
}
