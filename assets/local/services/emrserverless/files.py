"""Fetches what a job run names in S3, as its role, into the run's own directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.services.emrserverless.exceptions import JobFileError
from local.spark.job import SparkJob
from local.spark.parameters import parse_parameters
from local.spark.settings import local_settings


def spark_job(driver: dict[str, Any], client: Any, environment: dict[str, str], directory: Path) -> SparkJob:
    """Return the job of a `sparkSubmit` driver with its files on this machine; raise JobFileError or SubmitError."""
    parameters = parse_parameters(str(driver.get("sparkSubmitParameters") or ""))
    return SparkJob(
        entry_point=fetch(driver["entryPoint"], client, directory),
        arguments=tuple(str(argument) for argument in driver.get("entryPointArguments") or []),
        settings=local_settings(parameters.settings, environment["AWS_ENDPOINT_URL"], directory),
        py_files=tuple(fetch(path, client, directory) for path in parameters.py_files),
        environment=environment,
        directory=directory,
    )


def fetch(path: str, client: Any, directory: Path) -> Path:
    """Return a local copy of an object; raise JobFileError for a path outside S3, or that the role cannot read."""
    if not path.startswith("s3://"):
        raise JobFileError(f"{path}: got a path outside S3, expected s3://bucket/key")
    bucket, _, key = path.removeprefix("s3://").partition("/")
    target = directory / Path(key).name
    try:
        client.download_file(bucket, key, str(target))
    except (ClientError, BotoCoreError) as error:
        raise JobFileError(f"{path}: {error}") from error
    return target
