"""The ordered progress of simulated time: what falls due happens in order, and its consequences are seen at its time.

At one instant, work happens in the order of `Timeline.work`: buffers are delivered before schedules fire, so a run sees
every event that had arrived. After everything of one minute the observers (alarms) look at what happened.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Protocol

from local.clock import SimulatedClock, iso_instant, parse_instant

Selection = bool | list[str]
"""Which schedules fire: all, none, or those whose name contains one of the texts."""


class DueWork(Protocol):
    """Something that happens by itself as simulated time passes."""

    def begin(self, now: datetime, selection: Selection) -> None:
        """Prepare for progress from `now`; what was due before and not done then is done at `now` or never."""

    def next_due(self, until: datetime) -> datetime | None:
        """Return when the next piece of work is due, or None if none is due up to and including `until`."""

    def perform(self, at: datetime, outcome: Outcome) -> None:
        """Do the work that is due at `at`, which is the clock's time, and note it in the outcome."""


@dataclass
class Outcome:
    """What happened during one advance."""

    fired: list[dict[str, Any]] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    alarms: dict[str, str] = field(default_factory=dict)


@dataclass
class Timeline:
    """Everything that simulated time moves. Work of one instant is done by rank, then by order of registration.

    `gauges` publish metrics that describe a state, asked for before each look of the `observers`, which return the
    state of each alarm. `flushes` empty a service's buffers now and return the keys written. One thread at a time moves
    time or does work: it holds the lock.
    """

    clock: SimulatedClock
    work: list[tuple[int, DueWork]] = field(default_factory=list)
    gauges: list[Callable[[], None]] = field(default_factory=list)
    observers: list[Callable[[], dict[str, str]]] = field(default_factory=list)
    flushes: dict[str, Callable[[], list[str]]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def register(self, rank: int, work: DueWork) -> None:
        """Add work; the smaller rank goes first at one instant."""
        self.work.append((rank, work))
        self.work.sort(key=lambda entry: entry[0])

    def advance(self, until: datetime, selection: Selection) -> Outcome:
        """Move the clock to `until`, doing everything that falls due on the way, in order."""
        outcome = Outcome()
        with self.lock:
            start = self.clock.now()
            if until < start:
                self.clock.advance(until)
            for _, work in self.work:
                work.begin(start, selection)
            while (due := self._next(until)) is not None:
                at, work = due
                self._observe_before(at)
                self.clock.advance(at)
                work.perform(at, outcome)
            self._observe_before(until)
            self.clock.advance(until)
            outcome.alarms = self.observe()
        return outcome

    def advance_control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer `{"to": time, "fire": selection}` with what happened."""
        outcome = self.advance(parse_instant(request["to"]), request.get("fire", True))
        return {"now": iso_instant(self.clock.now()), **asdict(outcome)}

    def flush(self) -> dict[str, list[str]]:
        """Empty every buffer at the present time, and return the keys written by service."""
        with self.lock:
            return {service: flush() for service, flush in self.flushes.items()}

    def observe(self) -> dict[str, str]:
        """Let the observers look at the present, and return the states that they report."""
        with self.lock:
            return {name: state for observer in self.observers for name, state in observer().items()}

    def _next(self, until: datetime) -> tuple[datetime, DueWork] | None:
        now = self.clock.now()
        due = [(max(now, at), work) for _, work in self.work if (at := work.next_due(until)) is not None]
        return min(due, key=lambda entry: entry[0], default=None)

    def _observe_before(self, at: datetime) -> None:
        """Close the present minute when the next work belongs to a later one."""
        now = self.clock.now()
        if at.replace(second=0, microsecond=0) > now:
            self.observe()
