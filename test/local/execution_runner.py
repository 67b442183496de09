"""Running state machines in tests, and waiting for them without asking again and again."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

from local.ends import Ends
from local.server import Server

Run = Callable[..., dict[str, Any]]


class Executions:
    """The executions of one runtime."""

    def __init__(self, server: Server) -> None:
        self._client = server.runtime.client("stepfunctions")
        self._ends: Ends[str] = Ends()
        self._names = itertools.count()
        server.runtime.executions.append(lambda end: self._ends.add(end.execution_arn, end.status))

    def run(self, role_arn: str, definition: dict[str, Any], value: Any = None) -> dict[str, Any]:
        """Create a machine, run it once and return its description with a parsed output."""
        name = f"probe-{next(self._names)}"
        machine = self._client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role_arn)
        started = self._client.start_execution(
            stateMachineArn=machine["stateMachineArn"], input=json.dumps(value or {})
        )
        assert self._ends.wait(started["executionArn"], 30), "the execution did not end"
        description: dict[str, Any] = self._client.describe_execution(executionArn=started["executionArn"])
        if "output" in description:
            description["output"] = json.loads(description["output"])
        return description
