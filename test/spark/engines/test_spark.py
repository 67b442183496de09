"""Many seeded events through Spark as a job evaluates them, in hash partitions, against DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pyarrow.parquet as pq
import pytest
from duckdb_features import FEATURES, differing_rows, duckdb_features, release
from many_events import EVENTS, card_events, card_group
from pyspark.sql import SparkSession
from pyspark.sql import functions as sf
from spark_session import new_session

from medallion.layers.gold import evaluated_rows


@pytest.fixture(autouse=True)
def events_of_all_engines() -> Iterator[None]:
    yield
    release()


def test_every_feature_of_many_events_in_spark_equals_duckdb(spark: SparkSession, tmp_path: Path) -> None:
    session = new_session(spark, {"spark.sql.shuffle.partitions": "4"})
    group, spec = card_group("left")
    pq.write_table(card_events(), tmp_path / "events.parquet")
    events = session.read.parquet(f"file://{tmp_path}/events.parquet")
    always = sf.lit(True)
    rows = events.withColumns({"_is_event": always, "_is_query": always, "query_time": sf.col("event_time")})
    evaluated_rows(rows, group, spec).select("event_id", *FEATURES).write.parquet(f"file://{tmp_path}/features")
    found = differing_rows(duckdb_features("left"), pq.read_table(tmp_path / "features"), list(FEATURES))
    assert found == {"rows": EVENTS, "missing": 0, **dict.fromkeys(FEATURES, 0)}
