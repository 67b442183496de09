"""Waiting before a retry: the service's seconds would be spent for nothing on a clock that stands still."""

from __future__ import annotations

import time
from types import SimpleNamespace

from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

from local.patching import replace
from local.runtime import Runtime

MAX_RETRY_SECONDS = 0.1
"""The longest real wait; order and number of attempts stay those of the definition."""


def install(runtime: Runtime) -> None:
    """Cut the wait before a retry short."""
    replace(retrier_decl, "time", SimpleNamespace(sleep=_cut_short))


def _cut_short(seconds: float) -> None:
    time.sleep(min(seconds, MAX_RETRY_SECONDS))
