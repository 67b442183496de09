"""Every aggregation and derivation, with every boundary, over every type of column, against the quadratic model.

A case is one generated history of an entity with one window of an aggregation and boundary, asked for at up to three
instants. The same generator is used twice: by Hypothesis, which looks for trouble and shrinks what it finds, and in
bulk from a seed, where dozens of histories share a table, so that the engine's time for a call is shared too and a
hundred thousand cases take minutes; Hypothesis alone would spend most of its time on drawing them.

    pytest -m nightly test/spark/evaluation             200,000 cases for each aggregation and boundary
    pytest -m nightly test/spark/evaluation -k integer  one type of column; types may run side by side

``MEDALLION_NIGHTLY_SEED`` gives other cases, the same for the same seed. The number of cases and of mismatches is
printed after each type, and stands in ``.local/test/nightly-cases.json``.
"""

from __future__ import annotations

import json
import os
import random
import zlib
from collections import Counter
from pathlib import Path
from typing import Any, Dict

import pytest
from factories import NUMERIC
from generated_cases import KINDS, a_case
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_comparison import Tally, compare

from medallion.evaluation.aggregate import AGGREGATIONS
from medallion.evaluation.derive import DERIVATIONS
from medallion.spec.declaration import BOUNDARIES

SEED = int(os.environ.get("MEDALLION_NIGHTLY_SEED", "20251023"))
REPORTS = Path(__file__).parents[3] / ".local" / "test"
EXAMPLES, HISTORIES = 250, 1000
NIGHTLY_HISTORIES = 50_000
"""Of each type of column, of which only four can be added up."""

NUMERIC_ONLY = ("sum", "mean", "variance", "stddev", "zScore")
OVERFLOWING = {
    "integer": ("sum", "difference"),
    "wide decimal": ("sum",),
    "double": ("sum", "variance", "stddev", "difference", "ratio"),
}
"""What does not fit its type somewhere, with every boundary; twenty decimals of 12 digits cannot."""


@pytest.mark.parametrize("kind", KINDS)
def test_every_aggregation_and_boundary_equals_the_model(kind: str) -> None:
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(st.randoms(use_true_random=False))
    def holds(chance: random.Random) -> None:
        tally = Tally()
        compare(a_case(chance, kind, sizes=(1, 2, 5)), tally)
        assert tally.mismatches == []

    holds()


@pytest.mark.parametrize("kind", KINDS)
def test_histories_that_share_a_table_equal_the_model(kind: str) -> None:
    tally = in_bulk(kind, HISTORIES)
    assert tally.mismatches == []
    assert set(tally.cases) == cells(kind)
    assert set(tally.overflows) == {(name, at) for name in OVERFLOWING.get(kind, ()) for at in BOUNDARIES}


@pytest.mark.nightly
@pytest.mark.parametrize("kind", KINDS)
def test_hundreds_of_thousands_of_cases_equal_the_model(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    tally = in_bulk(kind, NIGHTLY_HISTORIES)
    with capsys.disabled():
        print(report(kind, tally))
    assert tally.mismatches == []
    assert min(tally.cases[cell] for cell in cells(kind)) >= NIGHTLY_HISTORIES


def cells(kind: str) -> set[tuple[str, str]]:
    """Return every aggregation and derivation that the type allows, with every boundary."""
    names = [name for name in (*AGGREGATIONS, *DERIVATIONS) if KINDS[kind].name in NUMERIC or name not in NUMERIC_ONLY]
    return {(name, boundary) for name in names for boundary in BOUNDARIES}


def in_bulk(kind: str, histories: int) -> Tally:
    """Compare until every aggregation and boundary has had that many histories."""
    chance = random.Random(SEED + zlib.crc32(kind.encode()))
    tally = Tally()
    while min(tally.cases[cell] for cell in cells(kind)) < histories:
        compare(a_case(chance, kind, sizes=(5, 40, 80)), tally)
    return tally


def report(kind: str, tally: Tally) -> str:
    """Keep the numbers of one type, and return the table of all types that have run with this seed."""
    folder = REPORTS / "nightly-cases"
    folder.mkdir(parents=True, exist_ok=True)
    cases = {f"{name} {boundary}": count for (name, boundary), count in sorted(tally.cases.items())}
    own = {"seed": SEED, "overflows": tally.overflows.total(), "mismatches": tally.mismatches[:20], "cases": cases}
    (folder / f"{kind.replace(' ', '-')}.json").write_text(json.dumps({**own, "differing": len(tally.mismatches)}))
    found: Dict[str, Dict[str, Any]] = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*"))}
    found = {name: numbers for name, numbers in found.items() if numbers["seed"] == SEED}
    total: Counter[str] = Counter()
    for numbers in found.values():
        total.update(numbers["cases"])
    differing = sum(numbers["differing"] for numbers in found.values())
    summary = {"seed": SEED, "types": found, "cases": total, "fewest": min(total.values()), "mismatches": differing}
    (REPORTS / "nightly-cases.json").write_text(json.dumps(summary, indent=2) + "\n")
    rows = [
        f"{name:14}" + "".join(f"{total[f'{name} {boundary}']:9,}" for boundary in BOUNDARIES)
        for name in (*AGGREGATIONS, *DERIVATIONS)
    ]
    head = [f"\ncases of {', '.join(found)} with seed {SEED}", f"{'':14}" + "".join(f"{at:>9}" for at in BOUNDARIES)]
    return "\n".join([*head, *rows, f"fewest {min(total.values()):,}, mismatches {differing}"])
