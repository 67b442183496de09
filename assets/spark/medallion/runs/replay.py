"""Replay: refused lines out of the quarantine, and corrected ones back into bronze, at the minute of their arrival.

Nothing here needs Spark, so that an operator can run it anywhere.
"""

from __future__ import annotations

import gzip
import json
import re
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional

import pyarrow as pa
import pyarrow.parquet as pq

from medallion import instants, object_keys
from medallion.bronze.line_reader import LineReader, Refusal
from medallion.errors import InputError
from medallion.lake.bucket import Bucket
from medallion.spec.declaration import Spec

SHOWN_PROBLEMS = 20
"""How many of the lines that are still refused an error names."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\Z")

RefusedLine = Dict[str, Any]
"""A quarantined line, as the quarantine has it; ``raw_is_exact`` says whether ``raw`` is exactly what arrived."""


def refused_lines(bucket: Bucket, spec: Spec, from_us: int, to_us: int) -> Iterator[RefusedLine]:
    """Yield the quarantined lines that arrived from ``from_us`` to before ``to_us``, object by object.

    Overflows are no lines: there is nothing to put back.
    """
    prefix = spec.layout.quarantine
    slots = [f"{prefix}slot={object_keys.slot_key(us)}/" for us in (from_us, to_us + spec.slot.length_us)]
    keys = bucket.keys(prefix, *slots)
    for key in (key for key in keys if not key.rsplit("/", 1)[1].startswith(object_keys.OVERFLOWS)):
        for row in pq.read_table(pa.BufferReader(bucket.body(key))).to_pylist():
            arrival_us = instants.micros_of(row["arrival_time"])
            if from_us <= arrival_us < to_us:
                yield {**row, "arrival_time": instants.iso_millis(arrival_us)}


def replay_objects(spec: Spec, corrected: Iterable[Mapping[str, Any]], name: str) -> Dict[str, bytes]:
    """Return bronze objects by key, with the ``raw`` of corrected lines at the arrival minute of ``source_object``.

    A line that the spec still refuses raises ``InputError``: put back, it would be in the quarantine twice. So does one
    whose ``raw`` is not said to be exact: it was cut, or has characters in place of bytes, and nothing is put back
    altered by accident.
    """
    if _NAME.match(name) is None:
        raise InputError.at("--name", f"'{name}'", "letters, digits, '_', '.' and '-'", "choose another name")
    reader = LineReader(spec.events)
    lines: Dict[int, List[str]] = {}
    problems = []
    for number, line in enumerate(corrected, 1):
        arrival_us = object_keys.arrival_of_key(line["source_object"])
        problem = _problem(reader, line, arrival_us)
        if problem is not None:
            problems.append(f"corrected line {number}: {problem}")
        lines.setdefault(arrival_us, []).append(line["raw"])
    if problems:
        raise InputError("\n".join(problems[:SHOWN_PROBLEMS]))
    return {
        f"{object_keys.arrival_prefix(spec.layout.bronze, us)}replay-{name}.json.gz": gzip.compress(
            "".join(f"{raw}\n" for raw in of_minute).encode("utf-8"), mtime=0
        )
        for us, of_minute in sorted(lines.items())
    }


def _problem(reader: LineReader, line: Mapping[str, Any], arrival_us: int) -> Optional[str]:
    """Return what keeps a line from being put back."""
    if line.get("raw_is_exact") is not True:
        got = "a raw that is not exactly what arrived, as raw_is_exact is not true"
        return f"got {got}, expected the whole line in UTF-8; complete raw and set raw_is_exact to true"
    answer = reader.read(line["raw"].encode("utf-8"), arrival_us)
    if isinstance(answer, Refusal):
        got = f"{answer.reason} {answer.column or ''}".strip()
        return f"got {got}, expected what the spec accepts; correct it"
    return "got a line break, expected what the spec accepts; correct it" if "\n" in line["raw"] else None


def put_back(bucket: Bucket, objects: Mapping[str, bytes]) -> None:
    """Write objects to bronze, where nothing is ever changed: an object of other content raises ``InputError``."""
    for key, body in objects.items():
        if bucket.body(key) not in (None, body):
            raise InputError.at(key, "an object of other content", "none of that name", "choose another --name")
    for key, body in objects.items():
        bucket.put(key, body)


def backfill_input(spec: Spec, objects: Iterable[str]) -> str:
    """Return the input of the backfill that takes these objects, should no slot take them."""
    arrivals = [object_keys.arrival_of_key(key) for key in objects]
    if not arrivals:
        raise InputError.at("corrected lines", "none", "at least one", "pass them on standard input")
    slot_us = spec.slot.length_us
    span = min(arrivals) // slot_us * slot_us, (max(arrivals) // slot_us + 1) * slot_us
    return json.dumps({"mode": "backfill", "from": instants.iso_millis(span[0]), "to": instants.iso_millis(span[1])})
