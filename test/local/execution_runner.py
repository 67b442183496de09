"""Running state machines in tests, and waiting for them without asking again and again."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.runtime import ExecutionEnd
from local.server import Server

Run = Callable[..., dict[str, Any]]


@dataclass
class Executions:
    """Waits for executions without asking again and again."""

    server: Server

    def __post_init__(self) -> None:
        self._ended: dict[str, threading.Event] = {}
        self._lock = threading.Lock()
        self._names = itertools.count()
        self.server.runtime.executions.append(self._note)

    def run(self, role_arn: str, definition: dict[str, Any], value: Any = None) -> dict[str, Any]:
        """Create a machine, run it once and return its description with a parsed output."""
        client = self.server.runtime.client("stepfunctions")
        name = f"probe-{next(self._names)}"
        machine = client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role_arn)
        started = client.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps(value or {}))
        assert self._event(started["executionArn"]).wait(30), "the execution did not end"
        description: dict[str, Any] = client.describe_execution(executionArn=started["executionArn"])
        if "output" in description:
            description["output"] = json.loads(description["output"])
        return description

    def _note(self, end: ExecutionEnd) -> None:
        self._event(end.execution_arn).set()

    def _event(self, execution_arn: str) -> threading.Event:
        with self._lock:
            return self._ended.setdefault(execution_arn, threading.Event())
