"""One job as Spark gets it: local files, settings and environment."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class SparkJob:
    """A script with everything it needs on this machine; `directory` holds its files and its logs."""

    entry_point: Path
    arguments: tuple[str, ...]
    settings: Mapping[str, str]
    py_files: tuple[Path, ...]
    environment: Mapping[str, str]
    directory: Path

    @property
    def stdout(self) -> Path:
        """Where the job's standard output goes."""
        return self.directory / "stdout"

    @property
    def stderr(self) -> Path:
        """Where the job's standard error and Spark's own log go."""
        return self.directory / "stderr"


class Launcher(Protocol):
    """A way to run Spark jobs."""

    def run(self, job: SparkJob, timeout: float, on_start: StartHook) -> int | None:
        """Run a job to its end and return its exit code, or None when it was ended after `timeout` seconds."""

    def close(self) -> None:
        """End what the launcher keeps running."""


class StartHook(Protocol):
    """Told about a process, so that it can be ended before its time."""

    def __call__(self, process: subprocess.Popen[bytes]) -> None: ...


def start(job: SparkJob, command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a job's process in a session of its own, in the job's directory, with its output in the job's logs."""
    with open(job.stdout, "wb") as out, open(job.stderr, "wb") as err:
        return subprocess.Popen(
            command,
            stdout=out,
            stderr=err,
            stdin=subprocess.DEVNULL,
            cwd=job.directory,
            env=environment,
            start_new_session=True,
        )
