"""JSONata for the interpreter, which vendors its syntax but not its evaluation."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

from moto.stepfunctions.parser.asl.jsonata import jsonata

from local.patching import replace_imported
from local.runtime import Runtime
from local.services.stepfunctions.clients import PARSER

_HOST = Path(__file__).with_name("jsonata_host.js")


class JsonataHost:
    """One Node process that evaluates expressions in turn, started at the first."""

    def __init__(self, node_path: str):
        self._node_path = node_path
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression; raise JSONataException when it fails or has none."""
        with self._lock:
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(expression).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        if not line:
            raise jsonata.JSONataException("UNKNOWN", "the JSONata process ended; is 'jsonata' on the node path?")
        answer = json.loads(line)
        if "error" in answer:
            raise jsonata.JSONataException("UNKNOWN", answer["error"])
        return answer["value"]

    def close(self) -> None:
        """End the Node process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            environment = {"PATH": os.environ["PATH"], "NODE_PATH": self._node_path}
            self._process = subprocess.Popen(
                ["node", str(_HOST)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
            )
        return self._process


def install(runtime: Runtime) -> None:
    """Evaluate in Node, and declare variables as JSON: the vendored code breaks on a text with a quote in it."""
    host = JsonataHost(runtime.node_path)
    runtime.workers.append(host)

    def eval_jsonata_expression(jsonata_expression: str) -> Any:
        return host.evaluate(jsonata_expression)

    def encode_jsonata_variable_declarations(bindings: dict[str, Any]) -> str:
        return "".join(f"{name}:={json.dumps(value, default=str)};" for name, value in bindings.items())

    replace_imported(PARSER, jsonata.eval_jsonata_expression, eval_jsonata_expression)
    replace_imported(PARSER, jsonata.encode_jsonata_variable_declarations, encode_jsonata_variable_declarations)
