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
    """Return the keys of rows that are not as expected, with ``standing`` and ``expected`` as structs or null.

    Both sides have the same columns, ``dt`` among the keys. Of a key that ``is_repeated`` all pairs are returned, which
    ``is_first_standing`` and ``is_first_expected`` tell apart.
    """
    row = sf.struct(*all_quoted(expected.columns))
    sides = [_numbered(side, row, name, keys) for side, name in ((standing, "standing"), (expected, "expected"))]
    pairs = (
        sides[0]
        .join(sides[1], list(keys), "full_outer")
        .select(
            *keys,
            "standing",
            "expected",
            sf.expr("coalesce(standing_copies, 1) > 1 OR coalesce(expected_copies, 1) > 1").alias("is_repeated"),
            sf.expr("coalesce(standing_number, 1) = 1").alias("is_first_standing"),
            sf.expr("coalesce(expected_number, 1) = 1").alias("is_first_expected"),
        )
    )
    return pairs.where("is_repeated OR NOT (standing <=> expected)")


def expected_rows(differences: DataFrame) -> DataFrame:
    """Return every expected row of the differences once."""
    return differences.where("expected IS NOT NULL AND is_first_standing").select("expected.*")


def differing_events(differences: DataFrame, columns: Sequence[str]) -> DataFrame:
    """Return some columns of the events that stood or will stand, if they differ in any of these."""
    before, after = (_fields(side, all_quoted(columns)) for side in ("standing", "expected"))
    differing = differences.where(sf.col("is_repeated") | ~before.eqNullSafe(after))
    events = differing.select(sf.explode(sf.array_compact(sf.array(before, after))).alias("event"))
    return events.select("event.*")


def merge_rows(differences: DataFrame) -> DataFrame:
    """Return the rows that ``LakeTable.merge`` needs to turn ``standing`` into ``expected``.

    A pair is updated, inserted or deleted. What is repeated is deleted, and written anew with no day to match.
    """
    pair = _action(sf.coalesce("expected", "standing"), sf.col("dt"), sf.col("expected").isNull())
    doomed = _action(sf.col("standing"), sf.col("dt"), sf.lit(True))
    anew = _action(sf.col("expected"), sf.lit(None).cast("date"), sf.lit(False))
    rewritten = sf.array(
        sf.when(sf.expr("standing IS NOT NULL AND is_first_standing AND is_first_expected"), doomed),
        sf.when(sf.expr("expected IS NOT NULL AND is_first_standing"), anew),
    )
    actions = sf.when(sf.col("is_repeated"), sf.array_compact(rewritten)).otherwise(sf.array(pair))
    return differences.select(sf.explode(actions).alias("action")).select(
        "action.row.*", "action.match_dt", "action.obsolete"
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
    return sf.struct(row.alias("row"), match_dt.alias("match_dt"), is_obsolete.alias("obsolete"))
