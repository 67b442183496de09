"""The `conftest.py` of the copy: fewer generated cases, always the same ones, and the fastest tests first.

Every mutant runs the tests that reach it until one fails, so the seconds of a test count a thousand times.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List

import hypothesis
import pytest

MOST_EXAMPLES = 30
MOST_SEEDS = 2
BULK = {"EXAMPLES": 12, "HISTORIES": 15}
"""Constants of test modules that say how much of something large is generated."""

DURATIONS = Path("mutmut-stats.json")

_settings = hypothesis.settings.__init__


def _capped(self: hypothesis.settings, *parent: Any, max_examples: Any = MOST_EXAMPLES, **options: Any) -> None:
    examples = min(max_examples, MOST_EXAMPLES) if isinstance(max_examples, int) else MOST_EXAMPLES
    _settings(self, *parent, **{**options, "max_examples": examples, "database": None, "derandomize": True})


hypothesis.settings.__init__ = _capped  # type: ignore[method-assign]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: List[pytest.Item]) -> None:
    """Run the tests in the order of the time that they took without a mutant, and those of many cases with fewer."""
    items[:] = [item for item in items if _seed(item) < MOST_SEEDS]
    for item in items:
        module = getattr(item, "module", None)
        for name, number in BULK.items():
            if hasattr(module, name):
                setattr(module, name, number)
    if DURATIONS.exists():
        seconds: Dict[str, float] = json.loads(DURATIONS.read_text())["duration_by_test"]
        items.sort(key=lambda item: seconds.get(item.nodeid, 0.0))


def _seed(item: pytest.Item) -> int:
    """Return which of the seeds of its parameters a test has, 0 where it has none."""
    parameters: Dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    return int(parameters.get("seed", 0))
