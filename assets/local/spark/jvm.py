"""One Java process with Spark on its class path and no SparkContext, and the Py4J door to it."""

from __future__ import annotations

import struct
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.process_group import end_group, wait
from local.spark.exceptions import SubmitError
from local.spark.job import StartHook

_START_SECONDS = 60.0
_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class WarmJvm:
    """A running JVM: its process, where its gateway listens, the secret to use it, and a view of its classes."""

    process: subprocess.Popen[bytes]
    port: int
    secret: str
    gateway: Any

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def close(self) -> None:
        """End the JVM, which ends by itself when its standard input closes; at the latest after a second."""
        self.gateway.shutdown()
        if self.process.stdin:
            self.process.stdin.close()
        wait(self.process, 1)


def launch(command: Sequence[str], environment: Mapping[str, str], log: Path, on_start: StartHook) -> WarmJvm:
    """Start a JVM with a `spark-submit ... pyspark-shell` command; raise SubmitError when it does not come up."""
    with tempfile.TemporaryDirectory() as directory:
        door = Path(directory) / "door"
        with open(log, "ab") as output:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env={**environment, "_PYSPARK_DRIVER_CONN_INFO_PATH": str(door)},
                start_new_session=True,
            )
        on_start(process)
        _await_door(door, process, log)
        port, secret = _read_door(door)
    return WarmJvm(process, port, secret, _connect(port, secret))


def _await_door(door: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not door.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            end_group(process)
            raise SubmitError(f"spark: got no Java gateway, expected one within {_START_SECONDS:.0f} s; read {log}")
        time.sleep(_LOOK_SECONDS)


def _read_door(door: Path) -> tuple[int, str]:
    """Return port and secret; the JVM moves the file into place when it is complete."""
    content = door.read_bytes()
    port, length = struct.unpack(">ii", content[:8])
    return port, content[8 : 8 + length].decode()


def _connect(port: int, secret: str) -> Any:
    from py4j.clientserver import ClientServer, JavaParameters, PythonParameters

    return ClientServer(
        java_parameters=JavaParameters(port=port, auth_token=secret, auto_convert=True),
        python_parameters=PythonParameters(port=0, eager_load=False),
    )
