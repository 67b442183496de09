"""Sends card authorisations to a Kinesis stream: the local runtime's, or one in an account of yours.

    python produce.py --stream NAME --sample
    python produce.py --stream NAME --events 5000 --seed 7 --rate 200

Credentials and region come from the environment, as for any AWS tool. Needs boto3, numpy and rich.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone

import boto3
from events.generator import Arrival, Traffic, generate, sample_events
from events.producer import MAX_RECORDS, Producer, UndeliveredError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Send card authorisations to a Kinesis stream.")
    parser.add_argument("--stream", required=True, help="name of the stream (output StreamName of the stack)")
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--sample", action="store_true", help="the twenty sample events; today they are late and go to quarantine"
    )
    source.add_argument("--events", type=int, default=1000, help="number of events to make up (default 1000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same choices (default 1)")
    parser.add_argument("--rate", type=float, help="lines a second; without it, as fast as the stream takes them")
    return parser.parse_args()


def recent_events(count: int, seed: int) -> list[Arrival]:
    """Return lines of the hour that ends now, ordered by arrival."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    return generate(Traffic(events=count, start=now - timedelta(hours=1), end=now), seed)


def paced(arrivals: Iterable[Arrival], rate: float) -> Iterator[Arrival]:
    """Yield the lines no faster than ``rate`` a second."""
    began = time.monotonic()
    for number, arrival in enumerate(arrivals):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        yield arrival


def main() -> int:
    """Send the lines, showing how many are through; return the exit code."""
    options = arguments()
    lines = sample_events(datetime.now(timezone.utc)) if options.sample else recent_events(options.events, options.seed)
    producer = Producer(boto3.client("kinesis"), options.stream)
    per_call = MAX_RECORDS if options.rate is None else max(1, min(MAX_RECORDS, round(options.rate)))
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task(f"sending to {options.stream}", total=len(lines))
        flow = iter(lines) if options.rate is None else paced(lines, options.rate)
        try:
            while batch := [line for _, line in zip(range(per_call), flow)]:
                producer.send(batch, lambda sent: bar.update(task, advance=sent))
        except UndeliveredError as error:
            print(error, file=sys.stderr)
            return 1
    print(f"{len(lines)} lines sent, {producer.retried} records sent again")
    return 0


if __name__ == "__main__":
    sys.exit(main())
