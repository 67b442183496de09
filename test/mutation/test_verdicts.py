"""The gate of the mutation tests, on records as mutmut leaves them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Dict, Optional, Tuple

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from verdicts import Bounds, equivalents, summary, survivors, timed_out, unlisted_survivors

MUTATED = """
def xǁWindowǁcount__mutmut_orig(self, start, stop):
    return stop - start
def xǁWindowǁcount__mutmut_1(self, start, stop):
    return stop + start
def xǁWindowǁcount__mutmut_2(self, start, stop):
    return None
"""
LISTED = "# Reasons\n\n```diff\n# kernel.Window.count\n- return stop - start\n+ return stop + start\n```\n"


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "survivors.md"
    path.write_text(LISTED, encoding="utf-8")
    return path


def mutants(folder: Path, first: Optional[int], second: Optional[int]) -> Path:
    """Return a folder of mutmut with two mutants that ended with these exit codes."""
    module = folder / "src" / "medallion" / "kernel.py"
    module.parent.mkdir(parents=True)
    module.write_text(MUTATED, encoding="utf-8")
    codes: Dict[str, Optional[int]] = {
        f"kernel.xǁWindowǁcount__mutmut_{at}": code for at, code in ((1, first), (2, second))
    }
    module.with_name("kernel.py.meta").write_text(json.dumps({"exit_code_by_key": codes}), encoding="utf-8")
    return folder


def judged(folder: Path, listed: Path, least: float = 0.0, most: float = 1.0) -> Tuple[str, bool]:
    return summary(folder, listed, Bounds(least, most))


def test_a_listed_survivor_passes(tmp_path: Path, listed: Path) -> None:
    text, passed = judged(mutants(tmp_path, 0, 1), listed)
    assert passed
    assert "1 of 2 mutants killed, 1 equivalent (50.0%)" in text
    assert "score without the equivalent ones 100.0%" in text


def test_fails_when_a_survivor_is_not_listed(tmp_path: Path, listed: Path) -> None:
    folder = mutants(tmp_path, 0, 0)
    text, passed = judged(folder, listed)
    assert not passed
    assert "# kernel.Window.count\n- return stop - start\n+ return None" in text
    assert unlisted_survivors(folder, listed) == ["kernel.xǁWindowǁcount__mutmut_2"]
    assert len(survivors(folder)) == 2


def test_fails_when_a_listed_change_was_killed(tmp_path: Path, listed: Path) -> None:
    text, passed = judged(mutants(tmp_path, 1, 1), listed)
    assert not passed
    assert "entry of survivors.md that did not survive" in text


@pytest.mark.parametrize(("most", "wanted"), [(0.5, True), (0.49, False)])
def test_fails_when_too_many_are_said_to_be_equivalent(tmp_path: Path, listed: Path, most: float, wanted: bool) -> None:
    assert judged(mutants(tmp_path, 0, 1), listed, most=most)[1] == wanted


@pytest.mark.parametrize(
    ("second", "wanted"), [(1, True), (2, True), (24, True), (-24, True), (33, False), (None, False)]
)
def test_fails_when_a_mutant_was_not_killed(tmp_path: Path, listed: Path, second: Optional[int], wanted: bool) -> None:
    assert judged(mutants(tmp_path, 0, second), listed)[1] == wanted


def test_names_the_mutants_for_which_the_tests_took_too_long(tmp_path: Path) -> None:
    assert timed_out(mutants(tmp_path, 1, 24)) == ["kernel.xǁWindowǁcount__mutmut_2"]


def test_fails_when_there_is_no_mutant(tmp_path: Path) -> None:
    nothing = tmp_path / "survivors.md"
    nothing.write_text("# Reasons\n", encoding="utf-8")
    assert equivalents(nothing) == set()
    assert not judged(tmp_path, nothing)[1]
