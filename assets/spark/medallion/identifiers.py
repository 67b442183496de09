"""The identifier of an entity's online record, and what the store can keep of one."""

from __future__ import annotations

import json
from typing import Sequence

MAX_IDENTIFIER_BYTES = 2048
"""The longest record identifier of Feature Store, 2 KB, in UTF-8."""


def record_identifier(values: Sequence[str]) -> str:
    """Return the value of one column as it is, those of several as a JSON array, so that no two entities share one."""
    return values[0] if len(values) == 1 else json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def fits(values: Sequence[str]) -> bool:
    """Return whether the store can keep the identifier of an entity."""
    return len(record_identifier(values).encode("utf-8")) <= MAX_IDENTIFIER_BYTES


def always_fitting_length(columns: int) -> int:
    """Return a number of characters with which the values of so many columns fit, whatever the characters are."""
    bytes_of_a_character = 6  # four in UTF-8, six where JSON escapes a control character
    brackets, quotes_and_comma = 2, 3
    return ((MAX_IDENTIFIER_BYTES - brackets) // columns - quotes_and_comma) // bytes_of_a_character
