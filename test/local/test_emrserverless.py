"""Job runs are real Spark jobs, with the states, logs and tokens of the service."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from moto.emrserverless.models import emrserverless_backends

from local.server import Server

ROLE = "arn:aws:iam::123456789012:role/spark"
BUCKET = "spark-tests"
DEADLINE = 60

SQUARES = """
import os, sys
import boto3
from helpers.squares import squares
from pyspark.sql import SparkSession
session = SparkSession.builder.getOrCreate()
total = session.range(4).mapInArrow(squares, "id long").groupBy().sum("id").first()[0]
print("total", total, "arguments", sys.argv[1:], "left", os.environ["EMR_SERVERLESS_JOB_RUN_ID"] != "")
print("views", [table.name for table in session.catalog.listTables()], session.conf.get("spark.left", "none"))
session.range(1).createOrReplaceTempView("left_over")
session.conf.set("spark.left", "behind")
boto3.client("s3").put_object(Bucket="spark-tests", Key="written", Body=str(total).encode())
"""
HELPERS = """
import pyarrow.compute as pc, pyarrow as pa
def squares(batches):
    for batch in batches:
        yield pa.RecordBatch.from_arrays([pc.multiply(batch.column(0), batch.column(0))], ["id"])
"""


@dataclass
class Jobs:
    """An application and the scripts that it runs."""

    server: Server
    application: str

    def start(self, script: str, token: str | None = None, **more: Any) -> str:
        """Start a script and return the run's id."""
        name = f"code/{uuid4().hex}.py"
        self.server.runtime.client("s3").put_object(Bucket=BUCKET, Key=name, Body=script.encode())
        driver = {"entryPoint": f"s3://{BUCKET}/{name}", **more}
        started = self.server.runtime.client("emr-serverless").start_job_run(
            applicationId=self.application,
            clientToken=token or uuid4().hex,
            executionRoleArn=ROLE,
            jobDriver={"sparkSubmit": driver},
        )
        return str(started["jobRunId"])

    def ended(self, run_id: str) -> dict[str, Any]:
        """Wait for the end of a run and return its description."""
        assert self.server.runtime.job_runs.wait(run_id, DEADLINE), "the job run did not end"
        run: dict[str, Any] = self.describe(run_id)
        return run

    def describe(self, run_id: str) -> Any:
        client = self.server.runtime.client("emr-serverless")
        return client.get_job_run(applicationId=self.application, jobRunId=run_id)["jobRun"]

    def log(self, run_id: str, name: str) -> str:
        key = f"logs/applications/{self.application}/jobs/{run_id}/SPARK_DRIVER/{name}"
        body = self.server.runtime.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return str(body.decode())


def _forget(application: str) -> None:
    """Leave no application behind for the other modules: the service lists deleted ones, too."""
    emrserverless_backends["123456789012"]["us-east-1"].applications.pop(application)


@pytest.fixture(scope="module")
def jobs(server: Server) -> Iterator[Jobs]:
    """An application whose logs go to S3, as the platform declares it."""
    s3 = server.runtime.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("helpers/__init__.py", "")
        archive.writestr("helpers/squares.py", HELPERS)
    s3.put_object(Bucket=BUCKET, Key="code/helpers.zip", Body=content.getvalue())
    application = server.runtime.client("emr-serverless").create_application(
        name="tests",
        releaseLabel="emr-7.14.0",
        type="SPARK",
        clientToken=uuid4().hex,
        monitoringConfiguration={"s3MonitoringConfiguration": {"logUri": f"s3://{BUCKET}/logs/"}},
    )
    yield Jobs(server, application["applicationId"])
    _forget(application["applicationId"])


def test_a_job_runs_on_spark_with_its_files_and_arguments_and_starts_clean(jobs: Jobs) -> None:
    parameters = f"--py-files s3://{BUCKET}/code/helpers.zip --conf spark.executor.memory=14g"
    more: dict[str, Any] = {"entryPointArguments": ["a b", "c"], "sparkSubmitParameters": parameters}
    for _ in range(2):
        run_id = jobs.start(SQUARES, **more)
        run = jobs.ended(run_id)
        assert run["state"] == "SUCCESS", run["stateDetails"]
        lines = jobs.log(run_id, "stdout").splitlines()
        assert lines[0] == "total 14 arguments ['a b', 'c'] left True"  # 0 + 1 + 4 + 9
        assert lines[1] == "views [] none"  # the second job sees nothing of the first
    assert jobs.server.runtime.client("s3").get_object(Bucket=BUCKET, Key="written")["Body"].read() == b"14"
    calls = jobs.server.runtime.journal.calls("s3", "PutObject")
    assert calls[-3]["role"] == "spark"  # the job's own write, before its two logs


def test_a_failed_job_says_why(jobs: Jobs) -> None:
    run_id = jobs.start("import sys; sys.exit('no such day')")
    run = jobs.ended(run_id)
    assert run["state"] == "FAILED"
    assert "exit code 1" in run["stateDetails"]
    assert "no such day" in run["stateDetails"]
    assert "no such day" in jobs.log(run_id, "stderr")


def test_a_missing_script_fails_the_run(jobs: Jobs) -> None:
    started = jobs.server.runtime.client("emr-serverless").start_job_run(
        applicationId=jobs.application,
        clientToken=uuid4().hex,
        executionRoleArn=ROLE,
        jobDriver={"sparkSubmit": {"entryPoint": f"s3://{BUCKET}/code/none.py"}},
    )
    run = jobs.ended(started["jobRunId"])
    assert run["state"] == "FAILED"
    assert f"s3://{BUCKET}/code/none.py" in run["stateDetails"]


def test_a_repeated_client_token_is_the_same_run(jobs: Jobs) -> None:
    token = uuid4().hex
    first = jobs.start("print('once')", token)
    assert jobs.start("print('twice')", token) == first
    jobs.ended(first)
    assert jobs.log(first, "stdout") == "once\n"


def test_a_running_job_can_be_cancelled(jobs: Jobs) -> None:
    run_id = jobs.start("import time; time.sleep(600)")
    jobs.server.runtime.client("emr-serverless").cancel_job_run(applicationId=jobs.application, jobRunId=run_id)
    assert jobs.describe(run_id)["state"] == "CANCELLED"
    after = jobs.ended(jobs.start("print('next')"))
    assert after["state"] == "SUCCESS"  # the cancelled job does not hold Spark
    assert jobs.describe(run_id)["state"] == "CANCELLED"


def test_changes_of_state_are_events(jobs: Jobs) -> None:
    runtime = jobs.server.runtime
    topic = runtime.client("sns").create_topic(Name="job-states")["TopicArn"]
    pattern = {"source": ["aws.emr-serverless"], "detail": {"state": ["SUCCESS", "FAILED"]}}
    runtime.client("events").put_rule(Name="job-states", EventPattern=json.dumps(pattern))
    runtime.client("events").put_targets(Rule="job-states", Targets=[{"Id": "topic", "Arn": topic}])
    run_id = jobs.start("raise SystemExit(3)")
    jobs.ended(run_id)
    sent = [
        each["message"]["detail"] for each in runtime.controls["GET", "notifications"]({}) if each["topicArn"] == topic
    ]
    assert [(each["state"], each["jobRunId"]) for each in sent] == [("FAILED", run_id)]


def test_an_application_that_does_not_start_itself_refuses_runs(server: Server) -> None:
    client = server.runtime.client("emr-serverless")
    application = client.create_application(
        name="manual",
        releaseLabel="emr-7.14.0",
        type="SPARK",
        clientToken=uuid4().hex,
        autoStartConfiguration={"enabled": False},
    )["applicationId"]
    client.stop_application(applicationId=application)
    driver = {"sparkSubmit": {"entryPoint": f"s3://{BUCKET}/code/x.py"}}
    with pytest.raises(ClientError, match="is not started"):
        client.start_job_run(applicationId=application, clientToken="t", executionRoleArn=ROLE, jobDriver=driver)
    _forget(application)
