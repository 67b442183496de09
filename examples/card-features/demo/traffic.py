"""The evening that the demo plays: a backlog, the sample events, live payments, probes, a late batch, and silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from events.disorder import Disorder
from events.generator import Arrival, CardEvent, Traffic, generate, micros, sample_events
from events.population import Population

#: After the schedule of 23:12, so that the first slot that runs ends at 23:20.
START = datetime(2025, 10, 23, 23, 13, tzinfo=timezone.utc)
SLOT = timedelta(minutes=10)
WATERMARK_DELAY = timedelta(minutes=2)
MINUTE = timedelta(minutes=1)
FIRST_SLOT_END = datetime(2025, 10, 23, 23, 20, tzinfo=timezone.utc)
STREAM_SLOTS = 7
#: The last slot ends here, in the next day.
END = FIRST_SLOT_END + (STREAM_SLOTS - 1) * SLOT
#: The schedules of these slots do not fire, as if the scheduler had been down.
MISSED_SLOT_ENDS = (END - 2 * SLOT, END - SLOT)
#: Past the daily schedule of 00:30, and before the stream's of 00:32.
CLOSE = END + timedelta(minutes=11)
#: From here on most cards are silent; an hour later, when the last slot ends, they have no payment in the last hour.
BUSY_UNTIL = END - timedelta(hours=1)
LIVE_UNTIL = BUSY_UNTIL + timedelta(minutes=15)
LATE_BATCH_AT = datetime(2025, 10, 23, 23, 46, tzinfo=timezone.utc)
#: Stolen numbers are tried out at a merchant that few people know, one every few seconds.
PROBES_AT = datetime(2025, 10, 23, 23, 31, tzinfo=timezone.utc)
PROBES = 120
PROBE_EVERY_SECONDS = 3
PROBED_MERCHANT_RANK = 250


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
        Traffic(round(14_500 * scale), START - timedelta(days=2), START, held_until=START),
        Traffic(round(3_500 * scale), START, BUSY_UNTIL),
        Traffic(round(2_000 * scale), BUSY_UNTIL, LIVE_UNTIL, active_cards=max(40, round(300 * scale))),
        Traffic(round(320 * scale), LIVE_UNTIL, END, active_cards=30),
        Traffic(
            round(500 * scale), START - timedelta(hours=6), BUSY_UNTIL,
            held_until=LATE_BATCH_AT, arrives_over=MINUTE, disorder=Disorder(poison_share=0.0),
        ),
    ]  # fmt: skip
    arrivals = [*sample_events(START), *_probes(people)]
    for number, stretch in enumerate(stretches):
        arrivals += generate(stretch, seed * 10 + number, people)
    return Evening(_by_minute(sorted(arrivals)))


def _probes(people: Population) -> Iterator[Arrival]:
    """Yield small online payments at one merchant, each with another card."""
    for number in range(PROBES):
        card = number * people.cards // PROBES
        currency, country = people.market(card)
        second = micros(PROBES_AT) // 1_000_000 + number * PROBE_EVERY_SECONDS
        event = CardEvent(
            event_id=f"evt_{second}_probe{number:04d}", card_id=people.card_id(card), ts=second,
            merchant_id=people.merchant_id(PROBED_MERCHANT_RANK), cents=100 + number % 7 * 35, currency=currency,
            country=country, pos_mode="online",
        )  # fmt: skip
        yield Arrival((second + 1) * 1_000_000, event.line(), event.card_id)


def _by_minute(arrivals: Sequence[Arrival]) -> dict[datetime, list[Arrival]]:
    """Group lines by arrival minute; what would arrive after the evening is left out."""
    start, end = micros(START), micros(END)
    minutes: dict[datetime, list[Arrival]] = {}
    for arrival in arrivals:
        if arrival.arrival_us < end:
            minute = max(0, arrival.arrival_us - start) // 60_000_000
            minutes.setdefault(START + minute * MINUTE, []).append(arrival)
    return minutes
