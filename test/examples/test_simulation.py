"""The evening is played minute by minute: which schedules fire, which are missed, and what a failed run does."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from demo.checks import Checks
from demo.recompute.expected import SlotCounts
from demo.simulation import DAILY_SCHEDULE, STREAM_SCHEDULE, RunFailed, Simulation
from demo.slot_check import Foreseen, SlotOutcome
from demo.traffic import (
    CLOSE,
    END,
    FIRST_SLOT_END,
    MISSED_SLOT_ENDS,
    SLOT,
    START,
    STREAM_SLOTS,
    WATERMARK_DELAY,
    Evening,
)
from events.generator import Arrival


class Platform:
    """Stands for runtime and deployment: an advance past a schedule fires it, and it ends with ``status``, if any."""

    def __init__(self, status: str | None = "SUCCEEDED") -> None:
        self.runtime = self
        self.now = START
        self.put: list[tuple[datetime, Arrival]] = []
        self._status = status

    def advance(self, to: datetime, fire: bool = True) -> dict[str, Any]:
        """Answer as the runtime does."""
        due = [end + WATERMARK_DELAY for end in (FIRST_SLOT_END + n * SLOT for n in range(STREAM_SLOTS))]
        daily = END.replace(hour=0, minute=30)
        fired = [(STREAM_SCHEDULE, at) for at in due if self.now < at <= to]
        fired += [(DAILY_SCHEDULE, daily)] if self.now < daily <= to else []
        self.now = to
        return {"fired": [self._run(name, at) for name, at in fired if fire and self._status]}

    def send(self, arrivals: list[Arrival]) -> int:
        """Keep what is put."""
        self.put += [(self.now, arrival) for arrival in arrivals]
        return len(arrivals)

    def _run(self, name: str, at: datetime) -> dict[str, Any]:
        cause = '{"StateDetails": "out of luck"}'
        return {"schedule": name, "scheduledTime": str(at), "status": self._status, "seconds": 2.5, "cause": cause}


class Checker:
    """Stands for the recomputation, and notes when it looked ahead."""

    def __init__(self) -> None:
        self.foreseen: list[datetime] = []

    def foresee(self, slot_end: datetime) -> Foreseen:
        """Return nothing for a slot."""
        self.foreseen.append(slot_end)
        return Foreseen(slot_end, [], SlotCounts(), {}, {})

    def compare(self, foreseen: Foreseen, seconds: float, checks: Checks) -> SlotOutcome:
        """Return an outcome that agrees."""
        return SlotOutcome(foreseen.slot_end, seconds, {}, {}, 0)


def simulation(platform: Platform, evening: Evening) -> Simulation:
    """Return a simulation without a recomputation."""
    made = Simulation(platform, evening, Checks(), SimpleNamespace())  # type: ignore[arg-type]
    made.checker = Checker()  # type: ignore[assignment]
    return made


def test_every_slot_runs_but_those_that_are_missed() -> None:
    played = simulation(Platform(), Evening({}))
    outcomes = list(played.play())
    ends = [FIRST_SLOT_END + n * SLOT for n in range(STREAM_SLOTS)]
    assert [outcome.slot_end for outcome in outcomes] == [end for end in ends if end not in MISSED_SLOT_ENDS]
    assert (played.daily or {}).get("schedule") == DAILY_SCHEDULE


def test_lines_are_put_in_the_middle_of_their_minute() -> None:
    line, minute = Arrival(0, b"{}", "card"), START + timedelta(minutes=3)
    platform = Platform()
    played = simulation(platform, Evening({minute: [line]}))
    list(played.play())
    assert platform.put == [(minute + timedelta(seconds=30), line)]
    assert (played.sent, platform.now) == (1, CLOSE)


def test_a_failed_run_stops_the_evening_and_says_why() -> None:
    with pytest.raises(RunFailed, match="got FAILED .*, expected SUCCEEDED; out of luck"):
        list(simulation(Platform("FAILED"), Evening({})).play())


def test_a_schedule_that_does_not_fire_stops_the_evening() -> None:
    with pytest.raises(RunFailed, match=r"schedules: got \[\], expected one"):
        list(simulation(Platform(status=None), Evening({})).play())
