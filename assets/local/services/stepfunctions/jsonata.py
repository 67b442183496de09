"""JSONata for the interpreter, which vendors its syntax but not its evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from moto.stepfunctions.parser.asl.jsonata import jsonata

from local.node_host import HostEnded, HostTimeout, NodeHost
from local.patching import replace_imported
from local.runtime import Runtime
from local.services.stepfunctions.clients import PARSER

_PROGRAM = Path(__file__).with_suffix(".js")
LIMIT_SECONDS = 10.0
"""How long an expression may take; one that takes a second is out of the ordinary."""


class Expressions:
    """Evaluates expressions in Node, each within the same time."""

    def __init__(self, node_path: str, limit: float = LIMIT_SECONDS):
        self._host = NodeHost(_PROGRAM, {"NODE_PATH": node_path})
        self._limit = limit

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression; raise JSONataException when it fails, has none or takes too long."""
        try:
            reply = self._host.ask(expression, self._limit)
        except HostTimeout:
            message = f"got no value within {self._limit:g} seconds, expected one; the expression may not end"
            raise jsonata.JSONataException("UNKNOWN", message) from None
        except HostEnded as error:
            raise jsonata.JSONataException("UNKNOWN", f"the JSONata process ended: {error}\n{error.log}") from None
        if reply.error is not None:
            raise jsonata.JSONataException("UNKNOWN", reply.error["message"])
        return reply.result

    def close(self) -> None:
        """End the Node process."""
        self._host.close()


def install(runtime: Runtime) -> None:
    """Evaluate in Node, and declare variables as JSON: the vendored code breaks on a text with a quote in it."""
    expressions = Expressions(runtime.node_path)
    runtime.workers.append(expressions)

    def eval_jsonata_expression(jsonata_expression: str) -> Any:
        return expressions.evaluate(jsonata_expression)

    def encode_jsonata_variable_declarations(bindings: dict[str, Any]) -> str:
        return "".join(f"{name}:={json.dumps(value, default=str)};" for name, value in bindings.items())

    replace_imported(PARSER, jsonata.eval_jsonata_expression, eval_jsonata_expression)
    replace_imported(PARSER, jsonata.encode_jsonata_variable_declarations, encode_jsonata_variable_declarations)
