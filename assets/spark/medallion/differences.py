"""What a table has to change to become what it should be, whatever stands in it."""

from __future__ import annotations

from typing import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf


def differing_groups(standing: DataFrame, expected: DataFrame, keys: Sequence[str]) -> DataFrame:
    """Return the keys whose rows are not exactly the expected ones, with ``standing`` and ``expected`` as arrays.

    Both sides have the same columns, ``dt`` among the keys. A key may have several rows on either side.
    """
    row = sf.struct(*[f"`{name}`" for name in expected.columns]).alias("row")
    sides = [
        side.select(*keys, row, sf.lit(is_standing).alias("is_standing"))
        for side, is_standing in ((standing, True), (expected, False))
    ]
    groups = (
        sides[0].unionByName(sides[1]).groupBy(*keys).agg(_rows_where("is_standing"), _rows_where("NOT is_standing"))
    )
    return groups.toDF(*keys, "standing", "expected").where("NOT (standing <=> expected)")


def merge_rows(groups: DataFrame) -> DataFrame:
    """Return the rows that ``LakeTable.merge`` needs to turn ``standing`` into ``expected``.

    One row for one row is an update or, without a standing row, an insertion. Otherwise what stands is deleted, and
    what is expected is written anew, with no day to match.
    """
    doomed = sf.transform(sf.slice("standing", 1, 1), lambda row: _action(row, row["dt"], True))
    replaced = sf.transform("expected", lambda row: _action(row, row["dt"], False))
    anew = sf.transform("expected", lambda row: _action(row, sf.lit(None).cast("date"), False))
    is_simple = (sf.size("standing") <= 1) & (sf.size("expected") == 1)
    actions = sf.when(is_simple, replaced).otherwise(sf.concat(doomed, anew))
    return groups.select(sf.explode(actions).alias("action")).select(
        "action.row.*", "action.match_dt", "action.obsolete"
    )


def _rows_where(condition: str) -> Column:
    return sf.sort_array(sf.collect_list(sf.when(sf.expr(condition), sf.col("row"))))


def _action(row: Column, match_dt: Column, is_obsolete: bool) -> Column:
    return sf.struct(row.alias("row"), match_dt.alias("match_dt"), sf.lit(is_obsolete).alias("obsolete"))
