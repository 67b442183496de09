"""What a table has to change to become what it should be, whatever stands in it.

1. On either side the rows of a key are counted and numbered. It has one, unless somebody changed the table by hand.
2. Both sides are joined, which gives one pair for each key, and every pair for a key of several rows.
3. Pairs of equal rows are left out. A key of several rows keeps its pairs: it is deleted and written anew.
"""

from __future__ import annotations

from typing import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from medallion.spec.names import all_quoted


def differing_rows(standing: DataFrame, expected: DataFrame, keys: Sequence[str]) -> DataFrame:
    """Return the keys of rows that are not as expected, with ``_standing`` and ``_expected`` as structs or null.

    Both sides have the same columns, ``dt`` among the keys. Of a key that ``_is_repeated`` all pairs are returned,
    which ``_is_first_standing`` and ``_is_first_expected`` tell apart.
    """
    row = sf.struct(*all_quoted(expected.columns))
    sides = [_numbered(side, row, name, keys) for side, name in ((standing, "_standing"), (expected, "_expected"))]
    pairs = (
        sides[0]
        .join(sides[1], list(keys), "full_outer")
        .select(
            *keys,
            "_standing",
            "_expected",
            sf.expr("coalesce(_standing_copies, 1) > 1 OR coalesce(_expected_copies, 1) > 1").alias("_is_repeated"),
            sf.expr("coalesce(_standing_number, 1) = 1").alias("_is_first_standing"),
            sf.expr("coalesce(_expected_number, 1) = 1").alias("_is_first_expected"),
        )
    )
    return pairs.where("_is_repeated OR NOT (_standing <=> _expected)")


def expected_rows(differences: DataFrame) -> DataFrame:
    """Return every expected row of the differences once."""
    return differences.where("_expected IS NOT NULL AND _is_first_standing").select("_expected.*")


def differing_events(differences: DataFrame, columns: Sequence[str]) -> DataFrame:
    """Return some columns of the events that stood or will stand, if they differ in any of these."""
    before, after = (_fields(side, all_quoted(columns)) for side in ("_standing", "_expected"))
    differing = differences.where(sf.col("_is_repeated") | ~before.eqNullSafe(after))
    events = differing.select(sf.explode(sf.array_compact(sf.array(before, after))).alias("_event"))
    return events.select("_event.*")


def merge_rows(differences: DataFrame) -> DataFrame:
    """Return the rows that ``LakeTable.merge`` needs to turn ``_standing`` into ``_expected``.

    A pair is updated, inserted or deleted. What is repeated is deleted, and written anew with no day to match.
    """
    pair = _action(sf.coalesce("_expected", "_standing"), sf.col("dt"), sf.col("_expected").isNull())
    doomed = _action(sf.col("_standing"), sf.col("dt"), sf.lit(True))
    anew = _action(sf.col("_expected"), sf.lit(None).cast("date"), sf.lit(False))
    rewritten = sf.array(
        sf.when(sf.expr("_standing IS NOT NULL AND _is_first_standing AND _is_first_expected"), doomed),
        sf.when(sf.expr("_expected IS NOT NULL AND _is_first_standing"), anew),
    )
    actions = sf.when(sf.col("_is_repeated"), sf.array_compact(rewritten)).otherwise(sf.array(pair))
    return differences.select(sf.explode(actions).alias("_action")).select(
        "_action._row.*", "_action._match_dt", "_action._obsolete"
    )


def _fields(side: str, names: Sequence[str]) -> Column:
    return sf.when(sf.col(side).isNotNull(), sf.struct(*[f"{side}.{name}" for name in names]))


def _numbered(side: DataFrame, row: Column, name: str, keys: Sequence[str]) -> DataFrame:
    """Return the rows of one side as structs, each with its number among those of its key and how many these are."""
    of_key = Window.partitionBy(*keys).orderBy(keys[0])
    every = of_key.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    return side.select(
        *keys,
        row.alias(name),
        sf.row_number().over(of_key).alias(f"{name}_number"),
        sf.count("*").over(every).alias(f"{name}_copies"),
    )


def _action(row: Column, match_dt: Column, is_obsolete: Column) -> Column:
    return sf.struct(row.alias("_row"), match_dt.alias("_match_dt"), is_obsolete.alias("_obsolete"))
