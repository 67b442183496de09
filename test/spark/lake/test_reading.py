"""Objects in Spark's tasks: exactly the given keys, each once, and to its end even where the connection breaks."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Dict, Iterable, Iterator, List, Optional, Tuple

import boto3
import pyarrow as pa
import pytest
from botocore.exceptions import IncompleteReadError
from spark_lake import LakeFactory

from medallion.errors import InputError
from medallion.lake import reading
from medallion.lake.reading import Reader, object_chunks, object_tasks, read_objects

MIB = 1024 * 1024

NAMES = (
    "_tmp.gz", ".hidden", "x._COPYING_", "a[1]", "a1", "{0}", "{a,b}", "a\\b", "*", "a?", "a b", "a%20b", "a+b", "a#b",
    "a:b", "ü", "😀", "'", '"', "$(x)", "a=b", "~", "a\tb", "x" * 200,
)  # fmt: skip
"""What some reader of files hides, expands, decodes or splits."""


def a_reader() -> Reader:
    """Return a function of its own, which Spark sends to its workers as it is: they cannot import this file."""

    def texts(objects: Iterable[Tuple[str, Iterable[bytes]]]) -> Iterator[pa.RecordBatch]:
        for key, chunks in objects:
            yield pa.RecordBatch.from_pydict({"key": [key], "text": [b"".join(chunks).decode("utf-8")]})

    return texts


def test_every_key_is_read_once_whatever_its_name_is(new_lake: LakeFactory) -> None:
    lake = new_lake()
    for name in NAMES:
        lake.s3.put_object(Bucket=lake.bucket, Key=f"in/{name}", Body=name.encode("utf-8"))
    sizes = {f"in/{name}": MIB for name in NAMES if name != "a1"}
    found = read_objects(lake.spark, lake.bucket, sizes, a_reader(), "key STRING, text STRING").collect()
    assert sorted((row.key, row.text) for row in found) == sorted((key, key[3:]) for key in sizes)


def test_what_is_kept_of_one_reading_does_not_stand_for_the_next(new_lake: LakeFactory) -> None:
    lake = new_lake()
    for text in ("old", "new"):
        lake.s3.put_object(Bucket=lake.bucket, Key="in/a", Body=text.encode("utf-8"))
        found = read_objects(lake.spark, lake.bucket, {"in/a": 3}, a_reader(), "key STRING, text STRING").persist()
        assert [row.text for row in found.collect()] == [text]


def test_an_object_that_is_gone_is_named(new_lake: LakeFactory) -> None:
    lake = new_lake()
    with pytest.raises(
        InputError, match=f"s3://{lake.bucket}/in/gone: got no object, expected the one that was listed"
    ):
        list(object_chunks(lake.s3, lake.bucket, "in/gone"))


@pytest.mark.parametrize(
    ("sizes", "tasks"),
    [
        ([], []),
        ([0], [1]),
        ([0] * 64, [64]),  # 64 openings of 64 KiB are 4 MiB
        ([0] * 65, [64, 1]),
        ([100 * MIB, 0, 0], [1, 2]),
        ([0, 100 * MIB, 0], [1, 1, 1]),
        ([3 * MIB, MIB // 2, MIB // 2], [2, 1]),
    ],
)
def test_objects_share_a_task_by_their_bytes(sizes: List[int], tasks: List[int]) -> None:
    divided = object_tasks({f"{at}": size for at, size in enumerate(sizes)})
    assert [len(keys) for keys in divided] == tasks
    assert [key for keys in divided for key in keys] == [f"{at}" for at in range(len(sizes))]


BODY = bytes(at * at % 251 for at in range(3 * MIB + 17))


class BreakingStore(BaseHTTPRequestHandler):
    """Serves one object, and ends each of the first connections after a part of what it promised."""

    parts: ClassVar[List[int]] = []
    etag = '"1"'
    asked: ClassVar[List[Tuple[Optional[str], Optional[str]]]] = []

    def do_GET(self) -> None:
        wanted, match = self.headers.get("Range"), self.headers.get("If-Match")
        self.asked.append((wanted, match))
        start = int(wanted[len("bytes=") : -1]) if wanted else 0
        changed = match not in (None, self.etag)
        body = b"" if changed else BODY[start:]
        self.send_response(412 if changed else 206 if wanted else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", self.etag)
        self.end_headers()
        self.wfile.write(body[: self.parts.pop(0)] if self.parts else body)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def breaking() -> Iterator[Any]:
    """Return a client of a store that breaks."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BreakingStore)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    BreakingStore.asked = []
    options: Dict[str, Any] = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    yield boto3.client("s3", endpoint_url=f"http://127.0.0.1:{server.server_port}", **options)
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_connection_that_breaks_is_taken_up_where_it_broke(breaking: Any) -> None:
    BreakingStore.parts = [MIB + 5, 0, 7]
    assert b"".join(object_chunks(breaking, "lake", "a")) == BODY
    assert BreakingStore.asked[0] == (None, None)
    assert all(match == '"1"' for wanted, match in BreakingStore.asked if wanted is not None)
    assert len(BreakingStore.asked) == 4


def test_a_connection_that_always_breaks_is_given_up(breaking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BREAKS", 3)
    BreakingStore.parts = [1] * 100
    with pytest.raises(IncompleteReadError, match=f"1 read, but total bytes expected is {len(BODY) - 3}"):
        list(object_chunks(breaking, "lake", "a"))
    assert len(BreakingStore.asked) == 4


def test_the_rest_of_another_object_is_never_put_behind_the_first(
    breaking: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    BreakingStore.parts = [MIB + 5]
    chunks = object_chunks(breaking, "lake", "a")
    next(chunks)
    monkeypatch.setattr(BreakingStore, "etag", '"2"')
    with pytest.raises(breaking.exceptions.ClientError, match="412"):
        list(chunks)
