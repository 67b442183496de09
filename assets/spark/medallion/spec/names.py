"""Names of the columns that the platform's tables have of their own, and how any name is quoted for Spark.

A column that the code needs on its way, beside declared ones, begins with an underscore. No declared name does: the
rule for names is in the JSON Schema of the document.
"""

from __future__ import annotations

from typing import Iterable, List

EVENT_ID = "event_id"
EVENT_TIME = "event_time"
ARRIVAL_TIME = "arrival_time"
SOURCE_OBJECT = "source_object"
SOURCE_LINE = "source_line"
DAY = "dt"
ENTITY_KEY = "entity_key"
QUERY_TIME = "query_time"
IS_EVENT = "_is_event"
IS_QUERY = "_is_query"
IS_NEW = "_is_new"

OVERFLOWED = "_overflowed"
"""The column of an evaluation that names the features which overflow."""

RESERVED_NAMES = (EVENT_ID, EVENT_TIME, ARRIVAL_TIME, SOURCE_OBJECT, SOURCE_LINE, DAY, ENTITY_KEY, QUERY_TIME)
"""No column or feature is called so; synth refuses it, and a test of the library holds its list against this one."""

EVENT_KEY = (EVENT_ID, EVENT_TIME)
"""What tells the rows of gold apart."""

PROVENANCE = (SOURCE_OBJECT, SOURCE_LINE)
"""Where a line stands in bronze; arrival order is the order of these."""


def quoted(name: str) -> str:
    """Return a name as Spark reads it literally."""
    return f"`{name}`"


def all_quoted(names: Iterable[str]) -> List[str]:
    """Return names as Spark reads them literally."""
    return [quoted(name) for name in names]
