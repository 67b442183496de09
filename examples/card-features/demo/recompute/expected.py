"""The expected state of the platform, slot by slot: what becomes of the lines, and what each group then says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from demo.recompute.groups import ExpectedGroup
from demo.recompute.lines import BronzeLine, Document, Event, Refused, read_event


@dataclass
class SlotCounts:
    """What became of the lines of one slot."""

    lines: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)


class Expected:
    """Grows with the bronze lines of each slot, and answers for the state after it; ``groups`` are by name.

    Lines must come in the order of (object, line) over the whole life, as bronze keys do: they begin with the minute.
    """

    def __init__(self, spec: Document) -> None:
        self.spec = spec
        columns = spec["events"]["columns"]
        self.groups = {group["name"]: ExpectedGroup(group, columns) for group in spec["featureGroups"]}
        self._accepted: dict[str, Event] = {}
        self._last_line: BronzeLine | None = None

    @property
    def accepted(self) -> dict[str, Event]:
        """The events that stand in silver, by event id."""
        return self._accepted

    def add(self, lines: Iterable[BronzeLine]) -> SlotCounts:
        """Take in the lines of one slot and return what becomes of them."""
        counts = SlotCounts()
        for line in sorted(lines):
            if self._last_line is not None and line < self._last_line:
                raise ValueError(f"bronze: got {line.source_object} after {self._last_line.source_object}")
            self._last_line = line
            counts.lines += 1
            try:
                event = read_event(line, self.spec)
                self._settle(event, counts)
            except Refused as refusal:
                counts.quarantined[refusal.reason] += 1
        return counts

    def _settle(self, event: Event, counts: SlotCounts) -> None:
        first = self._accepted.get(event.event_id)
        if first is None:
            self._accepted[event.event_id] = event
            for group in self.groups.values():
                group.take(event)
            counts.accepted += 1
        elif first.content == event.content:
            counts.duplicates += 1
        else:
            raise Refused("conflicting_duplicate")
