"""The identifier of an entity's online record, and what the store can keep of a record."""

from __future__ import annotations

import json
from typing import Sequence

MAX_IDENTIFIER_BYTES = 2048
"""The longest record identifier of Feature Store, 2 KB, in UTF-8."""

MAX_RECORD_BYTES = 358_400
"""The largest record of Feature Store, 350 KB."""

_BYTES_OF_A_VALUE = 100  # a name of at most 64, a number or an instant of at most 24


def record_identifier(values: Sequence[str]) -> str:
    """Return the value of one column as it is, those of several as a JSON array, so that no two entities share one."""
    return values[0] if len(values) == 1 else json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def fits(values: Sequence[str]) -> bool:
    """Return whether the store can keep the identifier of an entity."""
    return len(record_identifier(values).encode("utf-8")) <= MAX_IDENTIFIER_BYTES


def text_room(values: int, texts: int) -> int:
    """Return how many bytes each text of a record may have in UTF-8, so that the store keeps it whatever they are.

    ``values`` are all of the record, ``texts`` those that are features. An identifier stands twice in a record of a
    composite entity, as a whole and in columns.
    """
    return (MAX_RECORD_BYTES - 2 * MAX_IDENTIFIER_BYTES - values * _BYTES_OF_A_VALUE) // texts


def always_fitting_length(columns: int) -> int:
    """Return a number of characters with which the values of so many columns fit, whatever the characters are."""
    bytes_of_a_character = 6  # four in UTF-8, six where JSON escapes a control character
    brackets, quotes_and_comma = 2, 3
    return ((MAX_IDENTIFIER_BYTES - brackets) // columns - quotes_and_comma) // bytes_of_a_character
