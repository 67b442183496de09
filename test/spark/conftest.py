"""What tests with Spark share: one session, and a factory of lakes; a test that asks for neither starts nothing."""

from __future__ import annotations

from spark_lake import aws, new_lake, new_lake_on_glue, spark

__all__ = ["aws", "new_lake", "new_lake_on_glue", "spark"]
