"""The daily job: training, validation and inference sets of a day, upkeep of the tables, what an audit expects."""

from __future__ import annotations

import argparse
import json
import time
from datetime import date

from medallion.lake.bucket import Bucket
from medallion.runs.audit_run import AuditRun
from medallion.runs.dataset_run import DatasetRun
from medallion.runs.session import lake_session, spec_at


def main() -> None:
    """Parse the arguments, build the day's datasets, and print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", required=True, help="s3:// address of the spec document")
    parser.add_argument("--lake", required=True, help="bucket of the lake")
    parser.add_argument("--database", required=True, help="Glue database of the tables")
    parser.add_argument("--day", required=True, type=date.fromisoformat, help="UTC day, like 2025-10-23")
    parser.add_argument("--audit-sample", type=float, help="share of the online records to audit; none without it")
    arguments = parser.parse_args()

    spec = spec_at(arguments.spec)
    with lake_session(f"build-datasets {arguments.day}") as spark:
        bucket = Bucket(arguments.lake)
        run = DatasetRun(spark, spec, bucket, arguments.database, arguments.day)
        report = run.run()
        run.maintain(now_us=time.time_ns() // 1000)
        if arguments.audit_sample is not None:
            AuditRun(spark, spec, bucket, arguments.database, arguments.day, arguments.audit_sample).run()
    print(json.dumps(report))


if __name__ == "__main__":
    main()
