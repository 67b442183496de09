"""Evaluating IAM policies: identity and resource statements, wildcards, and the simple conditions."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Statement = Mapping[str, Any]
Context = Mapping[str, str]


def statements_of(document: str | bytes | Mapping[str, Any]) -> list[Statement]:
    """Return the statements of a policy document, given as JSON text or parsed."""
    parsed = json.loads(document) if isinstance(document, (str, bytes)) else document
    return _listed(parsed["Statement"])


def decision(statements: Iterable[Statement], action: str, resource: str | None, context: Context) -> str:
    """Return "deny", "allow" or "none"; a resource of None matches every statement's."""
    matching = [one for one in statements if _matches(one, action, resource, context)]
    if any(one["Effect"] == "Deny" for one in matching):
        return "deny"
    return "allow" if matching else "none"


def _matches(statement: Statement, action: str, resource: str | None, context: Context) -> bool:
    return (
        _named(statement, "Action", action)
        and (resource is None or _named(statement, "Resource", resource, default="*"))
        and conditions_hold(statement.get("Condition", {}), context)
    )


def _named(statement: Statement, element: str, value: str, default: str | None = None) -> bool:
    if f"Not{element}" in statement:
        return not like_any(value, _listed(statement[f"Not{element}"]))
    return like_any(value, _listed(statement.get(element, default)))


def conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Tell whether every operator and key holds; an operator that is not known here never does."""
    return all(
        _condition_holds(operator, context.get(key) or context.get(key.lower()), _listed(wanted))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _condition_holds(operator: str, actual: str | None, wanted: list[Any]) -> bool:
    name = operator.partition(":")[2] or operator
    if name == "Null":
        return (actual is None) == (str(wanted[0]).lower() == "true")
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if actual is None:
        return optional or "Not" in name or operator.startswith("ForAllValues:")
    compare = _OPERATORS.get(name)
    return compare is not None and compare(actual, [str(value) for value in wanted])


def like_any(value: str, patterns: Iterable[Any]) -> bool:
    """Tell whether a value matches one of the patterns, in which `*` and `?` are wildcards, ignoring case."""
    return any(fnmatch.fnmatchcase(value.lower(), _escaped(str(pattern).lower())) for pattern in patterns)


def _escaped(pattern: str) -> str:
    return pattern.replace("[", "[[]")


def _like_case(value: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(value, _escaped(pattern)) for pattern in patterns)


_OPERATORS: dict[str, Callable[[str, list[str]], bool]] = {
    "StringEquals": lambda value, wanted: value in wanted,
    "StringNotEquals": lambda value, wanted: value not in wanted,
    "StringEqualsIgnoreCase": lambda value, wanted: value.lower() in [one.lower() for one in wanted],
    "StringLike": _like_case,
    "StringNotLike": lambda value, wanted: not _like_case(value, wanted),
    "ArnEquals": _like_case,
    "ArnLike": _like_case,
    "ArnNotEquals": lambda value, wanted: not _like_case(value, wanted),
    "ArnNotLike": lambda value, wanted: not _like_case(value, wanted),
    "Bool": lambda value, wanted: value.lower() in [one.lower() for one in wanted],
}


def principal_matches(statement: Statement, role_arn: str, account: str) -> str:
    """Return how a resource statement names a role: "role", "account" when only through its account, or "none"."""
    principal = statement.get("Principal")
    if principal == "*":
        return "role"
    named = [str(one) for one in _listed((principal or {}).get("AWS", []))]
    if role_arn in named or "*" in named:
        return "role"
    return "account" if account in named or f"arn:aws:iam::{account}:root" in named else "none"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
