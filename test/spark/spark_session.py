"""Spark with Iceberg on this machine, S3 and Glue of moto beside it, with the settings of the platform.

Tables are kept in memory, or, for tests of the catalog and of what dies on the way to it, in Glue and the bucket. The
jars come from the folder named by ``LOCAL_SPARK_JARS`` (default ``.local/jars`` in the repository).
"""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path
from typing import Dict, Iterator

import pytest
from moto.server import ThreadedMotoServer
from pyspark.sql import SparkSession

from local import caching
from medallion.runs.session import ALWAYS, keep_names

REPOSITORY = Path(__file__).resolve().parents[2]
CATALOG = "spark.sql.catalog.glue_catalog"
DEFAULT_JARS = str(REPOSITORY / ".local" / "jars")
ON_GLUE = {
    f"{CATALOG}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    f"{CATALOG}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
}
AS_ON_EMR = {**ON_GLUE, "spark.sql.adaptive.enabled": "true", "spark.sql.shuffle.partitions": "8"}
"""Tables in Glue and the bucket, adaptive execution, and more partitions than one."""

JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC -Xmn768m"
"""Small things done often: little is worth compiling twice, or collecting soon."""

LOCAL_AWS = {
    "AWS_ACCESS_KEY_ID": "localtest",
    "AWS_SECRET_ACCESS_KEY": "localtest",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "SPARK_LOCAL_IP": "127.0.0.1",
    "PYSPARK_PYTHON": sys.executable,
    "TZ": "UTC",
}


@pytest.fixture(scope="session")
def aws() -> Iterator[str]:
    """Start S3 and Glue, and yield their endpoint."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    caching.install()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {**LOCAL_AWS, "AWS_ENDPOINT_URL": f"http://{host}:{port}"}
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    time.tzset()
    yield environment["AWS_ENDPOINT_URL"]
    server.stop()
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def spark(aws: str) -> Iterator[SparkSession]:
    """Start one Spark session for all tests, with the settings of the platform and this machine's endpoints."""
    jars = sorted(str(jar) for jar in Path(os.environ.get("LOCAL_SPARK_JARS", DEFAULT_JARS)).glob("*.jar"))
    assert jars, "no jars: run npm test once, or name their folder in LOCAL_SPARK_JARS"
    os.environ["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY / "assets" / "spark"), os.environ.get("PYTHONPATH", "")])
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for key, value in {**_settings(aws, os.pathsep.join(jars)), **ALWAYS}.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    keep_names(session)
    yield session
    session.stop()


def _settings(endpoint: str, class_path: str) -> Dict[str, str]:
    return {
        "spark.driver.extraClassPath": class_path,
        "spark.driver.memory": "2g",
        "spark.driver.extraJavaOptions": JAVA_OPTIONS,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.ui.explainMode": "simple",
        "spark.sql.debug.maxToStringFields": "1",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.bucket.probe": "0",
        "spark.hadoop.fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
        CATALOG: "org.apache.iceberg.spark.SparkCatalog",
        f"{CATALOG}.catalog-impl": "org.apache.iceberg.inmemory.InMemoryCatalog",
        f"{CATALOG}.warehouse": "s3://unused/",
        f"{CATALOG}.glue.endpoint": endpoint,
        f"{CATALOG}.s3.endpoint": endpoint,
        f"{CATALOG}.s3.path-style-access": "true",
        f"{CATALOG}.client.region": "us-east-1",
    }


def new_session(spark: SparkSession, settings: Dict[str, str]) -> SparkSession:
    """Return a session that remembers nothing of a table, as a new process."""
    session = spark.newSession()
    for key, value in {**ALWAYS, **settings}.items():
        session.conf.set(key, value)
    return session
