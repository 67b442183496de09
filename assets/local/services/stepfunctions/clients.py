"""How the interpreter reaches other services: our endpoint, signed by the state machine's role."""

from __future__ import annotations

from typing import Any

from botocore.model import OperationModel
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service,
    state_task_service_aws_sdk,
)
from moto.stepfunctions.parser.asl.utils import boto_client

from local.patching import replace, replace_imported
from local.runtime import Runtime

PARSER = "moto.stepfunctions.parser"

BOTO_NAMES = {
    "cloudwatchlogs": "logs",
    "emrserverless": "emr-serverless",
    "eventbridge": "events",
    "sagemakerfeaturestoreruntime": "sagemaker-featurestore-runtime",
    "sfn": "stepfunctions",
    "states": "stepfunctions",
}
"""Service names in ASL that botocore spells differently."""

_ERROR_PREFIXES = {
    "cloudwatch": "CloudWatch",
    "emrserverless": "EmrServerless",
    "glue": "Glue",
    "s3": "S3",
    "sagemaker": "SageMaker",
    "sagemakerfeaturestoreruntime": "SageMakerFeatureStoreRuntime",
    "sns": "Sns",
    "sqs": "Sqs",
    "ssm": "Ssm",
}


def install(runtime: Runtime) -> None:
    """Send the interpreter's calls here; it would sign with no role, and to a fixed port."""

    def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        role_arn = getattr(state_credentials, "role_arn", None)
        return runtime.client(BOTO_NAMES.get(service, service), role_arn)

    replace_imported(PARSER, boto_client.boto_client_for, boto_client_for)
    state_task_service.StateTaskService._SERVICE_NAME_SFN_TO_BOTO_OVERRIDES.update(BOTO_NAMES)
    state_task_service_aws_sdk._SERVICE_ERROR_NAMES.update(_ERROR_PREFIXES)
    task = state_task_service_aws_sdk.StateTaskServiceAwsSdk
    replace(task, "_normalise_parameters", parameters_by_shape(runtime))
    replace(task, "_normalise_response", response_by_shape(runtime))


def operation_model(runtime: Runtime, service: str, action: str) -> OperationModel:
    """Return botocore's model of an ASL action; raise LookupError when the service has none of that name."""
    model = runtime.client(BOTO_NAMES.get(service, service)).meta.service_model
    for name in model.operation_names:
        if name.lower() == action.lower():
            operation: OperationModel = model.operation_model(name)
            return operation
    raise LookupError(f"{service}: got action {action}, expected one of its API")


def parameters_by_shape(runtime: Runtime) -> Any:
    """Return a method that turns a task's PascalCase parameters into the API's own spelling, in place."""

    def normalise_parameters(self: Any, parameters: dict[str, Any], *_: Any, **__: Any) -> None:
        shape = operation_model(runtime, self._get_boto_service_name(), self.resource.api_action).input_shape
        if shape is not None:
            self._to_boto_request(parameters, shape)

    return normalise_parameters


def response_by_shape(runtime: Runtime) -> Any:
    """Return a method that turns a response into PascalCase and plain JSON values, in place."""

    def normalise_response(self: Any, response: Any, *_: Any, **__: Any) -> None:
        shape = operation_model(runtime, self._get_boto_service_name(), self.resource.api_action).output_shape
        if isinstance(response, dict) and shape is not None:
            response.pop("ResponseMetadata", None)
            self._from_boto_response(response, shape)
            make_plain(response)

    return normalise_response


def make_plain(value: Any) -> None:
    """Turn times inside a response into ISO-8601 text, in place: an execution's output must be JSON."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        if hasattr(item, "isoformat"):
            value[key] = item.isoformat().replace("+00:00", "Z")
        else:
            make_plain(item)
