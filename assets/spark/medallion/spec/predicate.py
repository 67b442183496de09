"""Which events a feature looks at: comparisons of columns with literals, combined by and, or and not.

The logic has three values, as in SQL: a comparison with a missing value is unknown, so is the negation of what is
unknown, and an event takes part only where its predicate is true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Tuple, Union


@dataclass(frozen=True)
class Comparison:
    """One column against literals of its type: one for most operators, several for oneOf, none for the null tests."""

    column: str
    operator: str
    values: Tuple[Any, ...] = ()


@dataclass(frozen=True)
class Combination:
    """Several predicates by and or or, or the negation of one."""

    operator: str
    predicates: Tuple[Predicate, ...]


Predicate = Union[Comparison, Combination]


def columns_of(predicate: Predicate) -> Tuple[str, ...]:
    """Return the columns that a predicate reads, without repetition."""
    if isinstance(predicate, Comparison):
        return (predicate.column,)
    return tuple(dict.fromkeys(name for part in predicate.predicates for name in columns_of(part)))
