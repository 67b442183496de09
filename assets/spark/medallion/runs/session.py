"""What every job starts with: the Spark session, and the spec document."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator
from urllib.parse import urlparse

import boto3
from pyspark.sql import SparkSession

from medallion.errors import InputError
from medallion.spec.declaration import Spec
from medallion.spec.document import read_spec

ALWAYS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "false",
}
"""Settings that results depend on, whatever the cluster's defaults are."""


@contextmanager
def lake_session(name: str) -> Iterator[SparkSession]:
    """Start a Spark session, with the catalog that spark-submit configured, and stop it at the end."""
    builder = SparkSession.builder.appName(name)
    for key, value in ALWAYS.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    keep_names(spark)
    try:
        yield spark
    finally:
        spark.stop()


def keep_names(spark: SparkSession) -> None:
    """Look the classes behind column expressions up once.

    A bare name is looked for in every imported package, in every jar of the class path, whenever it is used: hundreds
    of times in a run.
    """
    jvm: Any = spark._jvm
    for name in ("functions", "PythonUtils"):
        setattr(jvm, name, getattr(jvm, name))


def spec_at(uri: str) -> Spec:
    """Return what the spec document declares at an ``s3://`` address."""
    address = urlparse(uri)
    if address.scheme != "s3" or not address.netloc or not address.path.strip("/"):
        raise InputError.at("--spec", uri, "s3://bucket/key", "pass the address of the spec document")
    found = boto3.client("s3").get_object(Bucket=address.netloc, Key=address.path.lstrip("/"))
    return read_spec(found["Body"].read().decode("utf-8"))
