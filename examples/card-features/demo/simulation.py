"""Plays the evening minute by minute against the deployed example, and checks every slot when it is done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from demo.checks import Checks
from demo.deployment import Deployment
from demo.recompute.expected import Expected
from demo.runtime import Json
from demo.slot_check import SlotChecker, SlotOutcome
from demo.traffic import CLOSE, END, MINUTE, MISSED_SLOT_END, START, WATERMARK_DELAY, Evening

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
        """Yield each slot when it is published and checked; one is missed, and the next makes up for it."""
        minute = START
        while minute <= END + WATERMARK_DELAY:
            fires = minute != MISSED_SLOT_END + WATERMARK_DELAY
            for run in self.deployment.runtime.advance(minute + PUT_OFFSET, fires)["fired"]:
                yield from self._finished(run)
            self.sent += self.deployment.send(self.evening.by_minute.get(minute, ()))
            minute += MINUTE
        for run in self.deployment.runtime.advance(CLOSE)["fired"]:
            yield from self._finished(run)

    def _finished(self, run: Json) -> Iterator[SlotOutcome]:
        if run["status"] != "SUCCEEDED":
            raise RunFailed(
                f"{run['schedule']} of {run['scheduledTime']}: got {run['status']} ({run.get('error')}), "
                f"expected SUCCEEDED; {_reason(run.get('cause') or '')}"
            )
        if DAILY_SCHEDULE in run["schedule"]:
            self.daily = run
            return
        slot_end = moment(run["scheduledTime"]) - WATERMARK_DELAY
        outcome = self.checker.check(slot_end, float(run["seconds"]), self.checks)
        self.outcomes.append(outcome)
        yield outcome


def _reason(cause: str) -> str:
    """Return what a failed job says about itself, out of all that the service says about the job."""
    try:
        return str(json.loads(cause)["StateDetails"])
    except (ValueError, KeyError, TypeError):
        return cause[:1000]


def moment(text: str) -> datetime:
    """Return a time as the runtime writes it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
