"""The declaration that the property tests use, and small nasty histories for it, drawn from a seeded random source."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from properties import MINUTE, Delivery, Row, Sent
from spark_lake import golden_document, us

RAW_NAMES = {"event_time": "ts"}
START = us("2025-10-26T00:30:00Z")
"""The first event time of a history; the first slot of a history ends ten minutes later."""

SLOT = 10 * MINUTE
CARDS = (("1", "23"), ("12", "3"), ("", "123"))
LEFT, RIGHT, BOTH, NEITHER = "left", "right", "both", "neither"
DECIMAL_SUM = {"type": "decimal", "precision": 19, "scale": 2}
DECIMAL = {"type": "decimal", "precision": 12, "scale": 2}
INTEGER, DOUBLE, STRING = {"type": "integer"}, {"type": "double"}, {"type": "string"}
LARGE = {"comparison": "greaterThan", "column": "amount", "value": "50"}

Window = Tuple[int, int, str]


def an_aggregation(
    name: str, aggregation: str, column: Optional[str], result: Row, window: Window, where: Optional[Row] = None
) -> Row:
    """Return the document of an aggregated feature; a window is minutes, minutes of offset, and boundary."""
    length, offset, closed = window
    optional = {"column": column, "where": where}
    empty = {"emptyValue": "0"} if aggregation in ("count", "sum", "countDistinct") else {}
    return {
        "name": name,
        "aggregation": aggregation,
        **{key: value for key, value in optional.items() if value is not None},
        "window": {"lengthUs": length * MINUTE, "offsetUs": offset * MINUTE, "closed": closed},
        "result": result,
        **empty,
    }


def a_derivation(name: str, derivation: str, *operands: str) -> Row:
    return {"name": name, "derivation": derivation, "operands": list(operands), "result": DOUBLE}


FEATURES = (  # the time since an event has a short window: it changes in every slot, and would hide what others miss
    an_aggregation("events", "count", None, INTEGER, (20, 0, LEFT)),
    an_aggregation("events_with_own", "count", None, INTEGER, (15, 0, RIGHT)),
    an_aggregation("events_both_ends", "count", None, INTEGER, (20, 0, BOTH)),
    an_aggregation("events_no_ends", "count", None, INTEGER, (20, 0, NEITHER)),
    an_aggregation("events_before", "count", None, INTEGER, (15, 10, LEFT)),
    an_aggregation("large_events", "count", None, INTEGER, (20, 0, LEFT), LARGE),
    an_aggregation("paid", "sum", "amount", DECIMAL_SUM, (20, 0, LEFT)),
    an_aggregation("points", "sum", "score", INTEGER, (25, 0, RIGHT)),
    an_aggregation("load", "sum", "weight", DOUBLE, (20, 0, LEFT)),
    an_aggregation("load_mean", "mean", "weight", DOUBLE, (20, 0, LEFT)),
    an_aggregation("load_variance", "variance", "weight", DOUBLE, (20, 0, LEFT)),
    an_aggregation("load_stddev", "stddev", "weight", DOUBLE, (20, 0, LEFT)),
    an_aggregation("load_last", "last", "weight", DOUBLE, (20, 0, LEFT)),
    an_aggregation("paid_least", "min", "amount", DECIMAL, (15, 0, BOTH)),
    an_aggregation("paid_most", "max", "amount", DECIMAL, (15, 0, NEITHER)),
    an_aggregation("shops", "countDistinct", "shop", INTEGER, (30, 0, LEFT)),
    an_aggregation("first_shop", "first", "shop", STRING, (30, 0, LEFT)),
    an_aggregation("last_shop", "last", "shop", STRING, (15, 5, RIGHT)),
    an_aggregation("since_last", "timeSinceLast", None, DOUBLE, (5, 0, LEFT)),
    a_derivation("large_share", "ratio", "large_events", "events"),
    a_derivation("load_score", "zScore", "load_last", "load_mean", "load_stddev"),
)


def a_document(features: Sequence[Row] = FEATURES, **events: Any) -> Dict[str, Any]:
    """Return a declaration of short windows, every type, a composite entity, and event times up to a day ahead."""
    document = golden_document()
    document["events"].update(
        {
            "eventTime": {"column": "ts", "format": "unix_micros"},
            "allowedSkewUs": 24 * 60 * MINUTE,
            "columns": [
                {"name": "bank", "type": "string", "required": True},
                {"name": "card", "type": "string", "required": True},
                {"name": "amount", "type": "decimal", "precision": 12, "scale": 2, "required": False},
                {"name": "score", "type": "integer", "required": False},
                {"name": "weight", "type": "double", "required": False},
                {"name": "shop", "type": "string", "required": False},
                {"name": "is_online", "type": "boolean", "required": False},
                {"name": "opened_at", "type": "timestamp", "required": False},
            ],
            **events,
        }
    )
    group = document["featureGroups"][0]
    group.update(entity=["bank", "card"], recordIdentifier="entity_key", features=list(features))
    return document


def a_history(chance: random.Random, world: str, size: int, span: int = 6 * SLOT) -> List[Row]:
    """Draw events of a few entities over a span, with ties, microsecond edges, nulls and repeated values."""
    times = [START + MINUTE * chance.randrange(span // MINUTE) for _ in range(max(1, size // 2))]
    events = []
    for number in range(size):
        bank, card = chance.choice(CARDS)
        time = chance.choice(times) + chance.choice((0, 0, 0, -1, 1, MINUTE))
        events.append(an_event(f"{world}-{number}", time, (f"{world}{bank}", card), **some_values(chance)))
    return events


def some_values(chance: random.Random) -> Row:
    """Draw the values of an event, a fifth of them missing."""
    drawn = {
        "amount": chance.choice(("0.00", "0.01", "19.99", "50.00", "50.01", "9999999999.99", "-3.50")),
        "score": chance.choice((0, 1, -1, 7, 2**53 + 1)),
        "weight": chance.choice((0.0, 0.1, 0.1, -2.25, 1e15, 1 / 3, 1e-300)),
        "shop": chance.choice(("", "a", "b", "é", "e\u0301")),
        "is_online": chance.random() < 0.5,
    }
    kept = {name: value for name, value in drawn.items() if chance.random() < 0.8}
    return {**kept, "amount": Decimal(kept["amount"])} if "amount" in kept else kept


def an_event(event_id: str, time: int, entity: Tuple[str, str] = ("b", "c"), **values: Any) -> Row:
    """Return an event of the declaration; what is not given is null."""
    missing = dict.fromkeys(("amount", "score", "weight", "shop", "is_online", "opened_at"))
    return {"event_id": event_id, "event_time": time, "bank": entity[0], "card": entity[1], **missing, **values}


def lines_of(events: Sequence[Row], chance: random.Random) -> List[Sent]:
    return [line_of(event, RAW_NAMES, chance) for event in events]


def poison(chance: random.Random, count: int) -> List[Sent]:
    """Draw lines that state no event, each with the reason that it is refused for."""
    good = {"event_id": "p", "ts": START, "bank": "b", "card": "c"}
    later = START + 90 * 24 * 60 * MINUTE
    changed: Tuple[Tuple[str, Row], ...] = (
        ("missing_required", {"ts": None}),
        ("missing_required", {"bank": None}),
        ("wrong_type", {"score": "seven"}),
        ("wrong_type", {"amount": 0.001}),
        ("not_finite", {"weight": float("nan")}),
        ("out_of_bounds", {"amount": 1e10}),
        ("too_late", {"ts": 0}),
        ("from_the_future", {"ts": later}),
    )
    broken = [Sent("{not json"), Sent("[1]"), Sent(json.dumps(good)[:-1])]
    kinds = [*broken, *(Sent(json.dumps({**good, **change}), reason=reason) for reason, change in changed)]
    return [chance.choice(kinds) for _ in range(count)]


def packed(lines: Sequence[Sent], minutes: Sequence[int], chance: random.Random, name: str = "a") -> List[Delivery]:
    """Spread lines over one object for each minute of arrival, in any order."""
    places: Dict[int, List[Sent]] = {minute: [] for minute in minutes}
    for line in lines:
        places[chance.choice(list(minutes))].append(line)
    for place in places.values():
        chance.shuffle(place)
    return [Delivery(minute, name, tuple(place)) for minute, place in places.items() if place]


def line_of(event: Row, names: Mapping[str, str], chance: random.Random) -> Sent:
    """Return a line that states an event; ``names`` are raw names, keys are in any order, nulls are left out or not."""
    raw = {names.get(name, name): value for name, value in event.items() if value is not None or chance.random() < 0.5}
    if chance.random() < 0.1:
        raw["unknown"] = chance.choice([None, 1, "x", [], {"a": 1}])
    pairs = list(raw.items())
    chance.shuffle(pairs)
    members = [f"{json.dumps(name)}: {_json(value, chance)}" for name, value in pairs]
    return Sent("{" + chance.choice([", ", ",", " ,\t"]).join(members) + "}", event)


def _json(value: Any, chance: random.Random) -> str:
    if isinstance(value, Decimal):
        return str(value) if chance.random() < 0.5 else f'"{value}"'
    return json.dumps(value, ensure_ascii=chance.random() < 0.5)
