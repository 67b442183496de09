"""The ends of the calendar: events at the first and the last instant that silver accepts, through every kind of run.

Windows are of an hour, a day and seven days; from the last events they reach into the year 10000, from the first ones
into the year 0, and so does the allowed lateness of seven days.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Dict, List, NamedTuple, Tuple

import pytest
from pyspark.sql import functions as sf
from spark_lake import LakeFactory, TestLake, us

from medallion import instants, object_keys
from medallion.lake.bucket import Bucket
from medallion.runs.dataset_run import DatasetRun

SECOND_US = 1_000_000
DAY = 86_400 * SECOND_US


class End(NamedTuple):
    """Two events half an hour apart, the slots in which they arrive, and the day at whose end they are inferred."""

    events: Tuple[str, str]
    arrivals: Tuple[str, str]
    slots: Tuple[str, str]
    backfill: Tuple[str, str]
    day: date


LAST = End(
    ("9999-12-29T23:30:00Z", "9999-12-30T00:00:00Z"),
    ("9999-12-29T23:31:00Z", "9999-12-30T00:01:00Z"),
    ("9999-12-29T23:40:00.000Z", "9999-12-30T00:10:00.000Z"),
    ("9999-12-29T00:00:00.000Z", "9999-12-31T00:00:00.000Z"),
    date(9999, 12, 30),
)
FIRST = End(
    ("0001-01-02T00:00:00Z", "0001-01-02T00:30:00Z"),
    ("0001-01-02T00:01:00Z", "0001-01-02T00:31:00Z"),
    ("0001-01-02T00:10:00.000Z", "0001-01-02T00:40:00.000Z"),
    ("0001-01-02T00:00:00.000Z", "0001-01-03T00:00:00.000Z"),
    date(1, 1, 2),
)
NAMES = ("txn_count_1h", "txn_amount_1h", "merchant_count_24h", "avg_amount_7d", "last_merchant_id")


def a_line(number: int, at: str) -> Dict[str, Any]:
    event = {"event_id": f"e{number}", "card_id": "c", "merchant_id": f"m{number}", "amount": 10 * number}
    return {**event, "ts": us(at) // SECOND_US}


def gold(lake: TestLake) -> List[Tuple[Any, ...]]:
    rows = lake.table("card_features").select("event_id", sf.unix_micros("event_time"), *NAMES).orderBy("event_id")
    return [tuple(row) for row in rows.collect()]


@pytest.mark.parametrize("end", [FIRST, LAST], ids=["first", "last"])
def test_events_at_an_end_of_the_calendar_go_through_slots_backfill_and_datasets(
    new_lake: LakeFactory, end: End
) -> None:
    lake = new_lake()
    times = [us(text) for text in end.events]
    assert {instants.EARLIEST_US, instants.LATEST_US} & set(times)
    online = []
    for number, (at, arrival, slot) in enumerate(zip(end.events, end.arrivals, end.slots), 1):
        lake.arrive(arrival, [a_line(number, at)])
        report = lake.run(slot)
        assert (report["accepted"], report["quarantinedTotal"], report["overflows"]) == (1, 0, 0)
        online.append(lake.published(slot))
    # the second is within an hour of the first, which has an amount of 10
    expected = [
        ("e1", times[0], 0, Decimal("0.00"), 0, None, None),
        ("e2", times[1], 1, Decimal("10.00"), 1, 10.0, "m1"),
    ]
    assert gold(lake) == expected
    assert [[record["txn_count_1h"] for record in records] for records in online] == [[1], [2]]
    assert [[record["avg_amount_7d"] for record in records] for records in online] == [[10.0], [15.0]]
    run = DatasetRun(lake.spark, lake.spec, Bucket(lake.bucket), lake.bucket, end.day).run()
    assert (run["training"]["rows"], run["inference"]["rows"]) == (2, 1)
    report = lake.backfill_run(*end.backfill).run()
    assert (report["accepted"], report["groups"][0]["goldWritten"]) == (2, 0)
    assert gold(lake) == expected


@pytest.mark.parametrize("end", [FIRST, LAST], ids=["first", "last"])
def test_a_late_event_at_an_end_changes_what_it_reaches(new_lake: LakeFactory, end: End) -> None:
    lake = new_lake()
    lake.arrive(end.arrivals[1], [a_line(2, end.events[1])])
    lake.run(end.slots[1])
    lake.arrive(end.arrivals[1], [a_line(1, end.events[0])], "late")
    later = instants.iso_millis(us(end.slots[1]) + 600 * SECOND_US)
    report = lake.run(later)
    assert report["groups"][0]["goldWritten"] == 2
    assert [row[2] for row in gold(lake)] == [0, 1]
    assert lake.published(later)[0]["txn_count_1h"] == 2


def test_a_day_outside_of_the_calendar_is_its_first_or_last() -> None:
    assert [instants.day_of(us) for us in (instants.FIRST_US, instants.FIRST_US - 1)] == [date.min] * 2
    assert [instants.day_of(us) for us in (instants.LAST_US, instants.LAST_US + 1)] == [date.max] * 2
    assert [instants.day_of(us) for us in (instants.FIRST_US + DAY, instants.LAST_US - DAY)] == [
        date(1, 1, 2), date(9999, 12, 30),
    ]  # fmt: skip
    assert [instants.day_of(us) for us in (-1, 0)] == [date(1969, 12, 31), date(1970, 1, 1)]


@pytest.mark.parametrize("text", ["0001-01-02T00:01:00Z", "0987-06-05T04:03:00Z", "9999-12-30T23:59:00Z"])
def test_a_minute_of_arrival_is_read_as_it_is_written_in_any_year(text: str) -> None:
    prefix = object_keys.arrival_prefix("bronze/e/", us(text))
    assert prefix == f"bronze/e/ingest_dt={text[:16].replace('-', '/').replace('T', '/').replace(':', '/')}/"
    assert object_keys.arrival_of_key(f"{prefix}a.json.gz") == us(text)
