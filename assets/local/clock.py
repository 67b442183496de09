"""The simulated time of the platform: UTC, set by whoever drives it, and never running by itself."""

from __future__ import annotations

import threading
from datetime import datetime, timezone


class ClockError(ValueError):
    """A time is not one, or lies in the clock's past."""


class SimulatedClock:
    """A clock that stands still until it is moved forwards; safe to use from several threads."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = _in_utc(start or datetime.now(timezone.utc))
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the simulated time, UTC and aware."""
        with self._lock:
            return self._now

    def advance(self, to: datetime) -> None:
        """Move forwards to `to`, or stay when it is now; raise ClockError when it lies in the past."""
        target = _in_utc(to)
        with self._lock:
            if target < self._now:
                raise ClockError(
                    f"clock: got {iso_instant(target)}, expected {iso_instant(self._now)} or later; "
                    "start a new runtime to go back in time"
                )
            self._now = target


def parse_instant(text: str) -> datetime:
    """Return an ISO-8601 text as an aware UTC time; raise ClockError when it is none or has no zone."""
    try:
        parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (ValueError, AttributeError):
        raise ClockError(f"time: got {text!r}, expected ISO-8601 as in '2025-10-23T22:42:00Z'") from None
    return _in_utc(parsed)


def iso_instant(instant: datetime) -> str:
    """Return a time as ISO-8601 UTC with milliseconds, rounded down: the one form used in every document."""
    utc = instant.astimezone(timezone.utc)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def iso_seconds(instant: datetime) -> str:
    """Return a time as ISO-8601 UTC with whole seconds, as EventBridge writes it."""
    return f"{instant.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def naive_utc(instant: datetime) -> datetime:
    """Return the time as moto keeps it: UTC without saying so."""
    return instant.astimezone(timezone.utc).replace(tzinfo=None)


def from_naive_utc(instant: datetime) -> datetime:
    """Return one of moto's times as an aware one."""
    return _in_utc(instant if instant.tzinfo else instant.replace(tzinfo=timezone.utc))


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ClockError(f"time: got '{instant.isoformat()}' without a zone, expected one; add 'Z' for UTC")
    return instant.astimezone(timezone.utc)
