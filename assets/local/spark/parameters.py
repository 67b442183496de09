"""Reads `sparkSubmitParameters`, and drops what means nothing on one machine."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

from local.spark.exceptions import SubmitError

_PATH_OPTIONS = {"--py-files": "spark.submit.pyFiles", "--files": "spark.files"}
_VALUE_OPTIONS = {"--name": "spark.app.name", "--class": "", "--archives": "", "--jars": "", "--packages": ""}
_SIZE_OPTIONS = (
    "--conf-driver",
    "--driver-memory",
    "--driver-cores",
    "--executor-memory",
    "--executor-cores",
    "--num-executors",
)
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
    "spark.archives",
    "spark.jars",
    "spark.master",
    "spark.pyspark.",
    "spark.executorEnv.PYSPARK",
)
"""Settings of the cluster: its sizes, its Java, its Python, and jars that its image has."""


@dataclass(frozen=True)
class SubmitParameters:
    """What a job asks of Spark, as far as it holds on one machine; `paths` are files that it wants to have."""

    settings: dict[str, str] = field(default_factory=dict)
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)


def parse_parameters(text: str) -> SubmitParameters:
    """Return the settings and files of a `sparkSubmitParameters` text; raise SubmitError for an unknown option."""
    words = shlex.split(text)
    settings: dict[str, str] = {}
    paths: dict[str, tuple[str, ...]] = {}
    while words:
        option, value, words = _next_option(words)
        if option == "--conf":
            name, separator, setting = value.partition("=")
            if not separator:
                raise SubmitError(f"sparkSubmitParameters: got '--conf {value}', expected '--conf name=value'")
            settings[name] = setting
        elif option in _PATH_OPTIONS:
            settings[_PATH_OPTIONS[option]] = value
        elif option == "--name":
            settings["spark.app.name"] = value
    for name in _PATH_OPTIONS.values():
        if name in settings:
            paths[name] = tuple(path.strip() for path in settings.pop(name).split(",") if path.strip())
    return SubmitParameters({name: value for name, value in settings.items() if not name.startswith(DROPPED)}, paths)


def _next_option(words: list[str]) -> tuple[str, str, list[str]]:
    option, separator, value = words[0].partition("=")
    known = ("--conf", *_PATH_OPTIONS, *_VALUE_OPTIONS, *_SIZE_OPTIONS)
    if option not in known:
        raise SubmitError(f"sparkSubmitParameters: got '{words[0]}', expected one of {', '.join(sorted(known))}")
    if separator and option != "--conf":
        return option, value, words[1:]
    if len(words) < 2:
        raise SubmitError(f"sparkSubmitParameters: got '{words[0]}' without a value, expected one after it")
    return words[0], words[1], words[2:]
