"""Values of label files against the declaration: ids as they are written, labels of their type, times of their unit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from label_file import declared

from medallion.bronze.line_reader import Refusal
from medallion.label_files.label_reader import UNLABELLED, Instant, Label, LabelReader
from medallion.label_files.parquet_rows import OtherValue

NOON = "2025-10-23T12:00:00Z"
NOON_US = 1_761_220_800_000_000
"""date -u -d 2025-10-23T12:00:00Z +%s gives 1761220800."""


def read(event_id: Any = "a", label: Any = 1, at: Any = NOON, kind: str = "double", unit: str = "iso8601") -> Any:
    return LabelReader(declared(label_type=kind, time_format=unit)).read((event_id, label, at))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0012", "0012"),
        ("1e5", "1e5"),
        ("5d", "5d"),
        ("-0", "-0"),
        (" a ", " a "),
        ("true", "true"),
        (12, "12"),
        (-7, "-7"),
        (2**70, "1180591620717411303424"),
    ],
)
def test_an_id_is_the_text_that_is_written(value: Any, text: str) -> None:
    assert read(event_id=value) == Label(text, 1.0, NOON_US)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "missing_required"),
        ("", "missing_required"),
        (Decimal("1E+5"), "wrong_type"),
        (Decimal("5.0"), "wrong_type"),
        (True, "wrong_type"),
        ("\udce4", "wrong_type"),
        (float("nan"), "wrong_type"),
        ([1], "wrong_type"),
    ],
)
def test_an_id_that_is_no_text_is_refused(value: Any, reason: str) -> None:
    assert read(event_id=value) == Refusal(reason, "id")


@pytest.mark.parametrize(
    ("kind", "value", "label"),
    [
        ("double", 1, 1.0),
        ("double", "0", 0.0),
        ("double", "-0.0", 0.0),
        ("double", "2.5e-1", 0.25),
        ("double", Decimal("0.1"), 0.1),
        ("double", True, 1.0),
        ("double", "False", 0.0),
        ("integer", "9223372036854775807", 2**63 - 1),
        ("integer", "2.0", 2),
        ("integer", Decimal("3"), 3),
        ("integer", "TRUE", 1),
        ("boolean", True, True),
        ("boolean", "false", False),
        ("boolean", "1", True),
        ("boolean", 0, False),
        ("boolean", Decimal("1.0"), True),
        ("string", "good", "good"),
        ("string", "0012", "0012"),
        ("string", 3, "3"),
        ("string", False, "false"),
    ],
)
def test_a_label_has_its_declared_type(kind: str, value: Any, label: Any) -> None:
    found = read(label=value, kind=kind)
    assert (found, type(found.value)) == (Label("a", label, NOON_US), type(label))


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("double", "good", "wrong_type"),
        ("double", " 1", "wrong_type"),
        ("double", "+1", "wrong_type"),
        ("double", "0x1", "wrong_type"),
        ("double", "\u0661", "wrong_type"),
        ("double", "nan", "not_finite"),
        ("double", "-Infinity", "not_finite"),
        ("double", float("nan"), "not_finite"),
        ("double", "1e400", "not_finite"),
        ("double", "1" * 401, "wrong_type"),
        ("integer", "1.5", "wrong_type"),
        ("integer", "9223372036854775808", "out_of_bounds"),
        ("boolean", "yes", "wrong_type"),
        ("boolean", 2, "wrong_type"),
        ("string", Decimal("1.5"), "wrong_type"),
        ("string", "\udcff", "wrong_type"),
        ("string", {"class": "good"}, "wrong_type"),
        ("boolean", OtherValue("date32"), "wrong_type"),
    ],
)
def test_a_label_of_another_type_is_refused(kind: str, value: Any, reason: str) -> None:
    assert read(label=value, kind=kind) == Refusal(reason, "fraud")


@pytest.mark.parametrize("kind", ["double", "integer", "boolean", "string"])
@pytest.mark.parametrize("missing", [None, ""])
def test_a_row_without_a_label_says_nothing_whatever_else_it_has(kind: str, missing: Any) -> None:
    assert read(label=missing, kind=kind) == UNLABELLED
    assert read(event_id=None, label=missing, at="never", kind=kind) == UNLABELLED


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("iso8601", NOON),
        ("iso8601", "2025-10-23T14:00:00.000+02:00"),
        ("iso8601", Instant(NOON_US)),
        ("unix_seconds", 1_761_220_800),
        ("unix_seconds", "1761220800"),
        ("unix_seconds", Decimal("1761220800.0")),
        ("unix_millis", "1761220800000"),
        ("unix_micros", 1_761_220_800_000_000),
        ("unix_millis", Instant(NOON_US)),
    ],
)
def test_a_label_time_is_read_in_its_declared_format(unit: str, value: Any) -> None:
    assert read(at=value, unit=unit) == Label("a", 1.0, NOON_US)


@pytest.mark.parametrize(
    ("unit", "value", "reason"),
    [
        ("iso8601", None, "missing_required"),
        ("unix_seconds", "", "missing_required"),
        ("iso8601", 1_761_220_800, "wrong_type"),
        ("iso8601", "1761220800", "wrong_type"),
        ("iso8601", "23.10.2025", "wrong_type"),
        ("iso8601", "2025-10-23", "wrong_type"),
        ("iso8601", "2025-10-23T12:00:00", "wrong_type"),
        ("unix_seconds", NOON, "wrong_type"),
        ("unix_seconds", True, "wrong_type"),
        ("unix_seconds", float("inf"), "not_finite"),
        ("iso8601", OtherValue("date32"), "wrong_type"),
        ("iso8601", Instant(2**62), "out_of_bounds"),
    ],
)
def test_a_label_time_in_another_format_is_refused(unit: str, value: Any, reason: str) -> None:
    assert read(at=value, unit=unit) == Refusal(reason, "at")


def test_of_several_broken_rules_the_first_in_the_order_of_id_label_and_time_is_named() -> None:
    assert read(event_id="", label="good", at="") == Refusal("missing_required", "id")
    assert read(label="good", at="") == Refusal("wrong_type", "fraud")
