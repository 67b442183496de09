"""Runs a program in Node: one process that answers one request after the other, each within its time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from local.process_group import end_group, wait

_HOST = Path(__file__).with_suffix(".js")
_ANSWER_MARK = "\x1e"
_START_SECONDS = 30.0
_END_SECONDS = 1.0


class HostError(Exception):
    """There is no answer; `log` is what the program wrote instead."""

    def __init__(self, message: str, log: str) -> None:
        super().__init__(message)
        self.log = log


class HostTimeout(HostError):
    """A request took longer than it may."""


class HostEnded(HostError):
    """The process ended before it answered."""


class Reply(NamedTuple):
    """What a program answered: a result, or the name, message and stack of what it threw; and what it logged."""

    result: Any
    error: dict[str, Any] | None
    log: str


class NodeHost:
    """The process of one program: started at the first request, and anew after one that it did not answer.

    The program is a module that exports a function of the request, or the promise of one. It can reach this machine
    only. Safe to use from several threads: requests wait for each other, and a request's time begins with its turn.
    """

    def __init__(self, program: Path, environment: Mapping[str, str], directory: Path | None = None) -> None:
        self._command = ["node", str(_HOST), str(program)]
        self._environment = {**environment, "PATH": os.environ["PATH"], "NODE_NO_WARNINGS": "1"}
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def ask(self, request: Any, seconds: float) -> Reply:
        """Return the answer to a request; raise HostTimeout after `seconds`, or HostEnded when the process ends."""
        with self._lock:
            try:
                answer, log = _exchange(self._running(), json.dumps(request), seconds)
            except HostError:
                self.close()
                raise
        return Reply(answer.get("result"), answer.get("error"), log)

    def close(self) -> None:
        """End the process, and with it the request that it works on."""
        process, self._process = self._process, None
        if process is not None:
            end_group(process, signal.SIGKILL)
            process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        process = self._process
        if process is None or process.poll() is not None:
            process = self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self._directory,
                env=self._environment,
                start_new_session=True,
            )
            _await_start(process)
        return process


def _await_start(process: subprocess.Popen[bytes]) -> None:
    try:
        _exchange(process, "", _START_SECONDS)
    except HostTimeout as error:
        raise HostEnded(f"not loaded within {_START_SECONDS:g} seconds", error.log) from None


def _exchange(process: subprocess.Popen[bytes], request: str, seconds: float) -> tuple[dict[str, Any], str]:
    """Send a request, if there is one, and return the next answer and the log before it."""
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        end_group(process, signal.SIGKILL)

    timer = threading.Timer(seconds, expire)
    timer.start()
    try:
        answer, log = _written_and_read(process, request)
    finally:
        timer.cancel()
        timer.join()
    if expired.is_set():
        raise HostTimeout(f"got no answer within {seconds:g} seconds", log)
    if answer is None:
        raise HostEnded(_end(wait(process, _END_SECONDS)), log)
    return answer, log


def _written_and_read(process: subprocess.Popen[bytes], request: str) -> tuple[dict[str, Any] | None, str]:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(f"{request}\n".encode() if request else b"")
        process.stdin.flush()
    except BrokenPipeError:
        return None, ""
    log: list[str] = []
    for raw in process.stdout:
        line = raw.decode(errors="replace")
        if line.startswith(_ANSWER_MARK):
            return json.loads(line[1:]), "".join(log)
        log.append(line)
    return None, "".join(log)


def _end(code: int | None) -> str:
    if code is None:
        return "output closed"
    return f"exit status {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
