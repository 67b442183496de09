"""Runs each job with `spark-submit`: a new JVM each time, as the service does. The honest, slow way."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from local.process_group import wait
from local.spark.job import SparkJob, StartHook, start
from local.spark.settings import (
    HEAP,
    JVM_FLAGS,
    MASTER,
    check_jars,
    class_path,
    credential_properties,
    worker_environment,
)


class SubmitLauncher:
    """Starts one `spark-submit` per job."""

    def __init__(self, jars_dir: Path | None) -> None:
        self._jars_dir = jars_dir

    def run(self, job: SparkJob, timeout: float, on_start: StartHook) -> int | None:
        """Run a job in a JVM of its own; see `Launcher`."""
        check_jars(job.settings, self._jars_dir)
        process = start(job, submit_command(job, class_path(self._jars_dir)), submit_environment(job))
        on_start(process)
        return wait(process, timeout)

    def close(self) -> None:
        """Nothing runs between jobs."""


def submit_command(job: SparkJob, jars: str) -> list[str]:
    """Return the `spark-submit` command line of a job."""
    properties = [f"-D{name}={value}" for name, value in credential_properties(job.environment).items()]
    settings = {
        **job.settings,
        **worker_environment(job.environment),
        "spark.driver.extraJavaOptions": shlex.join([*shlex.split(JVM_FLAGS), *properties]),
    }
    if jars:
        settings["spark.driver.extraClassPath"] = jars
    command = [str(spark_home() / "bin" / "spark-submit"), "--master", MASTER, "--driver-memory", HEAP]
    for name, value in sorted(settings.items()):
        command += ["--conf", f"{name}={value}"]
    if job.py_files:
        command += ["--py-files", ",".join(map(str, job.py_files))]
    return [*command, str(job.entry_point), *job.arguments]


def submit_environment(job: SparkJob) -> dict[str, str]:
    """Return the environment of a job's driver: this Python, this Spark, loopback only."""
    return {
        **python_environment(),
        **job.environment,
        "SPARK_HOME": str(spark_home()),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
    }


def python_environment() -> dict[str, str]:
    """Return what a job inherits from this process: neither its Python path nor its AWS variables."""
    hidden = ("AWS_", "PYTHON", "PYSPARK_", "MOTO_")
    return {name: value for name, value in os.environ.items() if not name.startswith(hidden)}


def spark_home() -> Path:
    """Return the Spark distribution inside the installed pyspark package."""
    import pyspark  # half a second, needed by jobs only

    return Path(str(pyspark.__file__)).parent
