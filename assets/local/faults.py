"""Failures that a test asks for: whole calls that are refused or slowed, and single entries of a batch."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class CallFault:
    """Refuse the next `count` calls of an operation ("*" for any) with `error`, after `delay` seconds."""

    service: str
    operation: str
    error: str | None = None
    message: str = "injected"
    status: int = 400
    count: int = 1
    delay: float = 0.0


@dataclass
class EntryFault:
    """Fail the entries at positions `index` of the next `count` batch entries met there.

    `entries` is "unprocessed", or a pair of error code and message.
    """

    operation: str
    entries: Any
    index: list[int]
    count: int = 1


class Faults:
    """The faults that are still to happen; safe to use from several threads."""

    def __init__(self) -> None:
        self._calls: list[CallFault] = []
        self._entries: list[EntryFault] = []
        self._lock = threading.Lock()

    def add(self, rule: dict[str, Any]) -> None:
        """Add a rule as posted to `/_local/faults`; raise ValueError for a field that no rule has."""
        given = {key: value for key, value in rule.items() if key != "service"} if rule.get("entries") else rule
        with self._lock:
            try:
                if rule.get("entries"):
                    self._entries.append(EntryFault(**{"index": [0], **given}))
                else:
                    self._calls.append(CallFault(**given))
            except TypeError as error:
                raise ValueError(f"fault: {error}") from error

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._calls.clear()
            self._entries.clear()

    def call_fault(self, service: str, operation: str) -> CallFault | None:
        """Use up and return the first fault of this call, if any."""
        with self._lock:
            for fault in self._calls:
                if fault.service == service and fault.operation in (operation, "*") and fault.count > 0:
                    fault.count -= 1
                    return fault
        return None

    def entry_fault(self, operation: str, position: int) -> Any:
        """Use up and return what happens to this entry: None, "unprocessed", or [code, message]."""
        with self._lock:
            for fault in self._entries:
                if fault.operation == operation and position in fault.index and fault.count > 0:
                    fault.count -= 1
                    return fault.entries
        return None

    def pending(self) -> list[dict[str, Any]]:
        """Return the rules with what is left of their counts."""
        with self._lock:
            return [*map(asdict, self._calls), *map(asdict, self._entries)]
