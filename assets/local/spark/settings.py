"""The Spark settings that make a job's own `s3://` and catalog settings reach the local runtime."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from local.identity import REGION
from local.spark.exceptions import SubmitError

MASTER = "local[2]"
HEAP = "2g"
JVM_FLAGS = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC -Xmn768m -XX:-UsePerfData"
"""The short compile tier and one collector thread halve the CPU time of jobs that last seconds.

That tier alone has a code cache of 48 MB, which a few jobs in one JVM fill; the compiler then stops for good.
"""

_COMPILED_CLASSES = "1000"
"""A slot makes Spark compile some 250 classes, of which it keeps 100 by default: the next slot compiled them again."""

_SHORT_PLANS = {"spark.sql.ui.explainMode": "simple", "spark.sql.debug.maxToStringFields": "1"}
"""Every execution describes its plan for the web interface, which is off here; it is 7 % of a slot."""

_CATALOG = "spark.sql.catalog."
_ENVIRONMENT = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION")


def local_settings(asked: Mapping[str, str], endpoint: str, directory: Path) -> dict[str, str]:
    """Return a job's settings with the local ones added; `directory` takes shuffle files and the warehouse."""
    settings = {
        **asked,
        "spark.master": MASTER,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        **_SHORT_PLANS,
        "spark.local.dir": str(directory / "local"),
        "spark.sql.warehouse.dir": str(directory / "warehouse"),
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.cache.maxEntries": _COMPILED_CLASSES,
        "spark.log.level": "WARN",
        **_s3a(endpoint),
    }
    for catalog in _catalogs(asked):
        settings |= _catalog(catalog, endpoint)
    return settings


def worker_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that hand a job's AWS variables to its Python workers."""
    return {f"spark.executorEnv.{name}": environment[name] for name in _ENVIRONMENT if name in environment}


def class_path(jars_dir: Path | None) -> str:
    """Return the jars as a Java class path, in a fixed order."""
    return ":".join(str(jar) for jar in sorted(jars_dir.glob("*.jar"))) if jars_dir else ""


def check_jars(settings: Mapping[str, str], jars_dir: Path | None) -> None:
    """Raise SubmitError when a job declares Iceberg catalogs and there are no jars to serve them."""
    if _catalogs(settings) and not class_path(jars_dir):
        raise SubmitError(
            f"spark: got no jars in '{jars_dir or ''}' for catalog {', '.join(_catalogs(settings))}, expected those of "
            "jars.lock; name their directory with --jars or in LOCAL_SPARK_JARS"
        )


def _s3a(endpoint: str) -> dict[str, str]:
    """Hadoop's file system over plain http; without the low retry limits one refused rename takes minutes."""
    s3a = "spark.hadoop.fs.s3a."
    return {
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        f"{s3a}endpoint": endpoint,
        f"{s3a}endpoint.region": REGION,
        f"{s3a}path.style.access": "true",
        f"{s3a}connection.ssl.enabled": "false",
        f"{s3a}aws.credentials.provider": "com.amazonaws.auth.SystemPropertiesCredentialsProvider",
        f"{s3a}bucket.probe": "0",
        f"{s3a}attempts.maximum": "2",
        f"{s3a}retry.limit": "2",
        f"{s3a}retry.interval": "100ms",
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
    }


def _catalogs(asked: Mapping[str, str]) -> list[str]:
    """Return the names of the Iceberg catalogs that a job declares."""
    return sorted({name[len(_CATALOG) :].split(".")[0] for name in asked if name.startswith(_CATALOG)})


def _catalog(name: str, endpoint: str) -> dict[str, str]:
    prefix = f"{_CATALOG}{name}."
    return {
        f"{prefix}glue.endpoint": endpoint,
        f"{prefix}s3.endpoint": endpoint,
        f"{prefix}s3.path-style-access": "true",
        f"{prefix}client.region": REGION,
    }


def credential_properties(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the Java system properties that name the role of a job to both generations of the AWS SDK."""
    secret = environment["AWS_SECRET_ACCESS_KEY"]
    return {
        "aws.accessKeyId": environment["AWS_ACCESS_KEY_ID"],
        "aws.secretKey": secret,
        "aws.secretAccessKey": secret,
        "aws.region": REGION,
    }
