"""The values of a declaration: what is found in them by name, and what follows from a window."""

from __future__ import annotations

import pyarrow as pa
import pytest
from factories import TYPES, a_feature, a_group, a_spec

from medallion.errors import SpecError
from medallion.spec.column_type import ColumnType
from medallion.spec.declaration import Window
from medallion.spec.predicate import Combination, Comparison

SPEC = a_spec(a_group([a_feature("count")]), {"amount": TYPES["decimal"]})


def test_fails_when_an_unknown_group_is_asked_for() -> None:
    with pytest.raises(SpecError, match="^featureGroups: got no group 'x', expected one of g; use one of these$"):
        SPEC.feature_group("x")


def test_fails_when_an_unknown_column_is_asked_for() -> None:
    with pytest.raises(
        SpecError, match="^column: got no event column 'x', expected one of card_id, amount; declare it"
    ):
        SPEC.events.column("x")


def test_every_column_type_has_an_arrow_and_a_spark_type() -> None:
    assert {name: (str(kind.arrow), kind.spark) for name, kind in TYPES.items()} == {
        "integer": ("int64", "BIGINT"),
        "decimal": ("decimal128(12, 2)", "DECIMAL(12,2)"),
        "double": ("double", "DOUBLE"),
        "string": ("string", "STRING"),
        "boolean": ("bool", "BOOLEAN"),
        "timestamp": ("timestamp[us, tz=UTC]", "TIMESTAMP"),
    }
    assert ColumnType("decimal", 19, 2).arrow == pa.decimal128(19, 2)


@pytest.mark.parametrize(
    ("name", "digits", "text"),
    [
        ("money", (), "got 'money', expected one of string, integer, decimal, double, boolean, timestamp"),
        ("string", (3, 1), "got string with digits, expected digits on decimal alone"),
        ("decimal", (), "got decimal without digits, expected precision and scale"),
        ("decimal", (12, 13), r"got decimal\(12,13\), expected 0 <= scale <= precision <= 19"),
        ("decimal", (20, 2), r"got decimal\(20,2\), expected 0 <= scale <= precision <= 19"),
    ],
)
def test_fails_when_there_is_no_such_type(name: str, digits: tuple[int, ...], text: str) -> None:
    with pytest.raises(SpecError, match=f"^type: {text}"):
        ColumnType(name, *digits)


@pytest.mark.parametrize(
    ("closed", "back_us", "front_us"), [("left", 13, 3), ("right", 12, 2), ("both", 13, 2), ("neither", 12, 3)]
)
def test_every_boundary_is_a_half_open_window(closed: str, back_us: int, front_us: int) -> None:
    # [q-13, q-3), (q-13, q-3] = [q-12, q-2), [q-13, q-3] = [q-13, q-2), (q-13, q-3) = [q-12, q-3)
    window = Window(10, 3, closed)
    assert (window.back_us, window.front_us, window.reach_us) == (back_us, front_us, 13)


@pytest.mark.parametrize(
    ("length", "offset", "closed", "text"),
    [
        (0, 0, "left", "window: got length 0 us, offset 0 us, expected a positive length"),
        (1, -1, "left", "window: got length 1 us, offset -1 us, expected"),
        (1, 0, "open", "window.closed: got 'open', expected one of left, right, both, neither"),
    ],
)
def test_fails_when_there_is_no_such_window(length: int, offset: int, closed: str, text: str) -> None:
    with pytest.raises(SpecError, match=f"^{text}"):
        Window(length, offset, closed)


def test_reach_is_that_of_the_farthest_window_with_its_offset() -> None:
    far = a_feature("count", window=Window(5, 100), name="far")
    assert a_group([a_feature("count", window=Window(50)), far]).reach_us == 105


def test_an_evaluation_reads_the_columns_of_predicates_once_each() -> None:
    parts = (Comparison("x", "isNull"), Combination("not", (Comparison("y", "isNull"),)), Comparison("x", "isNotNull"))
    feature = a_feature("sum", "x", TYPES["integer"], where=Combination("allOf", parts))
    assert feature.columns == ("x", "x", "y")
    assert a_group([feature]).columns == ("card_id", "x", "y")
