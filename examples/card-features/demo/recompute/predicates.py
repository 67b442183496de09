"""Which events a feature looks at: ``where`` of the spec, in the three-valued logic of SQL.

A predicate answers true, false, or ``None`` for unknown; an event takes part only where the answer is true.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Optional

from demo.recompute.lines import Document

Truth = Optional[bool]
Values = Mapping[str, Any]
Predicate = Callable[[Values], Truth]

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equalTo": operator.eq,
    "notEqualTo": operator.ne,
    "greaterThan": operator.gt,
    "greaterThanOrEqualTo": operator.ge,
    "lessThan": operator.lt,
    "lessThanOrEqualTo": operator.le,
}


def predicate_of(where: Document, columns: Mapping[str, Document]) -> Predicate:
    """Return the predicate that a document describes; ``columns`` are those of the events, by name."""
    if "combination" in where:
        parts = [predicate_of(part, columns) for part in where["predicates"]]
        return _combination(where["combination"], parts)
    name, comparison = where["column"], where["comparison"]
    if comparison in ("isNull", "isNotNull"):
        wanted = comparison == "isNull"
        return lambda values: (values[name] is None) is wanted
    if comparison == "oneOf":
        literals = {_literal(text, columns[name]) for text in where["values"]}
        return _known(name, lambda value: value in literals)
    compare, literal = COMPARISONS[comparison], _literal(where["value"], columns[name])
    return _known(name, lambda value: compare(value, literal))


def _known(name: str, test: Callable[[Any], bool]) -> Predicate:
    """Return the test of a column, unknown where the column has no value."""
    return lambda values: None if values[name] is None else test(values[name])


def _combination(kind: str, parts: list[Predicate]) -> Predicate:
    if kind == "not":
        return lambda values: _negated(parts[0](values))
    decisive = kind == "anyOf"  # one true decides for any, one false against all; else one unknown leaves it open
    return lambda values: _decided([part(values) for part in parts], decisive)


def _negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _decided(truths: list[Truth], decisive: bool) -> Truth:
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive


def _literal(text: str, column: Document) -> Any:
    """Return a literal as ``lines`` reads the column: decimals in minor units."""
    return Decimal(text).scaleb(column["scale"]) if column["type"] == "decimal" else text
