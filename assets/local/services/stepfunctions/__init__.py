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
    waits,
)


def install(runtime: Runtime) -> None:
    """Apply every patch of this folder."""
    for patch in (clients, emr_serverless, jsonata, executions, distributed_map, integration_checks, waits):
        patch.install(runtime)
