"""The deployed functions, each in a Node process of its own that is kept warm between invocations."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import threading
import time
import uuid
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from local.node_host import HostEnded, HostTimeout, NodeHost
from local.runtime import Runtime

_PROGRAM = Path(__file__).with_name("function.js")
_DEFAULT_TIMEOUT_SECONDS = 3


class Outcome(NamedTuple):
    """What an invocation gave: its JSON payload, whether that is an error, its log, and how long it took."""

    payload: str
    failed: bool
    logs: str
    seconds: float


class FunctionError(Exception):
    """A function that cannot run here."""


class Workers:
    """The running functions; one process each, so one invocation of a function at a time."""

    def __init__(self, runtime: Runtime):
        self._runtime = runtime
        self._workers: dict[str, _Worker] = {}
        self._lock = threading.Lock()

    def invoke(self, function: Any, event: Any) -> Outcome:
        """Run the function's handler on the event, in its process and within its timeout."""
        started = time.monotonic()
        payload, failed, logs = self._worker(function).call(event, float(function.timeout or _DEFAULT_TIMEOUT_SECONDS))
        return Outcome(json.dumps(payload), failed, logs, time.monotonic() - started)

    def close(self) -> None:
        """End every function's process."""
        with self._lock:
            for worker in self._workers.values():
                worker.close()
            self._workers.clear()

    def _worker(self, function: Any) -> _Worker:
        with self._lock:
            worker = self._workers.get(function.function_arn)
            if worker is None or worker.sha != function.code_sha_256:
                if worker is not None:
                    worker.close()
                worker = self._workers[function.function_arn] = _Worker(self._runtime, function)
            return worker


class _Worker:
    def __init__(self, runtime: Runtime, function: Any):
        if not (function.run_time or "").startswith("nodejs"):
            raise FunctionError(f"{function.function_name}: got runtime {function.run_time}, expected a nodejs runtime")
        self.sha = function.code_sha_256
        self._directory = Path(tempfile.mkdtemp(prefix="function-", dir=runtime.state_dir))
        with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
            archive.extractall(self._directory)
        self._host = NodeHost(_PROGRAM, _environment(runtime, function, self._directory), self._directory)

    def call(self, event: Any, timeout: float) -> tuple[Any, bool, str]:
        try:
            reply = self._host.ask({"event": event, "id": str(uuid.uuid4()), "seconds": timeout}, timeout)
        except HostTimeout as error:
            return _error("Sandbox.Timedout", f"Task timed out after {timeout:.2f} seconds"), True, error.log
        except HostEnded as error:
            return _error("Runtime.ExitError", f"Runtime exited with error: {error}"), True, error.log
        if reply.error is None:
            return reply.result, False, reply.log
        thrown = _error(reply.error["name"], reply.error["message"])
        return {**thrown, "trace": reply.error["stack"]}, True, reply.log

    def close(self) -> None:
        self._host.close()
        shutil.rmtree(self._directory, ignore_errors=True)


def _environment(runtime: Runtime, function: Any, directory: Path) -> dict[str, str]:
    return {
        **{name: str(value) for name, value in (function.environment_vars or {}).items()},
        "HOME": str(directory),
        "NODE_PATH": runtime.node_path,
        "_HANDLER": function.handler,
        "LAMBDA_TASK_ROOT": str(directory),
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
        "LOCAL_FUNCTION_ARN": function.function_arn,
        **runtime.child_environment(function.role),
    }


def _error(error_type: str, message: str) -> dict[str, Any]:
    return {"errorType": error_type, "errorMessage": message}
