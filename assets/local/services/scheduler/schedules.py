"""The schedules as they are when they fall due."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from moto.scheduler.models import scheduler_backends

from local.clock import from_naive_utc, iso_seconds
from local.identity import ACCOUNT, REGION
from local.services.scheduler.exceptions import ScheduleError
from local.services.scheduler.expressions import Occurrences, occurrences


@dataclass(frozen=True)
class Schedule:
    """One schedule with its target."""

    name: str
    group: str
    arn: str
    expression: str
    start: datetime
    end: datetime | None
    target: dict[str, Any]
    role_arn: str | None

    @property
    def occurrences(self) -> Occurrences:
        """When it is due."""
        due = occurrences(self.expression, self.start)

        def within(after: datetime) -> datetime | None:
            earliest = max(after, self.start - timedelta(microseconds=1))
            at = due(earliest)
            return None if at is None or (self.end is not None and at > self.end) else at

        return within

    def payload(self, scheduled: datetime, attempt: int) -> str:
        """Return what the target gets, with the context attributes filled in."""
        context = {
            "<aws.scheduler.schedule-arn>": self.arn,
            "<aws.scheduler.scheduled-time>": iso_seconds(scheduled),
            "<aws.scheduler.execution-id>": uuid.uuid5(uuid.NAMESPACE_URL, f"{self.arn}@{scheduled}").hex,
            "<aws.scheduler.attempt-number>": str(attempt),
        }
        text = str(self.target.get("Input") or "{}")
        for attribute, value in context.items():
            text = text.replace(attribute, value)
        return text


def enabled_schedules() -> list[Schedule]:
    """Return every enabled schedule, by name."""
    return sorted(_schedules(), key=lambda schedule: (schedule.name, schedule.arn))


def named(text: str) -> Schedule:
    """Return the schedule whose name contains a text, enabled or not; raise ScheduleError unless there is one."""
    every = list(_schedules(enabled=False))
    found = [schedule for schedule in every if text in schedule.name]
    if len(found) != 1:
        names = ", ".join(sorted(schedule.name for schedule in every)) or "none"
        raise ScheduleError(f"schedule: got {len(found)} with '{text}' in their name, expected one of {names}")
    return found[0]


def _schedules(enabled: bool = True) -> Iterator[Schedule]:
    for group in scheduler_backends[ACCOUNT][REGION].schedule_groups.values():
        for schedule in group.schedules.values():
            if schedule.state != "ENABLED" and enabled:
                continue
            yield Schedule(
                schedule.name,
                group.name,
                schedule.arn,
                schedule.schedule_expression,
                _instant(schedule.start_date or schedule.creation_date),
                _instant(schedule.end_date) if schedule.end_date else None,
                schedule.target,
                schedule.target.get("RoleArn"),
            )


def _instant(value: Any) -> datetime:
    """Return a time as moto keeps it: seconds since the epoch, or a datetime."""
    if isinstance(value, datetime):
        return from_naive_utc(value)
    return datetime.fromtimestamp(float(value), timezone.utc)
