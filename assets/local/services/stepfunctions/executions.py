"""Executions: their names, their context, the simulated times in it, and who is told when they end."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timezone
from typing import Any

from moto.core.config import default_user_config
from moto.stepfunctions.parser import models
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.backend import execution as execution_module
from moto.stepfunctions.parser.backend import execution_worker

from local.clock import iso_instant
from local.patching import wrap
from local.runtime import ExecutionEnd, Runtime


def install(runtime: Runtime) -> None:
    """Use the real interpreter, and give its executions what the service gives them."""
    default_user_config["stepfunctions"]["execute_state_machine"] = True
    wrap(models.StepFunctionsParserBackend, "start_execution", _named)
    wrap(execution_worker.ExecutionWorker, "_get_evaluation_environment", lambda stock: _with_redrives(runtime, stock))
    wrap(CommonStateField, "_eval_state_input", lambda stock: _with_simulated_times(runtime, stock))
    wrap(execution_worker.ExecutionWorker, "_execution_logic", lambda stock: _failing_visibly(runtime, stock))
    communication = execution_module.BaseExecutionWorkerCommunication
    wrap(communication, "terminated", lambda stock: _telling_listeners(runtime, stock))


def _named(stock: Any) -> Any:
    """Name an execution that was started without one, as the service does; moto's would be called None."""

    def start_execution(self: Any, state_machine_arn: str, name: str | None = None, *rest: Any, **named: Any) -> Any:
        return stock(self, state_machine_arn, name or str(uuid.uuid4()), *rest, **named)

    return start_execution


def _with_redrives(runtime: Runtime, stock: Any) -> Any:
    """Supply `Execution.RedriveCount`, always 0 here, and a simulated start time."""

    def environment(self: Any) -> Any:
        env = stock(self)
        context = env.states.context_object.context_object_data["Execution"]
        context["RedriveCount"] = 0
        context["StartTime"] = iso_instant(runtime.clock.now())
        return env

    return environment


def _with_simulated_times(runtime: Runtime, stock: Any) -> Any:
    """Supply `State.EnteredTime` from the simulated clock, and `State.RetryCount` to states that never retry."""

    def eval_state_input(self: Any, env: Any) -> None:
        state = env.states.context_object.context_object_data["State"]
        state["EnteredTime"] = iso_instant(runtime.clock.now())
        state.setdefault("RetryCount", 0)
        stock(self, env)

    return eval_state_input


def _failing_visibly(runtime: Runtime, stock: Any) -> Any:
    """Fail an execution on which the interpreter itself stumbled; it would stay RUNNING for ever."""

    def execution_logic(self: Any) -> None:
        try:
            stock(self)
        except Exception as error:
            execution = self._execution_communication.execution
            if execution.exec_status != ExecutionStatus.RUNNING:
                raise
            execution.exec_status = ExecutionStatus.FAILED
            execution.error = "States.Runtime"
            execution.cause = json.dumps({"interpreter": repr(error)})
            execution.stop_date = datetime.now(timezone.utc)
            _announce(runtime, execution)

    return execution_logic


def _telling_listeners(runtime: Runtime, stock: Any) -> Any:
    def terminated(self: Any) -> None:
        stock(self)
        _announce(runtime, self.execution)

    return terminated


def _announce(runtime: Runtime, execution: Any) -> None:
    seconds = (execution.stop_date - execution.start_date).total_seconds()
    end = ExecutionEnd(execution.state_machine.arn, execution.exec_arn, execution.exec_status.value, seconds)
    for listener in runtime.executions:
        listener(end)
