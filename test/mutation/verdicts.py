"""What mutmut found out, read from its files: counts for each module, survivors with their changed lines."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Set, Tuple

KILLED = (1, 2, 3)
"""A test failed, the tests could not be collected, or pytest itself broke."""

TIMED_OUT = (24, -24, 36, 152, 255)
KINDS = ("killed", "timed out", "survived", "not tested")

Change = Tuple[str, str, str]
"""A function, its lines before and its lines after: what the list of survivors names a mutant by."""


@dataclass(frozen=True)
class Mutant:
    """One change of one function, under mutmut's name for it, and what became of it."""

    name: str
    module: str
    kind: str
    change: Change


@dataclass(frozen=True)
class Bounds:
    """The least share of mutants to kill, equivalent ones aside, and the greatest share that may be equivalent."""

    least_killed: float
    most_equivalent: float


def summary(mutants_folder: Path, listed: Path, bounds: Bounds) -> Tuple[str, bool]:
    """Return a report of all mutants, and whether it is as wanted."""
    mutants = read(mutants_folder)
    known = equivalents(listed)
    surviving = [mutant for mutant in mutants if mutant.kind == "survived"]
    unlisted = [mutant for mutant in surviving if mutant.change not in known]
    stale = known - {mutant.change for mutant in surviving}
    waiting = sum(mutant.kind == "not tested" for mutant in mutants)
    equivalent = len(surviving) - len(unlisted)
    killed = len(mutants) - len(surviving) - waiting
    score, share = killed / max(len(mutants) - equivalent, 1), equivalent / max(len(mutants), 1)
    lines = [*_table(mutants), f"\n{killed} of {len(mutants)} mutants killed, {equivalent} equivalent ({share:.1%})"]
    lines += [f"score without the equivalent ones {score:.1%}, at least {bounds.least_killed:.0%} wanted"]
    lines += [f"\n{mutant.name} survives, not in {listed.name}:\n{as_diff(mutant.change)}" for mutant in unlisted]
    lines += [f"\nentry of {listed.name} that did not survive:\n{as_diff(change)}" for change in sorted(stale)]
    within = score >= bounds.least_killed and share <= bounds.most_equivalent
    passed = bool(mutants) and within and not unlisted and not stale and not waiting
    return "\n".join([*lines, "passed" if passed else "FAILED", ""]), passed


def survivors(mutants_folder: Path) -> List[str]:
    """Return mutmut's names of the mutants that no test killed."""
    return [mutant.name for mutant in read(mutants_folder) if mutant.kind == "survived"]


def timed_out(mutants_folder: Path) -> List[str]:
    """Return mutmut's names of the mutants for which the tests took too long."""
    return [mutant.name for mutant in read(mutants_folder) if mutant.kind == "timed out"]


def unlisted_survivors(mutants_folder: Path, listed: Path) -> List[str]:
    """Return those of which it is not known why they survive."""
    known = equivalents(listed)
    return [mutant.name for mutant in read(mutants_folder) if mutant.kind == "survived" and mutant.change not in known]


def read(mutants_folder: Path) -> List[Mutant]:
    """Return all mutants, in the order of the modules."""
    found: List[Mutant] = []
    for record in sorted(mutants_folder.glob("src/medallion/**/*.py.meta")):
        exit_codes = json.loads(record.read_text(encoding="utf-8"))["exit_code_by_key"]
        sources = _functions(record.with_suffix("").read_text(encoding="utf-8")) if exit_codes else {}
        module = record.name.split(".")[0]
        for name, exit_code in exit_codes.items():
            local = name.rsplit(".", 1)[1]
            original = local.partition("__mutmut_")[0]
            was, now = _changed(sources[f"{original}__mutmut_orig"], sources[local])
            found.append(Mutant(name, module, _kind(exit_code), (f"{module}.{_readable(original)}", was, now)))
    return found


def equivalents(listed: Path) -> Set[Change]:
    """Return the changes in the ``diff`` blocks of the list of survivors."""
    blocks = re.findall(r"^```diff\n(.*?)^```", listed.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return {
        (function, was, now)
        for block in blocks
        for function, was, now in re.findall(r"^# (.*)\n- (.*)\n\+ (.*)\n", block, re.MULTILINE)
    }


def as_diff(change: Change) -> str:
    """Return a change as the list of survivors has it."""
    function, was, now = change
    return f"# {function}\n- {was}\n+ {now}"


def _kind(exit_code: object) -> str:
    if exit_code is None:
        return "not tested"
    if exit_code in TIMED_OUT:
        return "timed out"
    return "killed" if exit_code in KILLED else "survived"


def _readable(mangled: str) -> str:
    """Turn ``x_name`` into ``name``, and a method's ``xǁClassǁname`` into ``Class.name``."""
    return mangled[2:].replace("ǁ", ".")


def _functions(source: str) -> Dict[str, List[str]]:
    """Return the lines of each function below its name, without indentation."""
    lines = source.splitlines()
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return {node.name: [line.strip() for line in lines[node.lineno - 1 : node.end_lineno]] for node in functions}


def _changed(original: List[str], mutant: List[str]) -> Tuple[str, str]:
    """Return the lines that differ, joined, with the generated name put back to ``_``."""
    before, after = ([f"def _({lines[0].partition('(')[2]}", *lines[1:]] for lines in (original, mutant))
    start = 0
    while before[start : start + 1] == after[start : start + 1]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return " ".join(before[start : len(before) - end]), " ".join(after[start : len(after) - end])


def _table(mutants: List[Mutant]) -> List[str]:
    counts = Counter((mutant.module, mutant.kind) for mutant in mutants)
    rows = [f"{'module':<16}" + "".join(f"{kind:>12}" for kind in (*KINDS, "all"))]
    for module in sorted({mutant.module for mutant in mutants}):
        numbers = [counts[module, kind] for kind in KINDS]
        rows.append(f"{module:<16}" + "".join(f"{number:>12}" for number in (*numbers, sum(numbers))))
    return rows
