"""Starts the local runtime as a child process and talks to its controls."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

PROJECT = Path(__file__).resolve().parents[3]
REGION = "us-east-1"
REQUEST_SECONDS = 300
STOP_SECONDS = 20
LONGEST_LINE = 300
JARS_VARIABLE = "LOCAL_SPARK_JARS"
#: Variables that could lead a client to a real account; the child process gets none of them.
REAL_ACCOUNT_PREFIX = "AWS_"

Json = dict[str, Any]


class RuntimeFailure(Exception):
    """Raised when the local runtime does not start, or refuses a control request."""


@dataclass(frozen=True)
class RuntimeOptions:
    """How to start the runtime; ``spark`` is ``warm`` (one JVM for all jobs) or ``submit`` (one for each).

    ``jars`` holds the Iceberg and S3A jars, by default where the project's set-up puts them.
    """

    state: Path
    now: datetime
    jars: Path = field(default_factory=lambda: Path(os.environ.get(JARS_VARIABLE, PROJECT / ".local" / "jars")))
    node_path: Path = PROJECT / "node_modules"
    spark: str = "warm"

    def command(self) -> list[str]:
        """Return the command line of the runtime."""
        return [
            sys.executable, "-m", "local", "serve", "--port", "0", "--state", str(self.state),
            "--node-path", str(self.node_path), "--spark", self.spark, "--now", iso(self.now),
            "--jars", str(self.jars),
        ]  # fmt: skip


class LocalRuntime:
    """A running local runtime. A context manager: leaving it stops the process and everything below it."""

    def __init__(self, options: RuntimeOptions) -> None:
        options.state.mkdir(parents=True, exist_ok=True)
        self.log = options.state / "runtime.log"
        environment = {k: v for k, v in os.environ.items() if not k.startswith(REAL_ACCOUNT_PREFIX)}
        environment["PYTHONPATH"] = str(PROJECT / "assets")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                options.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                env=environment, start_new_session=True,
            )  # fmt: skip
        try:
            self.endpoint = self._ready()
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> LocalRuntime:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the runtime: ask first by closing its input, then end its whole process group."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def client(self, service: str) -> Any:
        """Return a boto3 client that can only reach this runtime."""
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id="local",
            aws_secret_access_key="local", config=Config(retries={"max_attempts": 3, "mode": "standard"}),
        )  # fmt: skip

    def get(self, path: str) -> Any:
        """Return the answer of a control that only reads."""
        return self._call("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the answer of a control that acts."""
        return self._call("POST", path, body or {})

    def delete(self, path: str) -> Any:
        """Return the answer of a control that clears something."""
        return self._call("DELETE", path, None)

    def deploy(self, assembly: Path) -> Json:
        """Deploy the only stack of a cloud assembly; the answer has its ``outputs``."""
        return dict(self.post("deploy", {"assembly": str(assembly)}))

    def advance(self, to: datetime, fire: bool | list[str] = True) -> Json:
        """Move the simulated clock, with everything that falls due on the way."""
        return dict(self.post("advance", {"to": iso(to), "fire": fire}))

    def fire(self, schedule: str, scheduled: datetime) -> Json:
        """Run one schedule now, as if it had been due at ``scheduled``."""
        return dict(self.post("fire", {"name": schedule, "scheduledTime": iso(scheduled)}))

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_local/{path}", data=data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_SECONDS) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise RuntimeFailure(f"{method} /_local/{path}: {error.code} {error.read().decode()[:2000]}") from None

    def _ready(self) -> str:
        stdout = self._process.stdout
        assert stdout is not None
        for line in stdout:
            if line.startswith(b"{"):
                return str(json.loads(line)["endpoint"])
        raise RuntimeFailure(f"local runtime: did not start\n{tail(self.log)}")


def tail(log: Path, lines: int = 25) -> str:
    """Return the last lines of a log."""
    return "\n".join(line[:LONGEST_LINE] for line in log.read_text(errors="replace").splitlines()[-lines:])


def iso(moment: datetime) -> str:
    """Return a moment as the runtime's controls write it: UTC with milliseconds."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
