"""Which schedules are emulated: those in UTC whose expression and target the local runtime knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from local.services.events.targets import SERVICES
from local.services.scheduler.exceptions import ScheduleError
from local.services.scheduler.expressions import occurrences

_ANY_START = datetime(2025, 1, 1, tzinfo=timezone.utc)


def schedule_problems(expression: str, time_zone: str | None, target: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a schedule, or not emulated; with nothing, it fires as the service would fire it."""
    try:
        occurrences(expression, _ANY_START)
    except ScheduleError as error:
        yield str(error)
    if time_zone not in (None, "UTC"):
        yield f"time zone: got '{time_zone}', expected UTC"
    if target["Arn"].split(":")[2] not in SERVICES:
        yield f"target: got '{target['Arn']}', expected one of {', '.join(sorted(SERVICES))}"
