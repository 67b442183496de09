"""Which files the quarantine has: those of the slot of arrival, one for each object, whoever writes them."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence

import pytest
from spark_lake import LakeFactory, TestLake, us

from medallion.lake.bucket import Bucket
from medallion.lake.quarantine import overflow_start, quarantine_start, replace_overflows, replace_quarantine

QUARANTINE = "quarantine/card_authorization/"
BRONZE = "bronze/streaming/card_authorization/"
EARLY = f"{BRONZE}ingest_dt=2025/10/23/22/09/a.json.gz"
NEXT = f"{BRONZE}ingest_dt=2025/10/23/22/10/a.json.gz"
LONGER = f"{BRONZE}ingest_dt=2025/10/23/22/09/a.json.gz-00000.parquet"
OF_EARLY = f"{QUARANTINE}slot=20251023T221000Z/20251023T220900Z-a.json.gz-00000.parquet"
OF_NEXT = f"{QUARANTINE}slot=20251023T222000Z/20251023T221000Z-a.json.gz-00000.parquet"


def refuse(lake: TestLake, lines: Dict[str, Sequence[int]], objects: Optional[Sequence[str]] = None) -> List[str]:
    """Let these lines of the objects be refused, and return the keys of the quarantine."""
    rows = [(key, number) for key, numbers in lines.items() for number in numbers]
    refused = lake.spark.createDataFrame(rows, "source_object STRING, source_line BIGINT") if rows else None
    replace_quarantine(Bucket(lake.bucket), lake.spec, objects or list(lines), refused)
    return lake.keys(QUARANTINE)


def numbers(lake: TestLake) -> List[int]:
    return [row["source_line"] for row in lake.quarantine()]


@pytest.fixture
def lake(new_lake: LakeFactory) -> TestLake:
    return new_lake()


def test_lines_stand_under_the_slot_in_which_they_arrived_object_by_object(lake: TestLake) -> None:
    assert refuse(lake, {EARLY: [3, 1], NEXT: [2]}) == [OF_EARLY, OF_NEXT]
    assert numbers(lake) == [1, 3, 2]


def test_an_object_that_is_read_again_replaces_its_own_lines_alone(lake: TestLake) -> None:
    refuse(lake, {EARLY: [1], NEXT: [2]})
    assert refuse(lake, {EARLY: [4, 5]}) == [OF_EARLY, OF_NEXT]
    assert numbers(lake) == [4, 5, 2]


def test_an_object_whose_lines_are_accepted_now_leaves_the_quarantine(lake: TestLake) -> None:
    refuse(lake, {EARLY: [1], NEXT: [2]})
    assert refuse(lake, {}, [EARLY]) == [OF_NEXT]
    assert refuse(lake, {NEXT: [7]}, [EARLY, NEXT]) == [OF_NEXT]
    assert refuse(lake, {}, [NEXT]) == []


def test_an_object_whose_name_begins_like_a_file_of_another_keeps_its_lines(lake: TestLake) -> None:
    refuse(lake, {EARLY: [1], LONGER: [2]})
    refuse(lake, {}, [EARLY])
    assert numbers(lake) == [2]
    assert quarantine_start(lake.spec, LONGER) == f"{OF_EARLY}-"


def test_nothing_is_listed_for_no_objects(lake: TestLake) -> None:
    refuse(lake, {EARLY: [1]})
    replace_quarantine(Bucket(lake.bucket), lake.spec, [], None)
    assert lake.keys(QUARANTINE) == [OF_EARLY]


def test_the_name_of_an_object_stands_whole_unless_it_is_long(lake: TestLake) -> None:
    def start(name: str) -> str:
        return quarantine_start(lake.spec, f"{BRONZE}ingest_dt=2025/10/23/22/09/{name}")

    folder = f"{QUARANTINE}slot=20251023T221000Z/20251023T220900Z-"
    assert start("n" * 512) == f"{folder}{'n' * 512}-"
    # 171 letters of three bytes are 513; 85 of them are within the 256 that are kept
    assert start("€" * 171).startswith(f"{folder}{'€' * 85}-")
    long = [start("n" * 900 + end) for end in "ab"]
    assert len({*long}) == 2
    assert all(len(f"{key}00000.parquet") < 1024 and key.startswith(f"{folder}{'n' * 256}-") for key in long)


def test_a_run_replaces_the_overflows_that_it_found_and_no_others_nor_lines(lake: TestLake) -> None:
    refuse(lake, {EARLY: [1]})
    end_us = us("2025-10-23T22:10:00Z")
    own, other = (overflow_start(lake.spec, end_us, "gold", name) for name in ("cards", "cards_2"))
    columns = "column STRING, source_object STRING, source_line BIGINT, raw STRING"
    found = [
        lake.spark.createDataFrame([("f", EARLY, number, "{}") for number in range(size)], columns) for size in (2, 1)
    ]
    bucket = Bucket(lake.bucket)
    assert [replace_overflows(bucket, start, rows) for start, rows in zip((own, other), found)] == [2, 1]
    of_own, of_other = (f"{start}part-00000.parquet" for start in (own, other))
    assert of_own == f"{QUARANTINE}slot=20251023T221000Z/overflows-gold-cards-part-00000.parquet"
    assert lake.keys(QUARANTINE) == sorted([OF_EARLY, of_own, of_other])
    assert replace_overflows(bucket, own, None) == 0
    assert lake.keys(QUARANTINE) == [OF_EARLY, of_other]
    assert refuse(lake, {}, [EARLY]) == [of_other]
