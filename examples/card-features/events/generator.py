"""Seeded card traffic as a producer would send it: late, repeated, out of order, and now and then broken.

The same seed gives the same bytes. Times are event time and arrival time in UTC, as whole microseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from events.disorder import Disorder, disorder
from events.population import HOUR_WEIGHTS, POS_MODES, POS_WEIGHTS, VERIFICATION_SHARE, Population

MICROS = 1_000_000
SAMPLE_FILE = Path(__file__).with_name("bronze_sample_transactions.json")


@dataclass(frozen=True, order=True)
class Arrival:
    """One line on its way to the stream: when it arrives, its bytes, and the key that picks its shard."""

    arrival_us: int
    line: bytes
    partition_key: str
    kind: str = "event"


@dataclass(frozen=True)
class Traffic:
    """A stretch of payments: how many, when they happen, and when their lines arrive.

    With ``held_until`` the lines wait there, like a producer that was cut off, and then arrive spread over
    ``arrives_over``. Otherwise each arrives seconds after its event, and a few arrive minutes or hours later.
    """

    events: int
    start: datetime
    end: datetime
    active_cards: int = 10**9
    held_until: datetime | None = None
    arrives_over: timedelta = timedelta(minutes=3)
    disorder: Disorder = field(default_factory=Disorder)


def generate(traffic: Traffic, seed: int, population: Population | None = None) -> list[Arrival]:
    """Return the lines of ``traffic`` in order of arrival, broken and repeated ones included."""
    people = population or Population()
    rng = np.random.default_rng(seed)
    times = _event_seconds(rng, traffic)
    cards = people.draw_cards(rng, traffic.events, traffic.active_cards)
    merchants = people.draw_merchants(rng, traffic.events)
    cents = np.clip(np.round(np.exp(rng.normal(3.4, 1.1, traffic.events)) * 100), 50, 2_000_000).astype(np.int64)
    modes = rng.choice(len(POS_MODES), size=traffic.events, p=POS_WEIGHTS)
    abroad = rng.random(traffic.events) < 0.04
    only_asks = rng.random(traffic.events) < VERIFICATION_SHARE
    arrivals = _arrival_us(rng, traffic, times)
    lines = []
    for i in range(traffic.events):
        card = int(cards[i])
        currency, country = people.market(card + 1 if abroad[i] else card)
        event = CardEvent(
            event_id=f"evt_{times[i]}_{seed % 1000:03d}{i:06d}", card_id=people.card_id(card), ts=int(times[i]),
            merchant_id=people.merchant_id(int(merchants[i])), cents=None if only_asks[i] else int(cents[i]),
            currency=currency, country=country, pos_mode=POS_MODES[modes[i]],
        )  # fmt: skip
        lines.append(Arrival(int(arrivals[i]), event.line(), event.card_id))
    return sorted(disorder(lines, traffic.disorder, rng))


@dataclass(frozen=True)
class CardEvent:
    """A well-formed card authorisation; ``cents`` is the amount in minor units.

    There is no amount where the merchant only asks whether the card is good; some terminals give no ``pos_mode``.
    """

    event_id: str
    card_id: str
    ts: int
    merchant_id: str
    cents: int | None
    currency: str
    country: str
    pos_mode: str | None

    def line(self) -> bytes:
        """Return the event as one line of JSON in the layout of the sample file, the amount with two decimals."""
        amount = "" if self.cents is None else f'"amount": {self.cents // 100}.{self.cents % 100:02d}, '
        pos_mode = "" if self.pos_mode is None else f', "pos_mode": "{self.pos_mode}"'
        return (
            f'{{"event_id": "{self.event_id}", "card_id": "{self.card_id}", "ts": {self.ts}, '
            f'"merchant_id": "{self.merchant_id}", {amount}"currency": "{self.currency}", '
            f'"country": "{self.country}"{pos_mode}}}'
        ).encode()


def sample_events(arrival: datetime) -> list[Arrival]:
    """Return the twenty sample events, all arriving at ``arrival``."""
    return [Arrival(micros(arrival), line, str(json.loads(line)["card_id"])) for line in _sample_lines()]


def micros(moment: datetime) -> int:
    """Return a moment as whole microseconds since 1970, without passing through a float."""
    return (moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")) // timedelta(microseconds=1)


def between(arrivals: Sequence[Arrival], start_us: int, end_us: int) -> Iterator[Arrival]:
    """Yield the lines that arrive in ``[start_us, end_us)``."""
    return (arrival for arrival in arrivals if start_us <= arrival.arrival_us < end_us)


def _sample_lines() -> Iterator[bytes]:
    return (line for line in SAMPLE_FILE.read_bytes().splitlines() if line)


def _event_seconds(rng: np.random.Generator, traffic: Traffic) -> np.ndarray:
    start, end = micros(traffic.start) // MICROS, micros(traffic.end) // MICROS
    seconds = np.arange(start, end)
    weights = np.asarray(HOUR_WEIGHTS, dtype=np.float64)[(seconds // 3600) % 24]
    return np.sort(rng.choice(seconds, size=traffic.events, p=weights / weights.sum()))


def _arrival_us(rng: np.random.Generator, traffic: Traffic, times: np.ndarray) -> np.ndarray:
    count = traffic.events
    if traffic.held_until is not None:
        spread = traffic.arrives_over // timedelta(microseconds=1)
        return micros(traffic.held_until) + np.sort(rng.integers(0, spread, count))
    delay = rng.exponential(4.0, count)
    late = rng.random(count) < traffic.disorder.late_share
    delay[late] += rng.exponential(600.0, int(late.sum()))
    ahead = rng.random(count) < traffic.disorder.fast_clock_share
    arrivals = np.round((times + delay) * MICROS).astype(np.int64)
    arrivals[ahead] = (times[ahead] - rng.integers(1, 90, int(ahead.sum()))) * MICROS
    return arrivals
