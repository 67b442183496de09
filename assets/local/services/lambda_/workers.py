"""One Node process per function: JSON lines in, marked JSON lines out, everything else is the log."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import uuid
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from local.runtime import Runtime

_HOST = Path(__file__).with_name("node_host.js")
_ANSWER_MARK = "\x1e"
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
        """Run the function's handler on the event, in its process."""
        started = time.monotonic()
        payload, failed, logs = self._worker(function).call(event, float(function.timeout or _DEFAULT_TIMEOUT_SECONDS))
        return Outcome(payload, failed, logs, time.monotonic() - started)

    def close(self) -> None:
        """End every function's process."""
        with self._lock:
            for worker in self._workers.values():
                worker.close()
            self._workers.clear()

    def _worker(self, function: Any) -> _Worker:
        with self._lock:
            worker = self._workers.get(function.function_arn)
            if worker is None or not worker.serves(function):
                if worker is not None:
                    worker.close()
                worker = self._workers[function.function_arn] = _Worker(self._runtime, function)
            return worker


class _Worker:
    def __init__(self, runtime: Runtime, function: Any):
        if not (function.run_time or "").startswith("nodejs"):
            raise FunctionError(f"{function.function_name}: got runtime {function.run_time}, expected a nodejs runtime")
        self._sha = function.code_sha_256
        self._directory = Path(tempfile.mkdtemp(prefix="function-", dir=runtime.state_dir))
        with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
            archive.extractall(self._directory)
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            ["node", str(_HOST)],
            cwd=self._directory,
            env=_environment(runtime, function, self._directory),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def serves(self, function: Any) -> bool:
        return self._process.poll() is None and self._sha == function.code_sha_256

    def call(self, event: Any, timeout: float) -> tuple[str, bool, str]:
        with self._lock:
            timer = threading.Timer(timeout, self._process.kill)
            timer.start()
            try:
                return self._exchange(event, timeout)
            except BrokenPipeError:
                return _error("Runtime.ExitError", "the function's process ended before the invocation"), True, ""
            finally:
                timer.cancel()

    def _exchange(self, event: Any, timeout: float) -> tuple[str, bool, str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"event": event, "id": str(uuid.uuid4()), "deadline": (time.time() + timeout) * 1000}
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        started = time.monotonic()
        logs: list[str] = []
        for raw in self._process.stdout:
            line = raw.decode(errors="replace")
            if line.startswith(_ANSWER_MARK):
                answer = json.loads(line[1:])
                return json.dumps(answer.get("result", answer.get("error"))), "error" in answer, "".join(logs)
            logs.append(line)
        if time.monotonic() - started >= timeout:
            return _error("Sandbox.Timedout", f"Task timed out after {timeout:.2f} seconds"), True, "".join(logs)
        return _error("Runtime.ExitError", "the function's process ended without an answer"), True, "".join(logs)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._directory, ignore_errors=True)


def _environment(runtime: Runtime, function: Any, directory: Path) -> dict[str, str]:
    return {
        **{name: str(value) for name, value in (function.environment_vars or {}).items()},
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "NODE_PATH": runtime.node_path,
        "NODE_NO_WARNINGS": "1",
        "_HANDLER": function.handler,
        "LAMBDA_TASK_ROOT": str(directory),
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
        "LOCAL_FUNCTION_ARN": function.function_arn,
        **runtime.child_environment(function.role),
    }


def _error(error_type: str, message: str) -> str:
    return json.dumps({"errorType": error_type, "errorMessage": message})
