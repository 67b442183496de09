"""What has ended, so that nobody has to ask again and again."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

End = TypeVar("End")


class Ends(Generic[End]):
    """How things ended, by name; safe to use from several threads."""

    def __init__(self) -> None:
        self._ended: dict[str, End] = {}
        self._changed = threading.Condition()

    def add(self, name: str, end: End) -> None:
        """Note an end, and wake whoever waits for it."""
        with self._changed:
            self._ended[name] = end
            self._changed.notify_all()

    def wait(self, name: str, seconds: float) -> End | None:
        """Return how a thing ended, or None when it has not within some seconds."""
        with self._changed:
            self._changed.wait_for(lambda: name in self._ended, seconds)
            return self._ended.get(name)
