"""The closed vocabulary of column types, and what each is in Arrow and in Spark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Optional

import pyarrow as pa

from medallion.errors import SpecError

SUM_PRECISION = 19
"""Digits of the largest signed 64-bit integer: the precision of a sum of decimals."""

INSTANT = pa.timestamp("us", tz="UTC")
"""The Arrow type of every point in time."""


@dataclass(frozen=True)
class ColumnType:
    """A type of the spec document; ``precision`` and ``scale`` belong to ``decimal`` alone."""

    name: str
    precision: Optional[int] = None
    scale: Optional[int] = None

    def __post_init__(self) -> None:
        if self.name not in _ARROW:
            raise SpecError.at("type", f"'{self.name}'", f"one of {', '.join(_ARROW)}", "use one of these")
        if self.name != "decimal":
            if (self.precision, self.scale) != (None, None):
                raise SpecError.at("type", f"{self.name} with digits", "digits on decimal alone", "remove them")
        elif self.precision is None or self.scale is None:
            raise SpecError.at("type", "decimal without digits", "precision and scale", "add them")
        elif not (1 <= self.precision <= SUM_PRECISION and 0 <= self.scale <= self.precision):
            raise SpecError.at("type", self, f"0 <= scale <= precision <= {SUM_PRECISION}", "correct it")

    def __str__(self) -> str:
        return self.name if self.precision is None else f"{self.name}({self.precision},{self.scale})"

    @property
    def arrow(self) -> pa.DataType:
        """The type in an Arrow table."""
        return _ARROW[self.name](self)

    @property
    def spark(self) -> str:
        """The type in a Spark schema string or a ``CREATE TABLE`` statement."""
        return _SPARK[self.name](self)


_ARROW: Dict[str, Callable[[ColumnType], pa.DataType]] = {
    "string": lambda _: pa.string(),
    "integer": lambda _: pa.int64(),
    "decimal": lambda t: pa.decimal128(t.precision, t.scale),
    "double": lambda _: pa.float64(),
    "boolean": lambda _: pa.bool_(),
    "timestamp": lambda _: INSTANT,
}

_SPARK: Dict[str, Callable[[ColumnType], str]] = {
    "string": lambda _: "STRING",
    "integer": lambda _: "BIGINT",
    "decimal": lambda t: f"DECIMAL({t.precision},{t.scale})",
    "double": lambda _: "DOUBLE",
    "boolean": lambda _: "BOOLEAN",
    "timestamp": lambda _: "TIMESTAMP",
}
