"""A lake is one platform's: every run of another one is refused before it reads or writes anything."""

from __future__ import annotations

from datetime import date
from typing import Any, Callable, Dict

import pytest
from spark_lake import LakeFactory, TestLake, golden_document, raw_event, us

from medallion.errors import InputError
from medallion.lake import ownership
from medallion.lake.bucket import Bucket
from medallion.runs.backfill_run import BackfillRun, Chunk
from medallion.runs.dataset_run import DatasetRun
from medallion.runs.slot_run import SlotRun

FIRST, SECOND = "2025-10-23T22:10:00.000Z", "2025-10-23T22:20:00.000Z"
OWNER = "control/slots/owner.json"

RUNS: Dict[str, Callable[..., Any]] = {
    "slot": lambda spark, spec, bucket, database: SlotRun(spark, spec, bucket, database, us(SECOND)),
    "backfill": lambda spark, spec, bucket, database: BackfillRun(
        spark, spec, bucket, database, Chunk("b", us(FIRST), us(SECOND))
    ),
    "day": lambda spark, spec, bucket, database: DatasetRun(spark, spec, bucket, database, date(2025, 10, 23)),
}


@pytest.fixture(scope="module")
def owned(new_lake: LakeFactory) -> TestLake:
    """Return a lake in which one platform has run a slot."""
    lake = new_lake()
    lake.arrive("2025-10-23T22:01:00Z", [raw_event("e1")])
    lake.run(FIRST)
    return lake


def test_the_first_run_says_whose_lake_it_is(owned: TestLake) -> None:
    owner = {"events": "card_authorization", "database": owned.bucket, "region": "us-east-1"}
    assert owned.document(OWNER) == owner
    assert ownership.owner_key(owned.spec.layout) == OWNER


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize(("events", "database"), [("card_authorization", "other"), ("other", None)])
def test_a_run_of_another_platform_is_refused_and_leaves_no_trace(
    owned: TestLake, run: str, events: str, database: str
) -> None:
    document = golden_document()
    document["events"]["name"] = events
    other, keys = owned.with_spec(document), owned.keys()
    own = database or owned.bucket
    message = (
        f"lake {owned.bucket}: got the platform of events '{events}' and database '{own}' in us-east-1, expected"
        f" the platform of events 'card_authorization' and database '{owned.bucket}' in us-east-1, which owns it; give"
    )
    with pytest.raises(InputError, match=message):
        RUNS[run](owned.spark, other.spec, Bucket(owned.bucket), own).run()
    assert owned.keys() == keys


def test_another_platform_takes_over_when_the_owner_is_deleted(new_lake: LakeFactory) -> None:
    lake = Bucket(new_lake().bucket)
    spec = new_lake().spec
    ownership.claim(lake, spec, "gone")
    lake.delete([OWNER])
    ownership.claim(lake, spec, "other")
    ownership.claim(lake, spec, "other")
    assert lake.read(OWNER)["database"] == "other"
