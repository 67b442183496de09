"""Carries job runs through their states, one thread each, on real Spark."""

from __future__ import annotations

import json
import logging
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from moto.emrserverless.models import emrserverless_backends

from local.clock import iso_instant, naive_utc
from local.identity import ACCOUNT, REGION
from local.process_group import end_group
from local.runtime import Runtime
from local.services.emrserverless.exceptions import JobFileError
from local.services.emrserverless.files import spark_job
from local.spark.exceptions import SubmitError
from local.spark.job import Launcher, SparkJob

TERMINAL = ("SUCCESS", "FAILED", "CANCELLED")
_LOG_TAIL = 1000
_log = logging.getLogger(__name__)


class JobRuns:
    """The job runs of this process; moto's own objects carry their state."""

    def __init__(self, runtime: Runtime, launcher: Launcher) -> None:
        self._runtime = runtime
        self._launcher = launcher
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()

    def start(self, run: Any) -> None:
        """Announce a submitted run and let it go."""
        run.created_at = run.updated_at = naive_utc(self._runtime.clock.now())
        self._announce(run)
        threading.Thread(target=self._carry, args=(run,), name=f"job-run-{run.id}", daemon=True).start()

    def cancel(self, run: Any) -> None:
        """End a run that has not ended by itself."""
        if self._move(run, "CANCELLED", "Job run was cancelled."):
            process = self._processes.get(run.id)
            if process is not None:
                end_group(process)

    def _carry(self, run: Any) -> None:
        started = time.monotonic()
        try:
            for state in ("PENDING", "SCHEDULED", "RUNNING"):
                self._move(run, state)
            state, details = self._execute(run)
        except (JobFileError, SubmitError) as error:
            state, details = "FAILED", str(error)
        except Exception as error:
            state, details = "FAILED", f"local runner: {error!r}"
        run.total_execution_duration_seconds = int(time.monotonic() - started)
        self._move(run, state, details)

    def _execute(self, run: Any) -> tuple[str, str]:
        directory = self._runtime.state_dir / "jobs" / run.id
        directory.mkdir(parents=True, exist_ok=True)
        environment = java_environment(self._runtime, run.execution_role_arn)
        client = self._runtime.client("s3", run.execution_role_arn)
        job = spark_job(run.job_driver["sparkSubmit"], client, {**environment, **_identity(run)}, directory)
        timeout = float(run.execution_timeout_minutes) * 60
        code = self._launcher.run(job, timeout, lambda process: self._watch(run, process))
        self._processes.pop(run.id, None)
        self._upload_logs(run, job)
        if code is None:
            return "FAILED", f"Job run timed out after {run.execution_timeout_minutes} minutes."
        return ("SUCCESS", "") if code == 0 else ("FAILED", f"Job failed, exit code {code}. {_tail(job.stderr)}")

    def _watch(self, run: Any, process: subprocess.Popen[bytes]) -> None:
        self._processes[run.id] = process
        if run.state == "CANCELLED":
            end_group(process)

    def _move(self, run: Any, state: str, details: str = "") -> bool:
        """Change a run's state, unless it has ended already; return whether it changed."""
        with self._lock:
            if run.state in TERMINAL:
                return False
            run.state, run.state_details = state, details
            run.updated_at = naive_utc(self._runtime.clock.now())
        self._announce(run)
        if state in TERMINAL:
            self._runtime.job_runs.add(run.id, state)
        return True

    def _announce(self, run: Any) -> None:
        """Tell EventBridge, as the service does at each change of state."""
        detail = {
            "jobRunId": run.id,
            "applicationId": run.application_id,
            "arn": run.arn,
            "releaseLabel": run.release_label,
            "state": run.state,
            "jobRunName": run.name,
            "updatedAt": iso_instant(self._runtime.clock.now()),
        }
        entry = {
            "Source": "aws.emr-serverless",
            "DetailType": "EMR Serverless Job Run State Change",
            "Detail": json.dumps(detail),
        }
        try:
            self._runtime.client("events").put_events(Entries=[entry])
        except ClientError as error:
            _log.warning("job run %s: %s", run.id, error)

    def _upload_logs(self, run: Any, job: SparkJob) -> None:
        target = _log_uri(run)
        if not target:
            return
        bucket, _, prefix = str(target).removeprefix("s3://").partition("/")
        folder = f"{prefix.rstrip('/')}/applications/{run.application_id}/jobs/{run.id}/SPARK_DRIVER"
        client = self._runtime.client("s3", run.execution_role_arn)
        for log in (job.stdout, job.stderr):
            try:
                client.upload_file(str(log), bucket, f"{folder}/{log.name}")
            except ClientError as error:
                log.with_suffix(".upload-error").write_text(str(error))


def java_environment(runtime: Runtime, role_arn: str | None = None) -> dict[str, str]:
    """Return the AWS variables of a process, with files that the Java SDK accepts as empty; a device is none to it."""
    empty = runtime.state_dir / "spark" / "empty-aws-config"
    empty.parent.mkdir(parents=True, exist_ok=True)
    empty.touch()
    files = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), str(empty))
    return {**runtime.child_environment(role_arn), **files}


def _log_uri(run: Any) -> str | None:
    """Return where logs go: as the run says, else as its application does."""
    application = emrserverless_backends[ACCOUNT][REGION].get_application(run.application_id)
    asked = (run.configuration_overrides or {}).get("monitoringConfiguration")
    monitoring = asked or getattr(application, "monitoring_configuration", None) or {}
    return (monitoring.get("s3MonitoringConfiguration") or {}).get("logUri")


def _identity(run: Any) -> dict[str, str]:
    return {"EMR_SERVERLESS_JOB_RUN_ID": run.id, "EMR_SERVERLESS_APPLICATION_ID": run.application_id}


def _tail(log: Path) -> str:
    """Return the end of a log without the frames of Java's stack traces, which would be all of it."""
    lines = log.read_text(errors="replace").splitlines()
    telling = [line for line in lines if not line.lstrip().startswith(("at ", "... "))]
    return "\n".join(telling)[-_LOG_TAIL:].strip()
