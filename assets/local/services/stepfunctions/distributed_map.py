"""Distributed Map as the service runs it: child executions that see their item only, and a failure threshold."""

from __future__ import annotations

from typing import Any

from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import distributed_iteration_component
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
    distributed_item_processor_worker,
)
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore

from local.patching import wrap
from local.runtime import Runtime


def install(runtime: Runtime) -> None:
    """Fail a map whose children failed, hide outer variables from them, and audit the calls behind them."""
    component = distributed_iteration_component.DistributedIterationComponent
    wrap(component, "_map_run", lambda stock: _audited(runtime, _failing(stock)))
    wrap(distributed_item_processor_worker.DistributedItemProcessorWorker, "_eval_input", _without_outer_variables)


def _without_outer_variables(stock: Any) -> Any:
    """A child execution cannot read the parent's variables; only its item, as the ItemSelector made it."""

    new_store: Any = VariableStore

    def eval_input(self: Any, env_frame: Any) -> None:
        stock(self, env_frame=env_frame)
        env_frame.variable_store = new_store()

    return eval_input


def _failing(stock: Any) -> Any:
    """The vendored map succeeds with null outputs whatever its children do."""

    def map_run(self: Any, env: Any, eval_input: Any) -> None:
        stock(self, env=env, eval_input=eval_input)
        counts = eval_input.map_run_record.item_counter
        failed = sum(count.get() for count in (counts.failed, counts.timed_out, counts.aborted))
        total = counts.total.get()
        share = 100.0 * failed / total if total else 0.0
        if failed > eval_input.tolerated_failure_count and share > eval_input.tolerated_failure_percentage:
            raise FailureEventException(_threshold_exceeded(env, failed, total))

    return map_run


def _threshold_exceeded(env: Any, failed: int, total: int) -> FailureEvent:
    name = StatesErrorName(typ=StatesErrorNameType.StatesExceedToleratedFailureThreshold)
    cause = f"The specified tolerated failure threshold was exceeded: {failed} of {total} items failed"
    details: Any = {"taskFailedEventDetails": {"error": name.error_name, "cause": cause}}
    return FailureEvent(
        env=env,
        error_name=name,
        event_type=HistoryEventType.MapRunFailed,
        event_details=details,
    )


def _audited(runtime: Runtime, stock: Any) -> Any:
    """A state machine with a Distributed Map starts itself: its role needs permission to do so."""

    def map_run(self: Any, env: Any, eval_input: Any) -> None:
        machine = env.states.context_object.context_object_data["StateMachine"]["Id"]
        runtime.audit.check(env.aws_execution_details.role_arn, "states:StartExecution", machine)
        stock(self, env=env, eval_input=eval_input)

    return map_run
