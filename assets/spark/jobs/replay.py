"""An operator's command: print quarantined lines, or put corrected ones back into bronze; it needs no Spark."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from medallion import instants
from medallion.lake.bucket import Bucket
from medallion.runs import replay
from medallion.spec.document import read_spec


def main() -> None:
    """Print refused lines as JSON, or read corrected ones from standard input and print the backfill to start."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", required=True, type=Path, help="file with the spec document")
    parser.add_argument("--lake", required=True, help="bucket of the lake")
    commands = parser.add_subparsers(dest="command", required=True)
    read = commands.add_parser("read", help="print the lines that arrived in a range")
    read.add_argument("--from", required=True, dest="start", help="start of the range, ISO-8601 in UTC")
    read.add_argument("--to", required=True, dest="end", help="end of the range, ISO-8601 in UTC")
    commands.add_parser("write", help="put corrected lines back").add_argument("--name", required=True)
    arguments = parser.parse_args()

    spec, bucket = read_spec(arguments.spec.read_text("utf-8")), Bucket(arguments.lake)
    if arguments.command == "read":
        start_us, end_us = map(instants.instant_us, (arguments.start, arguments.end))
        for line in replay.refused_lines(bucket, spec, start_us, end_us):
            print(json.dumps(line, ensure_ascii=False))
    else:
        objects = replay.replay_objects(spec, map(json.loads, sys.stdin), arguments.name)
        replay.put_back(bucket, objects)
        print(replay.backfill_input(spec, objects))


if __name__ == "__main__":
    main()
