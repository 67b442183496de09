"""The daily job over label files: each row of the tables in docs/input.md, files of all kinds, labels that fail."""

from __future__ import annotations

import csv
import gzip
import io
import re
from datetime import date
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from label_file import parquet_bytes
from spark_lake import LakeFactory, TestLake, golden_document, raw_event
from spark_session import REPOSITORY

from medallion import instants
from medallion.lake.bucket import Bucket
from medallion.runs.dataset_run import DatasetRun

DAY = date(2025, 10, 23)
TRAINING, QUARANTINE = "gold/training/dt=2025-10-23/", "quarantine/card_authorization-labels/"
COLUMNS = ("id", "fraud", "at")
NAMES = {"id": "id", "label": "fraud", "time": "at"}
FORMATS = {"CSV": "csv", "JSON lines": "jsonl", "Parquet": "parquet"}
AT = "2025-10-23T12:00:00Z"


class Case(NamedTuple):
    """A row of a table in the document: three cells, and what they are read as."""

    cells: List[str]
    expected: str

    @property
    def label(self) -> Optional[Tuple[str, str, int]]:
        """The id, label and instant that the row is read as; None where it is not."""
        found = re.fullmatch(r"`(.*)`, `(.*)`, `(.*)`", self.expected)
        return None if found is None else (found[1], found[2], instants.instant_us(found[3]))


class Declared(NamedTuple):
    """One table: how its labels are declared, and its rows."""

    format: str
    type: str
    time_format: str
    cases: List[Case]


def tables() -> Iterator[Declared]:
    """Yield the tables of the document that stand below a declaration."""
    text = (REPOSITORY / "docs" / "input.md").read_text("utf-8")
    for found in re.finditer(
        r"^#### ([^\n,]+), ([A-Z]+), ([A-Z0-9_]+)\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL
    ):
        rows = [line.split("|")[1:-1] for line in found[4].splitlines() if line.startswith("|")]
        cases = [Case([cell.strip(" `") for cell in row[:3]], row[3].strip()) for row in rows[2:]]
        yield Declared(FORMATS[found[1]], found[2].lower(), found[3].lower(), cases)


DECLARED = list(tables())


def document(file_format: str = "csv", label_type: str = "double", time_format: str = "iso8601") -> Dict[str, Any]:
    """Return the spec document with labels."""
    declared = golden_document()
    declared["datasets"]["labels"] = {
        "prefix": "labels/",
        "format": file_format,
        "eventIdColumn": "id",
        "labelColumn": "fraud",
        "labelType": label_type,
        "labelTimeColumn": "at",
        "labelTimeFormat": time_format,
        "maturityUs": 0,
        "quarantine": QUARANTINE,
    }
    return declared


def file_of(file_format: str, cells: List[str]) -> bytes:
    """Return a file with one row."""
    if file_format == "csv":
        buffer = io.StringIO()
        csv.writer(buffer).writerows([COLUMNS, cells])
        return buffer.getvalue().encode()
    if file_format == "jsonl":
        members = (f'"{column}": {cell}' for column, cell in zip(COLUMNS, cells))
        return ("{" + ", ".join(members) + "}").encode()
    return parquet_bytes(pa.table(dict(zip(COLUMNS, map(parquet_column, cells)))), version="2.6")


def parquet_column(cell: str) -> pa.Array:
    """Return the column of one value that a cell like ``int32 1`` stands for."""
    kind, value = cell.rsplit(" ", 1)
    if value == "null":
        return pa.array([None], KINDS[kind])
    text = pa.array([value])
    if kind in ("bool", "string", "binary", "large_string"):
        return text.cast(KINDS[kind])
    number = {"double": pa.float64(), "date32[day]": pa.int32()}.get(kind, pa.int64())
    return text.cast(number).cast(KINDS[kind])


KINDS: Dict[str, pa.DataType] = {
    "string": pa.string(),
    "large_string": pa.large_string(),
    "binary": pa.binary(),
    "bool": pa.bool_(),
    "int8": pa.int8(),
    "uint8": pa.uint8(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "date32[day]": pa.date32(),
    "timestamp[us]": pa.timestamp("us"),
    "timestamp[ns]": pa.timestamp("ns"),
    "timestamp[ns, tz=UTC]": pa.timestamp("ns", "UTC"),
    "timestamp[ms, tz=Europe/Berlin]": pa.timestamp("ms", "Europe/Berlin"),
}


def put(lake: TestLake, files: Dict[str, bytes]) -> None:
    """Let the labels of a lake be exactly these files."""
    for key in lake.keys("labels/"):
        lake.s3.delete_object(Bucket=lake.bucket, Key=key)
    for name, body in files.items():
        lake.s3.put_object(Bucket=lake.bucket, Key=f"labels/{name}", Body=body)


def build(lake: TestLake, bucket: Optional[Bucket] = None) -> Dict[str, Any]:
    return DatasetRun(lake.spark, lake.spec, bucket or Bucket(lake.bucket), lake.bucket, DAY).run()


def training(lake: TestLake) -> List[Dict[str, Any]]:
    """Return the rows of the training and validation set."""
    manifest = lake.document(f"{TRAINING}_manifest.json")
    return [row for file in manifest["files"] for row in pq.read_table(io.BytesIO(lake.body(file["key"]))).to_pylist()]


def refused(lake: TestLake) -> List[Dict[str, Any]]:
    """Return the quarantine of the day's labels, in the order of its files."""
    keys = lake.keys(f"{QUARANTINE}dt=2025-10-23/")
    return [row for key in keys for row in pq.read_table(io.BytesIO(lake.body(key))).to_pylist()]


@pytest.fixture(scope="module")
def lake(new_lake: LakeFactory) -> TestLake:
    """Return a lake with an event of 11:00 for each label that any table has."""
    found = new_lake(document())
    ids = sorted({case.label[0] for declared in DECLARED for case in declared.cases if case.label})
    events = [raw_event(event_id, "11:00:00", amount=5) for event_id in [*ids, "e1", "e2", "e3"]]
    found.arrive("2025-10-23T23:00:00Z", events)
    found.run("2025-10-24T00:10:00.000Z")
    return found


@pytest.mark.parametrize("declared", DECLARED, ids=lambda declared: "-".join(declared[:3]))
def test_a_row_is_read_as_the_document_says(lake: TestLake, declared: Declared) -> None:
    lake = lake.with_spec(document(*declared[:3]))
    put(lake, {f"{number:02d}": file_of(declared.format, case.cells) for number, case in enumerate(declared.cases)})
    labels = build(lake)["labels"]
    expected = sorted(case.label for case in declared.cases if case.label)
    rows = training(lake)
    text = {True: "true", False: "false"} if declared.type == "boolean" else {}
    assert expected == sorted(
        (row["event_id"], text.get(row["label"], str(row["label"])), instants.micros_of(row["label_time"]))
        for row in rows
    )
    quarantined = {row["source_object"]: (row["reason"], row["column"]) for row in refused(lake)}
    reasons = {
        f"labels/{n:02d}": re.fullmatch(r"`(\w+)` of the (\w+)", case.expected) for n, case in enumerate(declared.cases)
    }
    assert quarantined == {key: (found[1], NAMES[found[2]]) for key, found in reasons.items() if found}
    unlabelled = [case for case in declared.cases if case.expected == "unlabelled"]
    assert (labels["rows"], labels["files"], labels["filesUnreadable"]) == (len(declared.cases), len(declared.cases), 0)
    assert (labels["usable"], labels["used"], labels["unlabelled"]) == (len(expected), len(expected), len(unlabelled))
    assert len(expected) + len(unlabelled) + len(quarantined) == len(declared.cases)


def test_the_document_has_a_table_for_every_format_and_type() -> None:
    assert {declared.format for declared in DECLARED} == set(FORMATS.values())
    assert {declared.type for declared in DECLARED} == {"double", "integer", "boolean", "string"}


def test_files_of_any_order_are_read_together_and_markers_left_out(lake: TestLake) -> None:
    line = f"e1,1,{AT}\n"
    files = {
        "a.csv": b"id,fraud,at\n" + line.encode(),
        "2025/b.csv": f"at,score,id,fraud\n{AT},7,e2,0\n".encode(),
        "c": gzip.compress(f"fraud,at,id\n1,{AT},e3\n".encode()),
        "again.csv": f"id,fraud,at\ne1,1,{AT}\ne1,0,2025-10-23T11:59:59Z\nelsewhere,1,{AT}\n".encode(),
        "header.csv": b"id,fraud,at\n",
        "empty.csv": b"",
        "_SUCCESS": b"",
        "_delta_log/0.json": b"{}",
        "2025/.b.csv.crc": b"crc",
        "b.csv.crc": b"crc",
        "2025_$folder$": b"x",
        "broken.csv": b"id,fraud\ne1,1\n",
        "half.csv": gzip.compress(("id,fraud,at\n" + line).encode())[:-4],
    }
    put(lake, files)
    lake = lake.with_spec(document())
    report = build(lake)["labels"]
    rows = {row["event_id"]: (row["label"], row["label_time"].isoformat()) for row in training(lake)}
    noon = "2025-10-23T12:00:00+00:00"
    assert rows == {"e1": (1.0, noon), "e2": (0.0, noon), "e3": (1.0, noon)}
    labels = lake.document(f"{TRAINING}_manifest.json")["labels"]
    # Three lines, three more again, and one of the file that breaks off: of e1 there are four, one is the newest.
    assert (report["files"], report["filesUnreadable"], report["filesIgnored"]) == (7, 2, 6)
    assert (labels["rows"], labels["usable"], labels["superseded"], labels["used"]) == (7, 4, 3, 3)
    assert labels["withoutEvent"] == 1
    assert [(file["key"], file["reason"], file["column"], file["rows"]) for file in labels["unreadableFiles"]] == [
        ("labels/broken.csv", "missing_column", "at", 0),
        ("labels/half.csv", "damaged", None, 1),
    ]
    assert labels["warnings"] == [
        "labels/broken.csv: got the columns id, fraud, expected 'at' among them; correct or remove the file",
        "labels/half.csv: after 1 rows got gzip that breaks off in line 3, expected its end;"
        " correct or remove the file",
    ]
    assert refused(lake) == []


def test_a_label_is_known_by_the_end_of_the_last_day_and_not_after_it(lake: TestLake) -> None:
    times = {"e1": "2025-10-24T00:00:00Z", "e2": "2025-10-24T00:00:00.000001Z", "e3": "2025-10-23T23:59:59.999999Z"}
    lines = ["id,fraud,at", *(f"{event_id},1,{time}" for event_id, time in times.items())]
    put(lake, {"a.csv": "\n".join(lines).encode()})
    lake = lake.with_spec(document())
    labels = build(lake)["labels"]
    assert {row["event_id"] for row in training(lake)} == {"e1", "e3"}
    assert (labels["used"], labels["notYetKnown"]) == (2, 1)


@pytest.mark.parametrize(
    ("time_format", "time", "count"),
    [
        ("unix_seconds", 1_761_220_800, "used"),
        ("unix_seconds", 1_780_272_000, "notYetKnown"),  # in June 2026
        ("unix_seconds", 1_761_220_800_000, "unreadableTotal"),  # milliseconds: a year of five digits
        ("unix_millis", 1_761_220_800, "beforeEvent"),  # seconds: in January 1970
    ],
)
@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_a_time_of_another_unit_is_never_trained_on(
    lake: TestLake, file_format: str, time_format: str, time: int, count: str
) -> None:
    kind = "int32" if time < 2**31 else "int64"
    cells = ["e1", "1", str(time)] if file_format == "csv" else ["string e1", "int8 1", f"{kind} {time}"]
    put(lake, {"a": file_of(file_format, cells)})
    lake = lake.with_spec(document(file_format, "double", time_format))
    build(lake)
    labels = lake.document(f"{TRAINING}_manifest.json")["labels"]
    outcomes = ("used", "notYetKnown", "unreadableTotal", "beforeEvent", "withoutEvent", "superseded", "unlabelled")
    assert {name for name in outcomes if labels[name]} == {count}
    assert [row["event_id"] for row in training(lake)] == (["e1"] if count == "used" else [])


@pytest.mark.parametrize("files", [{}, {"_SUCCESS": b""}, {"a.csv": b"id,fraud,at\n"}], ids=["none", "marker", "empty"])
def test_without_any_label_the_training_set_is_empty_and_says_so(lake: TestLake, files: Dict[str, bytes]) -> None:
    put(lake, files)
    lake = lake.with_spec(document())
    report = build(lake)
    assert (report["labels"]["used"], report["training"]["rows"]) == (0, 0)
    assert report["inference"]["rows"] == 1
    (warning,) = lake.document(f"{TRAINING}_manifest.json")["labels"]["warnings"]
    assert warning.startswith("labels: got no label that can be used of 0 rows")


def test_a_day_that_is_built_again_quarantines_what_cannot_be_read_now(lake: TestLake) -> None:
    lake = lake.with_spec(document())
    put(lake, {"a.csv": f"id,fraud,at\ne1,good,{AT}\ne2,bad\n".encode()})
    assert build(lake)["labels"]["unreadable"] == {"unparseable": 1, "wrong_type": 1}
    assert [(row["source_line"], row["reason"], row["column"], row["raw"]) for row in refused(lake)] == [
        (2, "wrong_type", "fraud", f"e1,good,{AT}"),
        (3, "unparseable", None, "e2,bad"),
    ]
    put(lake, {"a.csv": f"id,fraud,at\ne1,1,{AT}\n".encode()})
    assert build(lake)["labels"]["unreadable"] == {}
    assert lake.keys(QUARANTINE) == []


class BucketThatListsWhatIsGone(Bucket):
    """The bucket, between the deletion of a label file and the moment at which a listing notices."""

    def sizes(self, prefix: str, after: str = "", before: Optional[str] = None) -> Dict[str, int]:
        return {**super().sizes(prefix, after, before), f"{prefix}gone.csv": 1}


def test_inference_is_complete_though_labels_fail_and_the_run_fails_all_the_same(lake: TestLake) -> None:
    lake = lake.with_spec(document())
    for key in [*lake.keys("gold/inference/"), *lake.keys("control/datasets/")]:
        lake.s3.delete_object(Bucket=lake.bucket, Key=key)
    with pytest.raises(Exception, match="gone.csv: got no object"):
        build(lake, BucketThatListsWhatIsGone(lake.bucket))
    manifest = lake.document("gold/inference/dt=2025-10-23/_manifest.json")
    assert manifest["rows"] == {"rows": 1}
    assert all(lake.keys(file["key"]) for file in manifest["files"])
    assert lake.keys("control/datasets/") == []
