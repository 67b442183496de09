"""Every AWS call that reached the runtime, in order, with its outcome."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

_KEPT_CALLS = 20_000


@dataclass
class Call:
    """One AWS call: when (simulated, ISO-8601), by which role, and the HTTP status it got."""

    time: str
    service: str
    operation: str
    role: str | None = None
    status: int | None = None
    fault: str | None = None


class Journal:
    """The most recent calls; safe to use from several threads."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=_KEPT_CALLS)
        self._lock = threading.Lock()

    def add(self, call: Call) -> Call:
        """Append a call and return it, so that its status can be filled in later."""
        with self._lock:
            self._calls.append(call)
        return call

    def calls(self, service: str | None = None, operation: str | None = None) -> list[dict[str, Any]]:
        """Return the calls of a service and operation, or of all when they are not given."""
        with self._lock:
            kept = list(self._calls)
        return [
            asdict(call)
            for call in kept
            if (service is None or call.service == service) and (operation is None or call.operation == operation)
        ]
