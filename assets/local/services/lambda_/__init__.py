"""Lambda without containers: each function runs in a process of its own, kept warm between invocations."""

from __future__ import annotations

import base64
import json
import threading
from typing import Any

from moto.awslambda.models import LambdaFunction

from local.patching import replace
from local.runtime import Runtime
from local.services.lambda_.workers import Workers

_MAX_LOG_TAIL = 4096
"""Bytes of the log that an invocation returns, as the service has it."""


def install(runtime: Runtime) -> None:
    """Run functions in Node workers; moto would ask Docker."""
    workers = Workers(runtime)
    runtime.workers.append(workers)

    def invoke(self: Any, body: str | bytes, request_headers: Any, response_headers: Any) -> str | bytes:
        event = json.loads(body or "{}")
        if request_headers.get("X-Amz-Invocation-Type") == "Event":
            threading.Thread(target=_run, args=(runtime, workers, self, event), daemon=True).start()
            return ""
        payload, failed, logs = _run(runtime, workers, self, event)
        if failed:
            response_headers["x-amz-function-error"] = "Unhandled"
        response_headers["x-amz-log-result"] = base64.b64encode(logs.encode()[-_MAX_LOG_TAIL:]).decode()
        return payload.encode()

    replace(LambdaFunction, "invoke", invoke)


def _run(runtime: Runtime, workers: Workers, function: Any, event: Any) -> tuple[str, bool, str]:
    outcome = workers.invoke(function, event)
    function.logs_backend.ensure_log_group(function.logs_group_name)
    function.save_logs(outcome.logs or outcome.payload)
    for listener in runtime.invocations:
        listener(function.function_name, outcome.failed, outcome.seconds)
    return outcome.payload, outcome.failed, outcome.logs
