"""Plays the evening minute by minute against the deployed example, and checks every slot when it is done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from demo.checks import Checks
from demo.deployment import Deployment
from demo.recompute.expected import Expected
from demo.runtime import Json
from demo.slot_check import SlotChecker, SlotOutcome
from demo.traffic import (
    CLOSE,
    END,
    FIRST_SLOT_END,
    MINUTE,
    MISSED_SLOT_ENDS,
    SLOT,
    START,
    WATERMARK_DELAY,
    Evening,
)

#: Lines of a minute are put at its middle, so that the minute in the bronze prefix is the minute of the plan.
PUT_OFFSET = MINUTE / 2
STREAM_SCHEDULE = "StreamSchedule"
DAILY_SCHEDULE = "DailySchedule"


class RunFailed(Exception):
    """Raised when an execution of the state machine does not succeed; the demo cannot go on."""


@dataclass
class Simulation:
    """The evening on one deployment; ``outcomes`` grows with every slot."""

    deployment: Deployment
    evening: Evening
    checks: Checks
    expected: Expected
    sent: int = 0
    daily: Json | None = None
    outcomes: list[SlotOutcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.checker = SlotChecker(self.deployment, self.expected)

    def play(self) -> Iterator[SlotOutcome]:
        """Yield each slot when it is published and checked; some are missed, and the next makes up for them."""
        minute = START
        while minute <= END + WATERMARK_DELAY:
            yield from self._minute(minute)
            minute += MINUTE
        self.daily = _succeeded(self.deployment.runtime.advance(CLOSE)["fired"])

    def _minute(self, minute: datetime) -> Iterator[SlotOutcome]:
        """Let the clock pass a minute, and with it the schedule that is due; then put the minute's lines."""
        slot_end, until = minute - WATERMARK_DELAY, minute + PUT_OFFSET
        is_missed = slot_end in MISSED_SLOT_ENDS
        if is_missed or (slot_end - FIRST_SLOT_END) % SLOT:
            self.deployment.runtime.advance(until, fire=not is_missed)
        else:
            yield self._slot(slot_end, until)
        self.sent += self.deployment.send(self.evening.by_minute.get(minute, ()))

    def _slot(self, slot_end: datetime, until: datetime) -> SlotOutcome:
        """Let a slot run, and work out beside it what it must come to."""
        with ThreadPoolExecutor(1) as beside:
            foreseen = beside.submit(self.checker.foresee, slot_end)
            run = _succeeded(self.deployment.runtime.advance(until)["fired"])
        outcome = self.checker.compare(foreseen.result(), float(run["seconds"]), self.checks)
        self.outcomes.append(outcome)
        return outcome


def _succeeded(runs: list[Json]) -> Json:
    """Return the one run that was due, which must have succeeded."""
    for run in runs:
        if run["status"] != "SUCCEEDED":
            raise RunFailed(
                f"{run['schedule']} of {run['scheduledTime']}: got {run['status']} ({run.get('error')}), "
                f"expected SUCCEEDED; {_reason(run.get('cause') or '')}"
            )
    if len(runs) != 1:
        raise RunFailed(f"schedules: got {[run['schedule'] for run in runs]}, expected one that is due")
    return runs[0]


def _reason(cause: str) -> str:
    """Return what a failed job says about itself, out of all that the service says about the job."""
    try:
        return str(json.loads(cause)["StateDetails"])
    except (ValueError, KeyError, TypeError):
        return cause[:1000]
