"""Reads `sparkSubmitParameters`, and drops what means nothing on one machine."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

from local.spark.exceptions import SubmitError

_OPTIONS = ("--conf", "--py-files")
DROPPED = (
    "spark.executor.cores",
    "spark.executor.memory",
    "spark.executor.instances",
    "spark.driver.cores",
    "spark.driver.memory",
    "spark.driver.disk",
    "spark.driver.host",
    "spark.dynamicAllocation.",
    "spark.emr-serverless.",
    "spark.executor.disk",
    "spark.executor.extraClassPath",
    "spark.driver.extraClassPath",
    "spark.executor.extraJavaOptions",
    "spark.driver.extraJavaOptions",
    "spark.hadoop.hive.metastore.client.factory.class",
    "spark.jars",
    "spark.master",
    "spark.pyspark.",
    "spark.executorEnv.PYSPARK",
)
"""Settings of the cluster: its sizes, its Java, its Python, and jars that its image has."""
_REFUSED = ("spark.archives", "spark.files", "spark.submit.pyFiles")
"""Settings that name files, which only `--py-files` fetches here."""


@dataclass(frozen=True)
class SubmitParameters:
    """What a job asks of Spark, as far as it holds on one machine."""

    settings: dict[str, str] = field(default_factory=dict)
    py_files: tuple[str, ...] = ()


def parse_parameters(text: str) -> SubmitParameters:
    """Return the settings and Python files of a `sparkSubmitParameters` text; raise SubmitError for anything else."""
    words = shlex.split(text)
    settings: dict[str, str] = {}
    py_files: tuple[str, ...] = ()
    while words:
        option, value, words = _next_option(words)
        if option == "--py-files":
            py_files = tuple(path.strip() for path in value.split(",") if path.strip())
            continue
        name, separator, setting = value.partition("=")
        if not separator:
            raise SubmitError(f"sparkSubmitParameters: got '--conf {value}', expected '--conf name=value'")
        if name in _REFUSED:
            raise SubmitError(f"sparkSubmitParameters: got {name}, expected files in --py-files; name them there")
        settings[name] = setting
    return SubmitParameters({name: value for name, value in settings.items() if not name.startswith(DROPPED)}, py_files)


def _next_option(words: list[str]) -> tuple[str, str, list[str]]:
    option, separator, value = words[0].partition("=")
    if option not in _OPTIONS:
        raise SubmitError(f"sparkSubmitParameters: got '{words[0]}', expected {' or '.join(_OPTIONS)}; leave it out")
    if separator:
        return option, value, words[1:]
    if len(words) < 2:
        raise SubmitError(f"sparkSubmitParameters: got '{words[0]}' without a value, expected one after it")
    return option, words[1], words[2:]
