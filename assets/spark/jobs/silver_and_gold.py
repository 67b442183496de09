"""The slot job: bronze lines that arrived before the slot's end to silver, gold and the publish set."""

from __future__ import annotations

import argparse
import json

from medallion import instants
from medallion.lake.bucket import Bucket
from medallion.runs.session import lake_session, spec_at
from medallion.runs.slot_run import SlotRun


def main() -> None:
    """Parse the arguments, run the slot, and print its report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", required=True, help="s3:// address of the spec document")
    parser.add_argument("--lake", required=True, help="bucket of the lake")
    parser.add_argument("--database", required=True, help="Glue database of the tables")
    parser.add_argument("--slot-end", required=True, help="end of the slot, ISO-8601 in UTC")
    arguments = parser.parse_args()

    spec = spec_at(arguments.spec)
    with lake_session(f"silver-and-gold {arguments.slot_end}") as spark:
        slot_end_us = instants.instant_us(arguments.slot_end)
        report = SlotRun(spark, spec, Bucket(arguments.lake), arguments.database, slot_end_us).run()
    print(json.dumps({name: value for name, value in report.items() if name != "objects"}))


if __name__ == "__main__":
    main()
