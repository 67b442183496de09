"""Mutation testing of the feature engine: for every small change of its code, does a test fail?

    .local/venv/bin/python test/mutation/run.py             test the mutants that have no verdict yet, and sum up
    .local/venv/bin/python test/mutation/run.py --listed    test the survivors that are listed again, too
    .local/venv/bin/python test/mutation/run.py --fresh     forget all verdicts before
    .local/venv/bin/python test/mutation/run.py --summary   only sum up

Works on a copy in ``.local/mutation``, with mutmut in an environment of its own; may be stopped and started again.
Ends with an error when a survivor is not in ``survivors.md``, when an entry there has no survivor any more, or when a
share of the mutants is not within ``BOUNDS``. What is not mutated: annotations, docstrings, error texts
(``raise`` statements and what is only formatted for them), module constants and decorated functions.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import List

sys.path.insert(0, str(Path(__file__).parent))

import verdicts

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "test" / "mutation"
LOCAL = ROOT / ".local" / "mutation"
WORK = LOCAL / "work"
MUTANTS = WORK / "mutants"
TESTS_COPY = WORK / "test" / "spark"
SUMMARY = LOCAL / "summary.txt"
LOG = LOCAL / "mutmut.log"
SURVIVORS = HERE / "survivors.md"

MODULES = (
    "arrays/exact_sum",
    "arrays/kernel",
    "arrays/moments",
    "arrays/timeline",
    "evaluation/aggregate",
    "evaluation/arrow",
    "evaluation/derive",
    "evaluation/evaluate",
    "evaluation/pieces",
    "evaluation/subject",
    "evaluation/truth",
    "spec/predicate",
)
"""The modules of ``medallion`` that are mutated: what a feature is made of, and nothing that needs Spark."""

TESTS = ("arrays/test_*.py", "evaluation/test_*.py", "spec/test_predicate.py")
"""The tests that are run, below ``test/spark``; none needs Spark."""

SUPPORT = ("factories.py", "generated_cases.py", "model_comparison.py", "naive_model.py", "windows.py")
BOUNDS = verdicts.Bounds(least_killed=0.95, most_equivalent=0.06)
PROCESSES = 2
UNMUTATED = "# only says what is wrong"

SETTINGS = f"""
[tool.mutmut]
source_paths = ["src"]
only_mutate = [{", ".join(f'"src/medallion/{module}.py"' for module in MODULES)}]
do_not_mutate_patterns = ["{UNMUTATED}$"]
also_copy = ["test", "docs"]
pytest_add_cli_args = ["-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = ["test/spark"]
timeout_multiplier = 10.0
use_git_change_detection = false
track_dependencies = false
on_dependency_change = "ignore"

[tool.pytest.ini_options]
pythonpath = ["test/spark"]
addopts = "--import-mode=importlib -m 'not benchmark and not nightly and not spark'"
markers = ["benchmark", "nightly", "spark"]
"""


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(description="Mutation testing of the feature engine")
    parser.add_argument("--fresh", action="store_true", help="forget all verdicts")
    parser.add_argument("--listed", action="store_true", help="test the survivors that are listed again, too")
    parser.add_argument("--summary", action="store_true", help="only sum up the verdicts that are there")
    options = parser.parse_args()
    if not options.summary:
        if options.fresh:
            shutil.rmtree(WORK, ignore_errors=True)
        judge_mutants(copied_project(), options.listed)
    text, passed = verdicts.summary(MUTANTS, SURVIVORS, BOUNDS)
    SUMMARY.write_text(text, encoding="utf-8")
    print(text)
    return 0 if passed else 1


def copied_project() -> str:
    """Bring the copy up to date, and return a digest of it."""
    wanted = {WORK / "pyproject.toml": SETTINGS, TESTS_COPY / "conftest.py": (HERE / "fast_profile.py").read_text()}
    semantics = "docs/feature-semantics.md"
    wanted[WORK / semantics] = (ROOT / semantics).read_text(encoding="utf-8")
    package = ROOT / "assets" / "spark"
    for source in sorted((package / "medallion").rglob("*.py")):
        wanted[WORK / "src" / source.relative_to(package)] = without_error_texts(source.read_text(encoding="utf-8"))
    for test in tests():
        wanted[WORK / test.relative_to(ROOT)] = test.read_text(encoding="utf-8")
    for folder in (WORK / "src", TESTS_COPY):
        for stale in set(folder.rglob("*.py")) - wanted.keys() if folder.exists() else ():
            stale.unlink()
            (MUTANTS / stale.relative_to(WORK)).unlink(missing_ok=True)
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return hashlib.sha256("\0".join(wanted.values()).encode()).hexdigest()


def tests() -> List[Path]:
    """Return the tests that need no Spark, and what they import."""
    folder = ROOT / "test" / "spark"
    chosen = (test for pattern in TESTS for test in folder.glob(pattern))
    return sorted({*chosen, *(folder / name for name in SUPPORT)})


def without_error_texts(source: str) -> str:
    """Mark the lines of ``raise`` statements, and of the texts put together before them, as not to be mutated."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        formats = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("got", "expected")
        if isinstance(node, ast.stmt) and (formats or isinstance(node, ast.Raise)):
            for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                lines[number - 1] += f"  {UNMUTATED}"
    return "\n".join(lines) + "\n"


def judge_mutants(digest: str, listed: bool) -> None:
    """Test the mutants without a verdict; if anything changed since the last time, also those that survived then.

    Of the listed survivors it is known why they do; they are tested again only when asked for. A mutant that took too
    long is tested once more by itself: it may have been the machine.
    """
    stamp = WORK / "stamp"
    changed = not stamp.exists() or stamp.read_text() != digest
    if changed:
        (MUTANTS / "mutmut-stats.json").unlink(missing_ok=True)
    before = verdicts.survivors(MUTANTS) if listed else verdicts.unlisted_survivors(MUTANTS, SURVIVORS)
    program = installed_mutmut()
    run_mutmut(program, [])
    again = sorted(set(before) & set(verdicts.survivors(MUTANTS)))
    if again and (changed or listed):
        run_mutmut(program, again)
    slow = verdicts.timed_out(MUTANTS)
    if slow:
        run_mutmut(program, slow, processes=1)
    stamp.write_text(digest)


def run_mutmut(program: Path, names: List[str], processes: int = PROCESSES) -> None:
    """Run mutmut with its output, which is one long line of progress, in a file."""
    command = [str(program), "run", "--max-children", str(processes), *names]
    print(f"testing mutants; the progress is at the end of {LOG.relative_to(ROOT)}", flush=True)
    with LOG.open("w", encoding="utf-8") as log:
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        code = subprocess.run(command, cwd=WORK, env=environment, stdout=log, stderr=log, check=False).returncode
    if code:
        sys.exit(LOG.read_text(encoding="utf-8")[-4000:])


def installed_mutmut() -> Path:
    """Return the program of an environment that has mutmut and sees the packages of the tests' environment."""
    home, wanted = LOCAL / "venv", (HERE / "requirements.txt").read_text()
    stamp = home / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(home, clear=True, with_pip=True)
        (packages,) = home.glob("lib/python*/site-packages")
        (packages / "tests.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
        command = [str(home / "bin" / "python"), "-m", "pip", "install", "-q", "-r", str(HERE / "requirements.txt")]
        subprocess.run(command, check=True)
        stamp.write_text(wanted)
    return home / "bin" / "mutmut"


if __name__ == "__main__":
    sys.exit(main())
