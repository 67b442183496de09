"""What Step Functions checks at CreateStateMachine and the vendored interpreter does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from local.patching import wrap
from local.runtime import Runtime
from local.services.stepfunctions.clients import operation_model

_INTEGRATION = re.compile(r"arn:aws[\w-]*:states:::(?:aws-sdk:([a-z0-9]+):(\w+)|(emr-serverless):(\w+))(?:\.|$)")


def install(runtime: Runtime) -> None:
    """Refuse a definition with an unknown SDK action, or a parameter that its API does not have."""

    def checked(stock: Any) -> Any:
        def validate_definition(definition: str) -> None:
            stock(definition)
            problems = list(integration_problems(runtime, json.loads(definition)))
            if problems:
                reasons = f"SCHEMA_VALIDATION_FAILED: {'; '.join(problems)}"
                raise InvalidDefinition(message=f"Invalid State Machine Definition: '{reasons}'")

        return staticmethod(validate_definition)

    wrap(StepFunctionsParserBackend, "_validate_definition", checked)


def integration_problems(runtime: Runtime, machine: dict[str, Any], path: str = "/") -> Iterator[str]:
    """Yield what is wrong with the service integrations of a state machine, nested states included."""
    for name, state in machine["States"].items():
        nested = [*state.get("Branches", []), *(state[key] for key in ("ItemProcessor", "Iterator") if key in state)]
        for inner in nested:
            yield from integration_problems(runtime, inner, f"{path}{name}/")
        match = _INTEGRATION.match(state.get("Resource", ""))
        if match:
            yield from _task_problems(runtime, state, match, f"{path}{name}")


def _task_problems(runtime: Runtime, state: dict[str, Any], match: re.Match[str], where: str) -> Iterator[str]:
    try:
        shape = operation_model(runtime, match[1] or match[3], match[2] or match[4]).input_shape
    except (LookupError, UnknownServiceError):
        yield f"The resource provided {state['Resource']} is not recognized at {where}"
        return
    parameters = state.get("Parameters", state.get("Arguments"))
    if shape is not None and isinstance(parameters, dict):
        yield from _parameter_problems(parameters, shape, where)


def _parameter_problems(value: Any, shape: Any, where: str) -> Iterator[str]:
    if shape.type_name == "list" and isinstance(value, list):
        for position, item in enumerate(value):
            yield from _parameter_problems(item, shape.member, f"{where}[{position}]")
    if shape.type_name != "structure" or not isinstance(value, dict):
        return
    members = {name[:1].upper() + name[1:]: member for name, member in shape.members.items()}
    for key, item in value.items():
        member = members.get(key.removesuffix(".$"))
        if member is None:
            yield f'The field "{key}" is not supported by Step Functions at {where}'
        elif not key.endswith(".$"):
            yield from _parameter_problems(item, member, f"{where}.{key}")
