"""The backfill job: one chunk of bronze, read again by the current spec, to silver and gold."""

from __future__ import annotations

import argparse
import json

from medallion import instants
from medallion.lake.bucket import Bucket
from medallion.runs.backfill_run import BackfillRun, Chunk
from medallion.runs.session import lake_session, spec_at


def main() -> None:
    """Parse the arguments, run the chunk, and print its report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", required=True, help="s3:// address of the spec document")
    parser.add_argument("--lake", required=True, help="bucket of the lake")
    parser.add_argument("--database", required=True, help="Glue database of the tables")
    parser.add_argument("--from", required=True, dest="start", help="start of the chunk, ISO-8601 in UTC")
    parser.add_argument("--to", required=True, dest="end", help="end of the chunk, ISO-8601 in UTC")
    parser.add_argument("--backfill", required=True, help="name of the backfill, under which its reports stand")
    parser.add_argument("--publish", action="store_true", help="let the next slot publish every entity")
    arguments = parser.parse_args()

    spec = spec_at(arguments.spec)
    chunk = Chunk(arguments.backfill, instants.instant_us(arguments.start), instants.instant_us(arguments.end))
    with lake_session(f"backfill {arguments.start}") as spark:
        report = BackfillRun(spark, spec, Bucket(arguments.lake), arguments.database, chunk, arguments.publish).run()
    print(json.dumps(report))


if __name__ == "__main__":
    main()
