"""A row of a file of any format, and a file that has none, or none from some place on."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Sequence, Tuple, Union

NOT_READABLE = "not_readable"
DAMAGED = "damaged"
MISSING_COLUMN = "missing_column"
REPEATED_COLUMN = "repeated_column"

SHOWN_CHARACTERS = 500
"""What an error shows of a file that it cannot read."""


class Row(NamedTuple):
    """One row, counted from 1 as its file counts: lines, or rows of Parquet.

    ``values`` are those of the declared columns, None where the row has no columns at all; ``raw`` is the row as it is
    written, None where a file has no such thing.
    """

    number: int
    values: Optional[Tuple[Any, ...]]
    raw: Union[str, bytes, None]


class UnreadableFile(Exception):
    """A file cannot be read, or not from some place on; ``reason`` is one of the names above."""

    def __init__(self, reason: str, detail: str, column: Optional[str] = None) -> None:
        super().__init__(detail)
        self.reason, self.column = reason, column
        self.detail = detail if len(detail) <= SHOWN_CHARACTERS else f"{detail[:SHOWN_CHARACTERS]}..."


def column_places(found: Sequence[str], columns: Sequence[str]) -> List[int]:
    """Return where the declared columns stand among those of a file; raise ``UnreadableFile`` where one does not."""
    listed = ", ".join(found)
    for column in columns:
        if column not in found:
            raise UnreadableFile(MISSING_COLUMN, f"got the columns {listed}, expected '{column}' among them", column)
        if found.count(column) > 1:
            raise UnreadableFile(REPEATED_COLUMN, f"got the columns {listed}, expected '{column}' once", column)
    return [found.index(column) for column in columns]


def damaged_at(number: int) -> UnreadableFile:
    """Return the error of a file of lines that breaks off."""
    return UnreadableFile(DAMAGED, f"got gzip that breaks off in line {number}, expected its end")
