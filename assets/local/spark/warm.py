"""Runs jobs one after the other in one JVM that stays warm; everything else of a job is new.

A job gets what `spark-submit` gives it: its settings as `spark.*` system properties, its role's credentials, a fresh
Python interpreter on the unmodified script, and so a SparkContext of its own. Only loaded classes, compiled code and
the heap are shared. After each job whatever session it left behind is stopped and forgotten.

The JVM can be started ahead of the first job, in the background; a query and, with jars, a small merge into an Iceberg
table of its own then load most of the classes that jobs use.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.process_group import end_group, wait
from local.spark.exceptions import SubmitError
from local.spark.job import SparkJob, StartHook, start
from local.spark.jvm import WarmJvm, launch
from local.spark.settings import (
    HEAP,
    JVM_FLAGS,
    MASTER,
    check_jars,
    class_path,
    credential_properties,
    local_settings,
    worker_environment,
)
from local.spark.submit import python_environment, spark_home, submit_environment

_OF_THE_JVM = (
    "spark.driver.extraClassPath",
    "spark.driver.extraJavaOptions",
    "spark.driver.memory",
    "spark.submit.deployMode",
)
_CREDENTIALS = ("aws.accessKeyId", "aws.secretKey", "aws.secretAccessKey", "aws.region")
_QUERY = "SELECT sum(id) FROM range(4)"
_MERGE = (
    "CREATE TABLE warm.up.events (id string, amount decimal(12, 2), dt date) USING iceberg PARTITIONED BY (dt)",
    "MERGE INTO warm.up.events AS standing USING (SELECT '1' AS id, 1.5 AS amount, DATE '2025-10-23' AS dt) AS changed"
    " ON standing.id = changed.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *",
)


class WarmLauncher:
    """Keeps one JVM; starts it with `warm_up` or the first job, and again if it has died."""

    def __init__(self, jars_dir: Path | None, directory: Path, environment: Mapping[str, str]) -> None:
        self._jars_dir = jars_dir
        self._directory = directory
        self._environment = dict(environment)
        self._jvm: WarmJvm | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._warming: threading.Thread | None = None
        self._failure: Exception | None = None
        self._closed = False

    def warm_up(self) -> None:
        """Start the JVM in the background and return at once; the first job waits for it, and fails if it failed."""
        self._warming = threading.Thread(target=self._warm_up, name="spark-warm-up", daemon=True)
        self._warming.start()

    def run(self, job: SparkJob, timeout: float, on_start: StartHook) -> int | None:
        """Run a job after those before it; see `Launcher`."""
        check_jars(job.settings, self._jars_dir)
        with self._lock:
            self._raise_failure()
            jvm = self._living_jvm()
            log_start = self._log.stat().st_size
            _set_properties(jvm.gateway.jvm.System, job)
            try:
                return _run_driver(jvm, job, timeout, on_start)
            finally:
                _forget_session(jvm.gateway.jvm)
                self._prepend_log(job, log_start)

    def close(self) -> None:
        """End the JVM, at once if it is still warming up."""
        self._closed = True
        if self._warming is not None and self._warming.is_alive():
            if self._process is not None:
                end_group(self._process, signal.SIGKILL)
            self._warming.join()
        jvm, self._jvm = self._jvm, None
        if jvm is not None:
            jvm.close()

    @property
    def _log(self) -> Path:
        return self._directory / "jvm.log"

    def _warm_up(self) -> None:
        with self._lock:
            try:
                if self._jvm is None and not self._closed:
                    jvm = self._living_jvm().gateway.jvm
                    if not self._closed:
                        has_tables = bool(class_path(self._jars_dir))
                        _rehearse(jvm, has_tables, self._environment["AWS_ENDPOINT_URL"], self._directory / "warm-up")
            except Exception as error:
                self._failure = error

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise SubmitError(f"spark warm-up: {failure}") from failure

    def _living_jvm(self) -> WarmJvm:
        if self._jvm is None or not self._jvm.alive:
            self._directory.mkdir(parents=True, exist_ok=True)
            environment = {**python_environment(), **self._environment, "SPARK_LOCAL_IP": "127.0.0.1"}
            self._jvm = launch(self._command(), environment, self._log, self._watch)
        return self._jvm

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        if self._closed:
            end_group(process, signal.SIGKILL)

    def _command(self) -> list[str]:
        command = [str(spark_home() / "bin" / "spark-submit"), "--master", MASTER, "--driver-memory", HEAP]
        command += ["--conf", f"spark.driver.extraJavaOptions={JVM_FLAGS}"]
        jars = class_path(self._jars_dir)
        return [*command, *(["--conf", f"spark.driver.extraClassPath={jars}"] if jars else []), "pyspark-shell"]

    def _prepend_log(self, job: SparkJob, since: int) -> None:
        """Put what the JVM wrote during the job before what its script wrote: jobs run one at a time."""
        script_log = job.stderr.read_bytes() if job.stderr.exists() else b""
        with open(self._log, "rb") as log:
            log.seek(since)
            job.stderr.write_bytes(log.read() + script_log)


def _run_driver(jvm: WarmJvm, job: SparkJob, timeout: float, on_start: StartHook) -> int | None:
    environment = {
        **submit_environment(job),
        "PYSPARK_GATEWAY_PORT": str(jvm.port),
        "PYSPARK_GATEWAY_SECRET": jvm.secret,
        "PYTHONPATH": os.pathsep.join(map(str, job.py_files)),
    }
    process = start(job, [sys.executable, str(job.entry_point), *job.arguments], environment)
    on_start(process)
    return wait(process, timeout)


def _set_properties(system: Any, job: SparkJob) -> None:
    """Replace the `spark.*` properties and the credentials of the job before by this job's."""
    names = [str(name) for name in system.getProperties().stringPropertyNames()]
    for name in names:
        if (name.startswith("spark.") and name not in _OF_THE_JVM) or name in _CREDENTIALS:
            system.clearProperty(name)
    properties = {
        "spark.app.name": job.entry_point.name,
        **job.settings,
        **worker_environment(job.environment),
        **credential_properties(job.environment),
        "spark.submit.pyFiles": ",".join(map(str, job.py_files)),
    }
    for name, value in properties.items():
        if name not in _OF_THE_JVM:
            system.setProperty(name, value)


def _rehearse(jvm: Any, has_tables: bool, endpoint: str, directory: Path) -> None:
    """Do what jobs do, to tables in a catalog that is a directory: neither a bucket nor a database is touched."""
    catalog = {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.warm": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.warm.type": "hadoop",
        "spark.sql.catalog.warm.warehouse": str(directory / "warehouse"),
    }
    builder = jvm.org.apache.spark.sql.SparkSession.builder().appName("warm-up")
    for name, value in local_settings(catalog if has_tables else {}, endpoint, directory).items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
        session.sql(_QUERY).collect()
        for statement in _MERGE if has_tables else ():
            session.sql(statement)
    finally:
        _forget_session(jvm)


def _forget_session(jvm: Any) -> None:
    """Stop what the job left running, so that the next job neither sees nor inherits it."""
    sessions = jvm.org.apache.spark.sql.SparkSession
    context = getattr(getattr(jvm.org.apache.spark, "SparkContext$"), "MODULE$").getActive()
    if context.isDefined():
        context.get().stop()
    sessions.clearDefaultSession()
    sessions.clearActiveSession()
    jvm.org.apache.hadoop.fs.FileSystem.closeAll()
