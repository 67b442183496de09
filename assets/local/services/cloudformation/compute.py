"""The types that carry code or definitions: functions, state machines, Spark applications."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from typing import Any

from moto.cloudformation.exceptions import ValidationError

from local.services.cloudformation.resource_type import Created, Properties, Request, ResourceType

_WITHOUT_EMULATION = ("RuntimeManagementConfig", "RecursiveLoop", "SnapStart")
"""Function properties that change nothing here: how AWS patches, guards and pre-starts its own workers."""


def _state_machine(properties: Properties) -> list[Request]:
    definition = properties.get("DefinitionString") or json.dumps(properties["Definition"])
    for name, value in (properties.get("DefinitionSubstitutions") or {}).items():
        definition = definition.replace(f"${{{name}}}", str(value))
    parameters = {"name": properties["StateMachineName"], "definition": definition, "type": "STANDARD"}
    renamed = {"DefinitionString", "Definition", "DefinitionSubstitutions", "StateMachineName", "StateMachineType"}
    if "StateMachineType" in properties:
        parameters["type"] = properties["StateMachineType"]
    rest = {name: value for name, value in properties.items() if name not in renamed}
    return [("CreateStateMachine", {**parameters, **rest})]


def _function(properties: Properties) -> list[Request]:
    if not str(properties.get("Runtime", "")).startswith("nodejs"):
        got = f"function '{properties['FunctionName']}': got runtime '{properties.get('Runtime')}'"
        raise ValidationError(message=f"{got}, expected one of Node.js; leave it out where the stack runs locally")
    code = dict(properties["Code"])
    if "ZipFile" in code:
        code["ZipFile"] = _inline_zip(code["ZipFile"])
    dropped = (*_WITHOUT_EMULATION, "ReservedConcurrentExecutions", "Code")
    parameters = {name: value for name, value in properties.items() if name not in dropped}
    requests: list[Request] = [("CreateFunction", {**parameters, "Code": code})]
    reserved = properties.get("ReservedConcurrentExecutions")
    if reserved is not None:
        limit = {"FunctionName": properties["FunctionName"], "ReservedConcurrentExecutions": reserved}
        requests.append(("PutFunctionConcurrency", limit))
    return requests


def _inline_zip(source: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.js", source)
    return content.getvalue()


def _application(properties: Properties) -> list[Request]:
    return [("CreateApplication", {**properties, "ClientToken": str(uuid.uuid4())})]


def _answered(name: str) -> Any:
    def attribute(created: Created) -> str:
        return str(created.response[name])

    return attribute


STATE_MACHINE = ResourceType(
    "AWS::StepFunctions::StateMachine",
    "stepfunctions",
    name_property="StateMachineName",
    requests=_state_machine,
    ref=_answered("stateMachineArn"),
    attributes={
        "Arn": _answered("stateMachineArn"),
        "Name": lambda created: created.name,
        "StateMachineRevisionId": lambda created: "INITIAL",
    },
)
FUNCTION = ResourceType(
    "AWS::Lambda::Function",
    "lambda",
    name_property="FunctionName",
    requests=_function,
    attributes={"Arn": _answered("FunctionArn")},
)
APPLICATION = ResourceType(
    "AWS::EMRServerless::Application",
    "emr-serverless",
    name_property="Name",
    requests=_application,
    ref=_answered("applicationId"),
    attributes={"ApplicationId": _answered("applicationId"), "Arn": _answered("arn")},
)
