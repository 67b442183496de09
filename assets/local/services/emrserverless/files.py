"""Fetches what a job run names in S3, as its role, into the run's own directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.services.emrserverless.exceptions import JobFileError
from local.spark.job import SparkJob
from local.spark.parameters import SubmitParameters, parse_parameters
from local.spark.settings import local_settings

_PY_FILES = "spark.submit.pyFiles"


def spark_job(driver: dict[str, Any], client: Any, environment: dict[str, str], directory: Path) -> SparkJob:
    """Return the job of a `sparkSubmit` driver with its files on this machine; raise JobFileError or SubmitError."""
    parameters = parse_parameters(_parameter_text(driver))
    fetched = {
        name: tuple(fetch(path, client, directory) for path in paths) for name, paths in parameters.paths.items()
    }
    settings = local_settings(parameters.settings, environment["AWS_ENDPOINT_URL"], directory)
    settings |= _files(fetched, parameters)
    return SparkJob(
        entry_point=fetch(driver["entryPoint"], client, directory),
        arguments=tuple(str(argument) for argument in driver.get("entryPointArguments") or []),
        settings=settings,
        py_files=fetched.get(_PY_FILES, ()),
        environment=environment,
        directory=directory,
    )


def fetch(path: str, client: Any, directory: Path) -> Path:
    """Return a local copy of an object; a path that is not in S3 is one of the image, and must exist here."""
    if not path.startswith("s3://"):
        raise JobFileError(f"{path}: got a path outside S3, expected s3://bucket/key")
    bucket, _, key = path.removeprefix("s3://").partition("/")
    target = directory / Path(key).name
    try:
        client.download_file(bucket, key, str(target))
    except (ClientError, BotoCoreError) as error:
        raise JobFileError(f"{path}: {error}") from error
    return target


def _parameter_text(driver: dict[str, Any]) -> str:
    return str(driver.get("sparkSubmitParameters") or "")


def _files(fetched: dict[str, tuple[Path, ...]], parameters: SubmitParameters) -> dict[str, str]:
    return {name: ",".join(map(str, fetched[name])) for name in parameters.paths if name != _PY_FILES}
