"""Time is a count of microseconds: no calendar, clock change, time zone or spelling of an instant moves an edge."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple

import pytest
from properties import (
    MINUTE,
    SECOND,
    Delivery,
    Expected,
    Row,
    Sent,
    as_datetime,
    deliver,
    differences,
    iso,
    quarantined,
    served,
    table_rows,
)
from properties_histories import DOUBLE, INTEGER, RAW_NAMES, a_document, an_aggregation, an_event, line_of
from spark_lake import LakeFactory, TestLake, us

DAY = 24 * 60 * MINUTE
SLOT_END = us("9999-12-20T00:10:00Z")
ARRIVAL = SLOT_END - MINUTE
LATENESS = ARRIVAL - us("1600-01-01T00:00:00Z")
"""So long that one slot takes events of all eras."""

ERAS = (
    "1600-02-29T00:00:00Z",  # a leap day of a century
    "1969-12-31T23:59:59.999999Z",  # the last microsecond before zero
    "1970-01-01T00:00:00Z",
    "2016-12-31T23:59:59Z",  # before a leap second
    "2024-02-29T00:00:00Z",  # a leap day
    "2024-12-31T00:00:00Z",  # the end of a leap year
    "2025-01-01T00:00:00Z",
    "2025-03-09T07:00:00Z",  # clocks go forward in New York
    "2025-03-30T01:00:00Z",  # and in Europe
    "2025-10-26T01:00:00Z",  # back in Europe
    "2025-11-02T06:00:00Z",  # and in New York
    "2100-02-28T12:00:00Z",  # no leap year
    "9999-12-19T00:00:00Z",  # yesterday
)
WINDOWS = ((20, 0), (DAY // MINUTE, 0), (20, 10))
TIMESTAMP = {"type": "timestamp"}
FEATURES = [
    *(
        an_aggregation(f"events_{closed}_{length}_{offset}", "count", None, INTEGER, (length, offset, closed))
        for closed in ("left", "right", "both", "neither")
        for length, offset in WINDOWS
    ),
    an_aggregation("since_last", "timeSinceLast", None, DOUBLE, (DAY // MINUTE, 0, "left")),
    an_aggregation("first_opened", "first", "opened_at", TIMESTAMP, (20, 0, "both")),
    an_aggregation("latest_opened", "max", "opened_at", TIMESTAMP, (DAY // MINUTE, 0, "right")),
]


def events_of(number: int, era: str) -> List[Row]:
    """Return events of one entity at an instant and at every edge of a window that ends there, to the microsecond."""
    centre, entity = us(era), (f"era{number}", "c")
    edges = {0, *(MINUTE * minutes for window in WINDOWS for minutes in (sum(window), window[1]))}
    times = sorted({centre + edge + beside for edge in edges for beside in (-1, 0, 1)})
    opened = [centre, centre - 1, None, centre + 1]
    return [
        an_event(f"{number}-{step}", at, entity, opened_at=opened[step % len(opened)]) for step, at in enumerate(times)
    ]


def iso_text(at: int, chance: random.Random) -> str:
    """Return an instant in any zone and spelling, with as many digits as it needs or more."""
    hours, minutes = chance.choice(((0, 0), (5, 30), (-11, 0), (14, 0), (-3, -30)))
    zone = timezone(timedelta(hours=hours, minutes=minutes))
    local = as_datetime(at).astimezone(zone).replace(tzinfo=None).isoformat(chance.choice("Tt "), "microseconds")
    if local.endswith(":00.000000") and chance.random() < 0.3:
        local = local[:-10]
    elif local.endswith(".000000") and chance.random() < 0.5:
        local = local[:-7]
    else:
        local = local.replace(".", chance.choice(".,")) + chance.choice(("", "0", "000", "9", "999999999999"))
    sign, colon = "-" if hours < 0 else "+", chance.choice((":", ""))
    offset = f"{sign}{abs(hours):02d}" + (f"{colon}{abs(minutes):02d}" if minutes or chance.random() < 0.7 else "")
    return local + (chance.choice("Zz") if hours == 0 and chance.random() < 0.5 else offset)


def a_number(at: int, unit: int, chance: random.Random) -> str:
    """Return an instant in units: plain, with an exponent, with more digits than a microsecond needs, or in quotes."""
    exact = Decimal(at) / unit
    finer = (exact * unit * 1000 + chance.randrange(1000)) / (unit * 1000)
    text = chance.choice((f"{exact:f}", f"{exact:E}", f"{finer:f}"))
    return f'"{text}"' if chance.random() < 0.3 else text


SPELLINGS: Dict[str, Callable[[int, random.Random], str]] = {
    "unix_seconds": lambda at, chance: a_number(at, SECOND, chance),
    "unix_millis": lambda at, chance: a_number(at, 1000, chance),
    "unix_micros": lambda at, chance: a_number(at, 1, chance),
    "unix_nanos": lambda at, chance: str(at * 1000 + chance.randrange(1000)),
    "iso8601": lambda at, chance: f'"{iso_text(at, chance)}"',
}
REFUSED: Dict[str, Sequence[Tuple[str, str]]] = {
    # The first instant of year 10000 in seconds is in 1978 as milliseconds; that of year 1, in 1968 as microseconds.
    "unix_seconds": (("253402300800", "wrong_unit"), ('"one"', "wrong_type"), ("1e23", "out_of_bounds")),
    "unix_millis": (("-62135596800000", "wrong_unit"), ("true", "wrong_type"), ("-1e23", "out_of_bounds")),
    "unix_micros": (("1e19", "wrong_unit"), ("NaN", "not_finite"), ("1e40", "out_of_bounds")),
    "unix_nanos": (("1e22", "out_of_bounds"), ("[1]", "wrong_type"), ('"2025-10-26T01:00:00Z"', "wrong_type")),
    "iso8601": (
        ('"2016-12-31T23:59:60Z"', "wrong_type"),
        ('"2025-02-29T00:00:00Z"', "wrong_type"),
        ('"2100-02-29T00:00:00Z"', "wrong_type"),
        ('"2025-10-26T01:00:00"', "wrong_type"),
        ('"2025-10-26"', "wrong_type"),
        ('"2025-10-26T24:00:00Z"', "wrong_type"),
        ('"2025-10-26T01:00:00+19:00"', "wrong_type"),
        ('"10000-01-01T00:00:00Z"', "wrong_type"),
        ('"9999-12-31T00:00:00Z"', "out_of_bounds"),
        ("1761440400", "wrong_type"),
    ),
}
"""Event times that are refused, with the reason."""


def spelled(event: Row, form: str, chance: random.Random) -> Sent:
    """Return a line whose event time has the given form."""
    opened = event["opened_at"]
    texts = {**event, "event_time": "@", "opened_at": None if opened is None else iso_text(opened, chance)}
    return Sent(
        line_of(texts, RAW_NAMES, chance).text.replace('"@"', SPELLINGS[form](event["event_time"], chance)), event
    )


@contextmanager
def machine_in(zone: str, lake: TestLake) -> Iterator[None]:
    """Let the clock of this machine, and of its JVM, stand in a time zone."""
    jvm: Any = lake.spark.sparkContext._jvm
    zones = jvm.java.util.TimeZone
    before = zones.getDefault()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TZ", zone)
        time.tzset()
        zones.setDefault(zones.getTimeZone(zone))
        yield
    zones.setDefault(before)
    time.tzset()


@pytest.mark.parametrize(
    ("form", "zone", "eras"),
    [
        ("unix_micros", "UTC", ERAS),
        ("unix_seconds", "UTC", ERAS[1:5]),
        ("unix_millis", "Pacific/Apia", ERAS[2:12:4]),
        ("unix_nanos", "UTC", ERAS[1:3]),
        ("iso8601", "America/New_York", ERAS[::4]),
    ],
)
def test_windows_are_exact_to_the_microsecond_in_every_era_form_and_time_zone(
    new_lake: LakeFactory, form: str, zone: str, eras: Sequence[str]
) -> None:
    chance = random.Random(form)
    time_form = {"column": "ts", "format": form}
    lake = new_lake(a_document(FEATURES, eventTime=time_form, allowedLatenessUs=LATENESS))
    lines = [spelled(event, form, chance) for number, era in enumerate(eras) for event in events_of(number, era)]
    refused = [
        Sent(f'{{"event_id": "x", "ts": {text}, "bank": "b", "card": "c"}}', None, why) for text, why in REFUSED[form]
    ]
    delivery = Delivery(ARRIVAL, "a", (*lines, *refused))
    deliver(lake, [delivery])
    with machine_in(zone, lake):
        lake.run(iso(SLOT_END))
    group, expected = lake.spec.feature_groups[0], Expected(lake.spec, [delivery])
    assert differences(expected.silver, table_rows(lake, lake.spec.events.table)) == {}
    assert differences(expected.gold(group), table_rows(lake, group.table)) == {}
    assert differences(expected.online(group, SLOT_END), served(lake, SLOT_END, group)) == {}
    assert sorted(quarantined(lake).values()) == sorted(why for _, why in REFUSED[form])
