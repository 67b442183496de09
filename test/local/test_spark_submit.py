"""What a job asks of a cluster becomes what one machine can do."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.spark.exceptions import SubmitError
from local.spark.job import SparkJob
from local.spark.parameters import parse_parameters
from local.spark.settings import check_jars, class_path, local_settings
from local.spark.submit import submit_command

ENDPOINT = "http://127.0.0.1:5000"
CATALOG = "spark.sql.catalog.glue_catalog"


def test_settings_of_the_cluster_are_dropped_and_those_of_the_job_kept() -> None:
    parameters = parse_parameters(
        "--conf spark.executor.memory=4g --conf spark.dynamicAllocation.enabled=true "
        "--conf spark.emr-serverless.driver.disk=30g --conf spark.jars=/usr/share/aws/iceberg/lib/x.jar "
        f"--conf spark.sql.session.timeZone=UTC --conf='{CATALOG}.warehouse=s3://lake/a b/'"
    )
    assert parameters.settings == {"spark.sql.session.timeZone": "UTC", f"{CATALOG}.warehouse": "s3://lake/a b/"}


@pytest.mark.parametrize("separator", [" ", "="])
def test_python_files_are_found_however_they_are_given(separator: str) -> None:
    parameters = parse_parameters(f"--py-files{separator}s3://code/a.zip,s3://code/b.py")
    assert (parameters.py_files, parameters.settings) == (("s3://code/a.zip", "s3://code/b.py"), {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("--jars s3://code/a.jar", "got '--jars', expected --conf or --py-files; leave it out"),
        ("spark.x=1", "got 'spark.x=1', expected --conf or --py-files"),
        ("--conf spark.x", "got '--conf spark.x', expected '--conf name=value'"),
        ("--conf", "got '--conf' without a value, expected one after it"),
        ("--conf spark.archives=s3://code/a.zip", "got spark.archives, expected files in --py-files"),
    ],
)
def test_parameters_that_mean_something_else_or_nothing_are_refused(text: str, message: str) -> None:
    with pytest.raises(SubmitError, match=message):
        parse_parameters(text)


def test_s3_and_every_declared_catalog_reach_the_runtime(tmp_path: Path) -> None:
    asked = {CATALOG: "org.apache.iceberg.spark.SparkCatalog", f"{CATALOG}.warehouse": "s3://lake/"}
    settings = local_settings(asked, ENDPOINT, tmp_path)
    assert settings.items() >= asked.items()
    assert settings[f"{CATALOG}.s3.endpoint"] == settings[f"{CATALOG}.glue.endpoint"] == ENDPOINT
    assert settings["spark.hadoop.fs.s3a.endpoint"] == ENDPOINT
    assert settings["spark.local.dir"].startswith(str(tmp_path))
    assert settings["spark.sql.warehouse.dir"].startswith(str(tmp_path))


def test_the_class_path_is_the_jars_in_order(tmp_path: Path) -> None:
    for name in ("b.jar", "a.jar", "notes.txt"):
        (tmp_path / name).touch()
    assert class_path(tmp_path) == f"{tmp_path}/a.jar:{tmp_path}/b.jar"
    assert class_path(None) == ""


def test_catalogs_need_their_jars(tmp_path: Path) -> None:
    settings = {CATALOG: "org.apache.iceberg.spark.SparkCatalog"}
    with pytest.raises(SubmitError, match="got no jars in .* for catalog glue_catalog, expected those of jars.lock"):
        check_jars(settings, tmp_path)
    (tmp_path / "iceberg.jar").touch()
    check_jars(settings, tmp_path)
    check_jars({}, None)


def test_the_command_signs_as_the_role_and_carries_the_arguments(tmp_path: Path) -> None:
    environment = {"AWS_ACCESS_KEY_ID": "LSRAROLE", "AWS_SECRET_ACCESS_KEY": "local", "AWS_ENDPOINT_URL": ENDPOINT}
    arguments = ("--day", "2025-10-23", "a b")
    job = SparkJob(tmp_path / "job.py", arguments, {"spark.x": "1"}, (tmp_path / "a.zip",), environment, tmp_path)
    command = submit_command(job, "a.jar:b.jar")
    assert command[-4:] == [str(tmp_path / "job.py"), *arguments]
    assert command[command.index("--py-files") + 1] == str(tmp_path / "a.zip")
    assert {
        "spark.x=1",
        "spark.driver.extraClassPath=a.jar:b.jar",
        f"spark.executorEnv.AWS_ENDPOINT_URL={ENDPOINT}",
    } <= set(command)
    (java,) = [word for word in command if word.startswith("spark.driver.extraJavaOptions=")]
    assert "-Daws.accessKeyId=LSRAROLE" in java
