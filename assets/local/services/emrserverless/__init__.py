"""EMR Serverless: moto registers applications and runs; runs become real Spark jobs here."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from botocore import xform_name
from moto.emrserverless import models
from moto.emrserverless.exceptions import ValidationException
from moto.emrserverless.models import EMRServerlessBackend
from moto.emrserverless.responses import EMRServerlessResponse

from local.patching import replace, wrap
from local.runtime import Runtime
from local.services.emrserverless.runs import JobRuns, java_environment
from local.spark.job import Launcher
from local.spark.submit import SubmitLauncher
from local.spark.warm import WarmLauncher

JARS_VARIABLE = "LOCAL_SPARK_JARS"
"""The environment variable that names the directory of the jars when the command line does not."""
KEPT_CONFIGURATIONS = ("MonitoringConfiguration", "Architecture", "SchedulerConfiguration", "RuntimeConfiguration")


def install(runtime: Runtime) -> None:
    """Make job runs run."""
    launcher = _launcher(runtime)
    runtime.workers.append(launcher)
    runs = JobRuns(runtime, launcher)
    replace(models, "JOB_STATUS", "SUBMITTED")
    _start_runs(runs)
    _cancel_runs(runs)
    wrap(EMRServerlessResponse, "create_application", _keeping_configurations)


def warm_up(runtime: Runtime) -> None:
    """Start the JVM that is kept warm, if there is to be one, ahead of the first job and in the background."""
    for worker in runtime.workers:
        if isinstance(worker, WarmLauncher):
            worker.warm_up()


def _launcher(runtime: Runtime) -> Launcher:
    default = os.environ.get(JARS_VARIABLE)
    jars_dir = runtime.jars_dir or (Path(default) if default else None)
    if runtime.spark_mode == "submit":
        return SubmitLauncher(jars_dir)
    return WarmLauncher(jars_dir, runtime.state_dir / "spark", java_environment(runtime))


def _start_runs(runs: JobRuns) -> None:
    """Stock runs have succeeded when they start, and a repeated client token starts another one."""
    lock = threading.Lock()

    def make(stock: Any) -> Any:
        def start_job_run(self: Any, application_id: str, client_token: str, *args: Any, **kwargs: Any) -> Any:
            with lock:
                for run in self.job_runs.get(application_id, []):
                    if run.client_token == client_token:
                        return run
                _start_application(self.get_application(application_id))
                run = stock(self, application_id, client_token, *args, **kwargs)
            runs.start(run)
            return run

        return start_job_run

    wrap(EMRServerlessBackend, "start_job_run", make)


def _keeping_configurations(stock: Any) -> Any:
    """Stock drops what an application says about its logs, its architecture and its queue."""

    def create_application(self: Any) -> Any:
        result = stock(self)
        application = self.emrserverless_backend.get_application(result._result["applicationId"])
        for name in KEPT_CONFIGURATIONS:
            value = self._get_param(name[0].lower() + name[1:])
            if value is not None:
                setattr(application, xform_name(name), value)
        return result

    return create_application


def _start_application(application: Any) -> None:
    if application.state not in ("CREATED", "STOPPED"):
        return
    if not (application.auto_start_configuration or {}).get("enabled", True):
        raise ValidationException(f"Application {application.id} is not started")
    application.state = "STARTED"


def _cancel_runs(runs: JobRuns) -> None:
    """Stock only writes down that a run is cancelled."""

    def make(_stock: Any) -> Any:
        def cancel_job_run(self: Any, application_id: str, job_run_id: str) -> tuple[str, str]:
            runs.cancel(self.get_job_run(application_id, job_run_id))
            return application_id, job_run_id

        return cancel_job_run

    wrap(EMRServerlessBackend, "cancel_job_run", make)
