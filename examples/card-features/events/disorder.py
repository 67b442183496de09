"""What goes wrong between a terminal and the stream: repeated, contradicting and broken lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from events.generator import Arrival

MICROS = 1_000_000
DAY = 86_400


@dataclass(frozen=True)
class Disorder:
    """Shares of lines that misbehave, each between 0 and 1."""

    duplicate_share: float = 0.02
    conflict_share: float = 0.001
    poison_share: float = 0.006
    late_share: float = 0.04
    fast_clock_share: float = 0.003


#: Traffic in which every line is well formed, sent once and on time.
ORDERLY = Disorder(0.0, 0.0, 0.0, 0.0, 0.0)

Fields = dict[str, Any]
#: Turns a line into another; the number is the second in which it arrives.
Change = Callable[[bytes, int], bytes]


def _truncated(line: bytes, arrival_s: int) -> bytes:
    return line[: len(line) // 2]


def _not_text(line: bytes, arrival_s: int) -> bytes:
    return b"\xff\xfe" + line


def _not_an_object(line: bytes, arrival_s: int) -> bytes:
    return b'["heartbeat"]'


def _repeated_key(line: bytes, arrival_s: int) -> bytes:
    return line[:-1] + b', "amount": 1.00}'


def _not_a_number(line: bytes, arrival_s: int) -> bytes:
    return _edited(line, lambda fields: fields.update(amount=float("nan")))


def _without_card(line: bytes, arrival_s: int) -> bytes:
    return _edited(line, lambda fields: fields.pop("card_id"))


def _null_merchant(line: bytes, arrival_s: int) -> bytes:
    return _edited(line, lambda fields: fields.update(merchant_id=None))


def _amount_in_words(line: bytes, arrival_s: int) -> bytes:
    return _edited(line, lambda fields: fields.update(amount="a lot"))


def _negative_amount(line: bytes, arrival_s: int) -> bytes:
    return _edited(line, lambda fields: fields.update(amount=-12.5))


def _lower_case_currency(line: bytes, arrival_s: int) -> bytes:
    return _edited(line, lambda fields: fields.update(currency="usd"))


def _from_the_future(line: bytes, arrival_s: int) -> bytes:
    return _edited(line, lambda fields: fields.update(ts=arrival_s + 3600))


def _too_late(line: bytes, arrival_s: int) -> bytes:
    return _edited(line, lambda fields: fields.update(ts=arrival_s - 9 * DAY))


#: Each way in which a line can be broken, and the number of lines that break so relative to the others.
POISONS: dict[Change, int] = {
    _truncated: 3, _not_text: 1, _not_an_object: 1, _repeated_key: 1, _not_a_number: 2, _without_card: 2,
    _null_merchant: 1, _amount_in_words: 2, _negative_amount: 2, _lower_case_currency: 2, _from_the_future: 2,
    _too_late: 2,
}  # fmt: skip


def disorder(lines: Sequence[Arrival], shares: Disorder, rng: np.random.Generator) -> list[Arrival]:
    """Return ``lines`` with repeated and contradicting ones added, and broken ones beside them."""
    repeats, conflicts, breaks = (
        round(share * len(lines)) for share in (shares.duplicate_share, shares.conflict_share, shares.poison_share)
    )
    added = _copies(lines, repeats, rng, "duplicate", lambda line, _: line)
    added += _copies(lines, conflicts, rng, "conflict", lambda line, _: _edited(line, _dearer))
    for poison in rng.choice(np.array(list(POISONS), dtype=object), breaks, p=_odds()):
        added += _copies(lines, 1, rng, "poison", partial(_break, poison))
    return [*lines, *added]


def _copies(lines: Sequence[Arrival], count: int, rng: np.random.Generator, kind: str, change: Change) -> list[Arrival]:
    """Copy ``count`` of the lines, changed, to arrive up to two minutes after the original."""
    copies = []
    for index in np.sort(rng.choice(len(lines), size=count, replace=False)):
        original = lines[int(index)]
        arrival_us = original.arrival_us + int(rng.integers(MICROS // 10, 120 * MICROS))
        line = change(original.line, arrival_us // MICROS)
        copies.append(type(original)(arrival_us, line, original.partition_key, kind))
    return copies


def _odds() -> np.ndarray:
    weights = np.array(list(POISONS.values()), dtype=np.float64)
    return np.asarray(weights / weights.sum())


def _dearer(fields: Fields) -> None:
    fields["amount"] = 4242.42


def _break(poison: Change, line: bytes, arrival_s: int) -> bytes:
    """Break a copy of a line under an event id of its own, so that it does not count as a duplicate."""
    return poison(line.replace(b'"evt_', b'"bad_', 1), arrival_s)


def _edited(line: bytes, edit: Callable[[Fields], Any]) -> bytes:
    fields = json.loads(line)
    edit(fields)
    return json.dumps(fields).encode()
