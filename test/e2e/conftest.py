"""The example, synthesised and deployed once, for all end-to-end tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLE = PROJECT / "examples" / "card-features"
sys.path[:0] = [str(EXAMPLE), str(Path(__file__).parent)]

from demo.runtime import LocalRuntime, RuntimeOptions  # noqa: E402, the path is set above
from driver import Driver  # noqa: E402

#: After the schedule of 22:42, so that the first slot ends at 22:50.
START = datetime(2025, 10, 23, 22, 43, tzinfo=timezone.utc)


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what ``cdk synth`` of the example writes; E2E_ASSEMBLY names one that is there already."""
    given = os.environ.get("E2E_ASSEMBLY")
    if given:
        return Path(given)
    output = tmp_path_factory.mktemp("assembly") / "cdk.out"
    cdk = PROJECT / "node_modules" / ".bin" / "cdk"
    environment = {**os.environ, "CDK_DISABLE_CLI_TELEMETRY": "1"}
    command = [str(cdk), "synth", "--quiet", "--no-notices", "--output", str(output)]
    subprocess.run(command, cwd=EXAMPLE, env=environment, check=True)
    return output


@pytest.fixture(scope="session")
def platform(assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """Deploy the example to a runtime that keeps one JVM for all its jobs."""
    with LocalRuntime(RuntimeOptions(tmp_path_factory.mktemp("warm"), START)) as runtime:
        yield Driver(runtime, assembly, START)


@pytest.fixture
def platform_with_spark_submit(assembly: Path, tmp_path: Path) -> Iterator[Driver]:
    """Deploy the example to a runtime that starts Spark for each job as on a cluster."""
    with LocalRuntime(RuntimeOptions(tmp_path, START, spark="submit")) as runtime:
        yield Driver(runtime, assembly, START)
