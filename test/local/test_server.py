"""The process: its command line, its control routes, its journal and its faults."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from local.middleware import without_kms_headers
from local.server import Server
from local.template import Deployed

ROOT = Path(__file__).parents[2]


def _ask(server: Server, method: str, name: str, body: dict[str, Any] | None = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"{server.endpoint}/_local/{name}", data=data, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


@pytest.fixture
def faults(server: Server) -> Iterator[None]:
    yield
    _ask(server, "DELETE", "faults")


def _command(tmp_path: Path, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "local", "serve", "--state", str(tmp_path), "--node-path"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.Popen(
        [*command, str(ROOT / "node_modules"), "--now", "2025-10-23T22:42:00Z"],
        env={**inherited, "PYTHONPATH": str(ROOT / "assets"), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_command_announces_its_endpoint_and_ends_with_its_input(tmp_path: Path) -> None:
    with _command(tmp_path) as process:
        assert process.stdout is not None
        endpoint = json.loads(process.stdout.readline())["endpoint"]
        with urllib.request.urlopen(f"{endpoint}/_local/clock") as answer:
            assert json.loads(answer.read()) == {"now": "2025-10-23T22:42:00.000Z"}
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


def test_command_refuses_real_credentials(tmp_path: Path) -> None:
    with _command(tmp_path, AWS_PROFILE="production") as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert errors == "environment: got AWS_PROFILE, expected no real AWS credentials; unset them\n"


def test_clock_only_moves_forwards(server: Server) -> None:
    now = _ask(server, "GET", "clock")
    assert _ask(server, "POST", "clock", now) == now
    with pytest.raises(urllib.error.HTTPError) as refused:
        _ask(server, "POST", "clock", {"now": "2020-01-01T00:00:00Z"})
    assert refused.value.code == 400


@pytest.mark.parametrize(("method", "name"), [("POST", "nothing"), ("GET", "fire"), ("DELETE", "alarms")])
def test_unknown_control_is_not_found(server: Server, method: str, name: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        _ask(server, method, name)
    assert refused.value.code == 404
    assert f"{method} /_local/{name}: got no such control route" in refused.value.read().decode()


def test_missing_field_of_a_control_is_named(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        _ask(server, "POST", "deploy", {})
    assert "got no field 'assembly'" in refused.value.read().decode()


def test_journal_has_operation_and_outcome_of_a_call(server: Server, sample: Deployed) -> None:
    with pytest.raises(ClientError):
        server.runtime.client("s3").get_object(Bucket=sample.outputs["LakeBucketName"], Key="journal/absent")
    last = _ask(server, "GET", "journal?service=s3&operation=GetObject")[-1]
    assert (last["operation"], last["status"], last["role"]) == ("GetObject", 404, None)
    assert last["time"].startswith("2025-")


@pytest.mark.parametrize(
    ("signing_name", "client", "operation"),
    [
        ("s3", "s3", "ListBuckets"),
        ("kinesis", "kinesis", "ListStreams"),
        ("sns", "sns", "ListTopics"),
        ("emr-serverless", "emr-serverless", "ListApplications"),
        ("monitoring", "cloudwatch", "DescribeAlarms"),
    ],
)
def test_fault_refuses_one_call(server: Server, faults: None, signing_name: str, client: str, operation: str) -> None:
    rule = {"service": signing_name, "operation": operation, "error": "ThrottlingException", "status": 429}
    _ask(server, "POST", "faults", rule)
    call = getattr(server.runtime.client(client), xform_name(operation))
    with pytest.raises(ClientError, match="ThrottlingException"):
        call()
    call()


def test_entry_fault_is_used_up_at_its_positions(server: Server, faults: None) -> None:
    rule = {"operation": "BatchWriteRecord", "entries": "unprocessed", "index": [1], "count": 1}
    _ask(server, "POST", "faults", rule)
    used = [server.runtime.faults.entry_fault("BatchWriteRecord", position) for position in (0, 1, 1)]
    assert used == [None, "unprocessed", None]


def test_unknown_field_of_a_fault_is_refused(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        _ask(server, "POST", "faults", {"service": "s3", "operation": "*", "chance": 0.5})
    assert refused.value.code == 400


def test_key_headers_are_dropped_and_others_kept() -> None:
    """S3A copies a KMS key id into its next request, and its SDK then refuses plain http."""
    headers = [("X-Amz-Server-Side-Encryption", "aws:kms"), ("ETag", "e")]
    assert without_kms_headers(headers) == [("ETag", "e")]
