"""Days, by which the tables are divided, as literals of any year."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column
from pyspark.sql import functions as sf


def literal(day: date) -> Column:
    """Return a day as a column; what PySpark makes of a date itself fails before the year 1000."""
    return sf.lit(day.isoformat()).cast("date")
