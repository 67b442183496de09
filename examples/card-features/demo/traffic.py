"""The evening that the demo plays: a backlog, the sample events, live payments, silence, and one late batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from events.disorder import Disorder
from events.generator import Arrival, Traffic, generate, micros, sample_events
from events.population import Population

#: After the schedule of 23:02, so that the first slot that runs ends at 23:10.
START = datetime(2025, 10, 23, 23, 3, tzinfo=timezone.utc)
SLOT = timedelta(minutes=10)
WATERMARK_DELAY = timedelta(minutes=2)
MINUTE = timedelta(minutes=1)
FIRST_SLOT_END = datetime(2025, 10, 23, 23, 10, tzinfo=timezone.utc)
STREAM_SLOTS = 8
#: The last slot ends here, in the next day.
END = FIRST_SLOT_END + (STREAM_SLOTS - 1) * SLOT
#: The schedule of this slot does not fire, as if the scheduler had been down.
MISSED_SLOT_END = END - 2 * SLOT
#: Past the daily schedule of 00:30, and before the stream's of 00:32.
CLOSE = END + timedelta(minutes=11)
#: From here on most cards are silent; an hour later, when the last slot ends, they have no payment in the last hour.
BUSY_UNTIL = END - timedelta(hours=1)
LIVE_UNTIL = BUSY_UNTIL + timedelta(minutes=15)
LATE_BATCH_AT = datetime(2025, 10, 23, 23, 46, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Evening:
    """All lines of the evening by the minute in which they arrive."""

    by_minute: Mapping[datetime, Sequence[Arrival]]

    @property
    def lines(self) -> int:
        """How many lines arrive in all."""
        return sum(map(len, self.by_minute.values()))


def evening(seed: int, scale: float = 1.0) -> Evening:
    """Return the evening of a seed; ``scale`` 1 is about 21,000 events of 1,200 cards."""
    people = Population(cards=max(60, round(1200 * scale)), merchants=400)
    stretches = [
        Traffic(round(12_000 * scale), START - timedelta(days=2), START, held_until=START),
        Traffic(round(6_000 * scale), START, BUSY_UNTIL),
        Traffic(round(2_000 * scale), BUSY_UNTIL, LIVE_UNTIL, active_cards=max(40, round(300 * scale))),
        Traffic(round(320 * scale), LIVE_UNTIL, END, active_cards=30),
        Traffic(
            round(500 * scale), START - timedelta(hours=6), BUSY_UNTIL,
            held_until=LATE_BATCH_AT, arrives_over=MINUTE, disorder=Disorder(poison_share=0.0),
        ),
    ]  # fmt: skip
    arrivals = sample_events(START)
    for number, stretch in enumerate(stretches):
        arrivals += generate(stretch, seed * 10 + number, people)
    return Evening(_by_minute(sorted(arrivals)))


def _by_minute(arrivals: Sequence[Arrival]) -> dict[datetime, list[Arrival]]:
    """Group lines by arrival minute; what would arrive after the evening is left out."""
    start, end = micros(START), micros(END)
    minutes: dict[datetime, list[Arrival]] = {}
    for arrival in arrivals:
        if arrival.arrival_us < end:
            minute = max(0, arrival.arrival_us - start) // 60_000_000
            minutes.setdefault(START + minute * MINUTE, []).append(arrival)
    return minutes
