"""One running local runtime for every test of this folder: moto's state belongs to the process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from execution_runner import Executions, Run
from sample_assembly import DONE, write_assembly

from local.server import Server, Settings
from local.services import emrserverless
from local.template import Deployed, deploy

NODE_MODULES = Path(__file__).parents[2] / "node_modules"
CLOCK_START = datetime(2025, 10, 23, 22, 42, tzinfo=timezone.utc)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A runtime whose clock starts two minutes after the end of a slot; its jobs use no table, and so no jars."""
    no_jars = tmp_path_factory.mktemp("jars")
    settings = Settings(tmp_path_factory.mktemp("state"), str(NODE_MODULES), jars_dir=no_jars, now=CLOCK_START)
    running = Server(settings)
    running.start()
    if any("jobs" in getattr(item, "fixturenames", ()) for item in request.session.items):
        emrserverless.warm_up(running.runtime)
    yield running
    running.close()


@pytest.fixture(scope="session")
def sample(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """The sample stack, deployed once."""
    return deploy(server.runtime, write_assembly(tmp_path_factory.mktemp("assembly") / "cdk.out", DONE))


@pytest.fixture(scope="session")
def run(server: Server, sample: Deployed) -> Run:
    """Run a definition as the sample's state machine role."""
    executions = Executions(server)

    def run_definition(states: dict[str, Any], value: Any = None) -> dict[str, Any]:
        definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
        return executions.run(sample.outputs["MachineRoleArn"], definition, value)

    return run_definition
