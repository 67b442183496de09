"""Runs that end in the middle, as a process that is killed does."""

from __future__ import annotations

from typing import Any, Type

import pytest

from medallion.runs.lake_run import LakeRun


class KilledError(Exception):
    """Stands for the end of a process."""


def kill_after(monkeypatch: pytest.MonkeyPatch, run: Type[LakeRun], step: str) -> None:
    """Let the next run die when a step has done its work."""
    whole = getattr(run, step)

    def killed(*arguments: Any) -> None:
        whole(*arguments)
        raise KilledError(step)

    monkeypatch.setattr(run, step, killed)
