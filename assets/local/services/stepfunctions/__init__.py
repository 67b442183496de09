"""Step Functions: moto's vendored interpreter, made to run the platform's state machine as the service does."""

from __future__ import annotations

from local.runtime import Runtime
from local.services.stepfunctions import (
    clients,
    distributed_map,
    emr_serverless,
    executions,
    integration_checks,
    jsonata,
    nested_errors,
    waits,
)


def install(runtime: Runtime) -> None:
    """Apply every patch of this folder."""
    patches = (clients, emr_serverless, jsonata, executions, distributed_map, nested_errors, integration_checks, waits)
    for patch in patches:
        patch.install(runtime)
