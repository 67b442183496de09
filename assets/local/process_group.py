"""Processes that were started in a session of their own: they end with all their children."""

from __future__ import annotations

import os
import signal
import subprocess


def end_group(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """Signal a process and its children; harmless when it has ended."""
    if process.poll() is None:
        os.killpg(process.pid, how)


def wait(process: subprocess.Popen[bytes], timeout: float) -> int | None:
    """Wait for a process, or end its whole group after `timeout` seconds and return None."""
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        end_group(process, signal.SIGKILL)
        process.wait()
        return None
