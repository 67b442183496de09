"""The daily job: training, validation and inference sets of a day, then upkeep of the tables."""

from __future__ import annotations

import argparse
import json
import time
from datetime import date

from medallion.lake.bucket import Bucket
from medallion.runs.dataset_run import DatasetRun
from medallion.runs.session import lake_session, spec_at


def main() -> None:
    """Parse the arguments, build the day's datasets, and print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", required=True, help="s3:// address of the spec document")
    parser.add_argument("--lake", required=True, help="bucket of the lake")
    parser.add_argument("--database", required=True, help="Glue database of the tables")
    parser.add_argument("--day", required=True, type=date.fromisoformat, help="UTC day, like 2025-10-23")
    arguments = parser.parse_args()

    spec = spec_at(arguments.spec)
    with lake_session(f"build-datasets {arguments.day}") as spark:
        run = DatasetRun(spark, spec, Bucket(arguments.lake), arguments.database, arguments.day)
        report = run.run()
        run.maintain(now_us=time.time_ns() // 1000)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
