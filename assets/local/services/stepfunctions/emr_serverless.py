"""The `emr-serverless:startJobRun[.sync]` integration, which the vendored interpreter refuses."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_factory
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

from local.identity import ACCOUNT, REGION
from local.patching import replace_imported
from local.runtime import Runtime
from local.services.stepfunctions.clients import PARSER, make_plain, parameters_by_shape, response_by_shape

_SERVICE = "emr-serverless"
_LOOK_SECONDS = 0.1
"""How soon the job of an execution that was stopped is cancelled."""
_MANAGED_RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForEMRServerlessJobRule"
_RULE_ACTIONS = ("events:PutTargets", "events:PutRule", "events:DescribeRule")


class EmrServerlessTask(StateTaskServiceCallback):
    """One run of the task: starts a job and, for `.sync`, waits until it has ended."""

    runtime: ClassVar[Runtime]

    def __init__(self) -> None:
        sync: Any = ResourceCondition.Sync
        super().__init__(supported_integration_patterns={sync})

    def _normalise_parameters(self, parameters: dict[str, Any], *_: Any, **__: Any) -> None:
        parameters_by_shape(self.runtime)(self, parameters)

    def _normalise_response(self, response: Any, *_: Any, **__: Any) -> None:
        response_by_shape(self.runtime)(self, response)

    def _get_supported_parameters(self) -> set[str]:
        return set()

    def _eval_service_task(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: dict[str, Any], state_credentials: Any
    ) -> None:
        action = self._get_boto_service_action()
        if action == "start_job_run":
            normalised_parameters.setdefault("clientToken", str(uuid.uuid4()))
        _audit(self.runtime, state_credentials.role_arn, action, self.resource.condition, normalised_parameters)
        client = self.runtime.client(_SERVICE, state_credentials.role_arn)
        response = getattr(client, action)(**normalised_parameters)
        response.pop("ResponseMetadata", None)
        env.stack.append(response)

    def _eval_integration_pattern(
        self, env: Any, resource_runtime_part: Any, normalised_parameters: dict[str, Any], state_credentials: Any
    ) -> None:
        # The vendored loop dereferences a task-token endpoint that a `.sync`-only service does not have.
        run = env.stack.pop()
        client = self.runtime.client(_SERVICE, state_credentials.role_arn)
        names = {"applicationId": run["ApplicationId"], "jobRunId": run["JobRunId"]}
        while env.is_running():
            if self.runtime.job_runs.wait(run["JobRunId"], _LOOK_SECONDS):
                env.stack.append(self._ended(env, client, client.get_job_run(**names)["jobRun"]))
                return
        client.cancel_job_run(**names)
        env.stack.append({})

    def _ended(self, env: Any, client: Any, job: dict[str, Any]) -> dict[str, Any]:
        shape = client.meta.service_model.operation_model("GetJobRun").output_shape.members["jobRun"]
        self._from_boto_response(job, shape)
        make_plain(job)
        if job["State"] == "SUCCESS":
            return job
        name = StatesErrorName(typ=StatesErrorNameType.StatesTaskFailed)
        raise FailureEventException(self._failure(env, name, to_json_str(job)))

    def _from_error(self, env: Any, ex: Exception) -> FailureEvent:
        if isinstance(ex, ClientError):
            error = ex.response["Error"]
            return self._failure(env, CustomErrorName(f"EMRServerless.{error['Code']}"), error["Message"])
        failure: FailureEvent = super()._from_error(env=env, ex=ex)
        return failure

    def _failure(self, env: Any, name: Any, cause: str) -> FailureEvent:
        failed = {
            "resource": self._get_sfn_resource(),
            "resourceType": self._get_sfn_resource_type(),
            "error": name.error_name,
            "cause": cause,
        }
        details: Any = {"taskFailedEventDetails": failed}
        return FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.TaskFailed,
            event_details=details,
        )


def install(runtime: Runtime) -> None:
    """Let the interpreter build our integration for the service name it does not support."""
    EmrServerlessTask.runtime = runtime
    stock = state_task_service_factory.state_task_service_for

    def state_task_service_for(service_name: str) -> Any:
        return EmrServerlessTask() if service_name == _SERVICE else stock(service_name)

    replace_imported(PARSER, stock, state_task_service_for)


def _audit(runtime: Runtime, role_arn: str, action: str, condition: Any, parameters: dict[str, Any]) -> None:
    """Check what the call itself does not show: the managed rule behind `.sync`, and the role passed on."""
    if condition == ResourceCondition.Sync:
        for rule_action in _RULE_ACTIONS:
            runtime.audit.check(role_arn, rule_action, _MANAGED_RULE)
    if action == "start_job_run":
        service = {"iam:PassedToService": "emr-serverless.amazonaws.com"}
        runtime.audit.check(role_arn, "iam:PassRole", parameters["executionRoleArn"], service)
