"""Errors that end the items of an inline map and the branches of a parallel state, under the names that they have."""

from __future__ import annotations

from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration import iteration_worker
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl

from local.patching import replace
from local.runtime import Runtime


def install(runtime: Runtime) -> None:
    """Let a map and a parallel state fail with `States.TaskFailed`; stock stumbles over names of the service's own."""
    for module in (iteration_worker, branches_decl):
        replace(module, "CustomErrorName", ErrorName)
