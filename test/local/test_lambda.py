"""Functions in Node: the deployed code, its errors, its time limit, and its isolation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.server import Server
from local.template import Deployed


def _invoke(server: Server, sample: Deployed, event: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    answer = server.runtime.client("lambda").invoke(
        FunctionName=sample.outputs["FunctionName"], Payload=json.dumps(event).encode()
    )
    return json.loads(answer["Payload"].read()), answer.get("FunctionError")


def test_handler_gets_the_event_and_the_deployed_environment(server: Server, sample: Deployed) -> None:
    server.runtime.client("s3").put_object(Bucket=sample.outputs["LakeBucketName"], Key="lambda/part", Body=b"{}")
    result, error = _invoke(server, sample, {"key": "lambda/part", "records": 3})
    assert error is None
    assert (result["key"], result["attempted"]) == ("lambda/part", 3)


def test_process_is_kept_between_invocations(server: Server, sample: Deployed) -> None:
    first, _ = _invoke(server, sample, {})
    second, _ = _invoke(server, sample, {})
    assert second["attempts"] == first["attempts"] + 1


def test_thrown_error_becomes_the_function_error(server: Server, sample: Deployed) -> None:
    result, error = _invoke(server, sample, {"key": "lambda/absent"})
    assert error == "Unhandled"
    assert result["errorType"] == "NoSuchKey"


@pytest.fixture
def one_second(server: Server, sample: Deployed) -> Iterator[None]:
    """Give the function the shortest timeout that there is."""
    change = server.runtime.client("lambda").update_function_configuration
    change(FunctionName=sample.outputs["FunctionName"], Timeout=1)
    yield
    change(FunctionName=sample.outputs["FunctionName"], Timeout=2)


@pytest.mark.usefixtures("one_second")
def test_time_limit_ends_the_invocation_and_the_next_one_starts_anew(server: Server, sample: Deployed) -> None:
    result, error = _invoke(server, sample, {"hang": True})
    assert error == "Unhandled"
    assert result == {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 1.00 seconds"}
    assert _invoke(server, sample, {})[0]["attempts"] == 1


def test_a_process_that_ends_fails_its_invocation_and_the_next_one_starts_anew(
    server: Server, sample: Deployed
) -> None:
    result, error = _invoke(server, sample, {"exit": 3})
    assert error == "Unhandled"
    assert result == {"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited with error: exit status 3"}
    assert _invoke(server, sample, {})[0]["attempts"] == 1


def test_function_cannot_leave_the_machine(server: Server, sample: Deployed) -> None:
    result, error = _invoke(server, sample, {"outside": True})
    assert error == "Unhandled"
    assert "192.0.2.1" in json.dumps(result)


def test_calls_of_a_function_are_signed_by_its_role(server: Server, sample: Deployed) -> None:
    _invoke(server, sample, {"key": "lambda/absent"})
    roles = {call["role"] for call in server.runtime.journal.calls("s3", "GetObject") if call["role"]}
    assert any(role.startswith("Sample-PublisherRole") for role in roles)


def test_ended_invocations_are_announced(server: Server, sample: Deployed) -> None:
    heard: list[tuple[str, bool]] = []
    server.runtime.invocations.append(lambda name, failed, seconds: heard.append((name, failed)))
    _invoke(server, sample, {})
    _invoke(server, sample, {"key": "lambda/absent"})
    assert heard == [(sample.outputs["FunctionName"], False), (sample.outputs["FunctionName"], True)]
