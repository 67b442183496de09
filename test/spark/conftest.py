"""What tests with Spark share: one session, and a factory of lakes; a test that asks for neither starts nothing."""

from __future__ import annotations

from spark_lake import new_lake, new_lake_as_on_emr, new_lake_on_glue
from spark_session import aws, spark

__all__ = ["aws", "new_lake", "new_lake_as_on_emr", "new_lake_on_glue", "spark"]
