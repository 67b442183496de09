"""Metric math and composite alarm rules, evaluated without ever running text as Python.

An expression is parsed by Python's own parser and then walked: only the node types and functions named here exist.
Metric math is evaluated period by period on the metrics' values; None stands for a missing value and makes any
arithmetic on it missing, as in CloudWatch.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping

from local.services.cloudwatch.exceptions import ExpressionError

Value = float | None

_ARITHMETIC: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.BitXor: operator.pow,
}
_COMPARISON: dict[type, Callable[[float, float], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_SCALAR: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
_ACROSS: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "AVG": lambda values: sum(values) / len(values),
}
_STATE_CALL = re.compile(r"\b(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*\"?([^\")]+?)\"?\s*\)")


def metric_math(expression: str, metrics: Mapping[str, Value]) -> Value:
    """Return the value of an expression over one period; raise ExpressionError for what is not supported."""
    return _number(_parse(expression.replace("&&", " and ").replace("||", " or ")), expression, metrics)


def composite_rule(rule: str, states: Mapping[str, str]) -> bool:
    """Return whether a composite alarm's rule holds for the states of the alarms it names (by name or ARN)."""

    def state_test(match: re.Match[str]) -> str:
        name = match[2].split(":alarm:")[-1]
        if name not in states:
            raise ExpressionError(f"alarm rule: got unknown alarm {name!r}, expected one of {sorted(states)}")
        return str(states[name] == match[1])

    words = {"AND": "and", "OR": "or", "NOT": "not", "TRUE": "True", "FALSE": "False"}
    text = _STATE_CALL.sub(state_test, rule)
    text = re.sub(r"\b(AND|OR|NOT|TRUE|FALSE)\b", lambda match: words[match[1]], text)
    return bool(_number(_parse(text), rule, {}))


def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(" ".join(text.split()), mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(f"expression: got {text!r}, expected metric math ({error.msg})") from None


def _number(node: ast.expr, source: str, metrics: Mapping[str, Value]) -> Value:
    if isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float)):
        return float(node.value)
    if isinstance(node, ast.Name):
        return _metric(node.id, source, metrics)
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        return _arithmetic(node, source, metrics)
    if isinstance(node, ast.UnaryOp):
        return _unary(node, source, metrics)
    if isinstance(node, ast.BoolOp):
        return _logical(node, source, metrics)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARISON:
        left, right = (_number(side, source, metrics) for side in (node.left, node.comparators[0]))
        return None if left is None or right is None else float(_COMPARISON[type(node.ops[0])](left, right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _call(node.func.id, node.args, source, metrics)
    raise ExpressionError(f"expression: got {ast.unparse(node)!r} in {source!r}, expected supported metric math")


def _metric(name: str, source: str, metrics: Mapping[str, Value]) -> Value:
    if name not in metrics:
        raise ExpressionError(f"expression: got unknown id {name!r} in {source!r}, expected one of {sorted(metrics)}")
    return metrics[name]


def _arithmetic(node: ast.BinOp, source: str, metrics: Mapping[str, Value]) -> Value:
    left, right = (_number(side, source, metrics) for side in (node.left, node.right))
    if left is None or right is None:
        return None
    try:
        return _ARITHMETIC[type(node.op)](left, right)
    except ZeroDivisionError:
        return None


def _unary(node: ast.UnaryOp, source: str, metrics: Mapping[str, Value]) -> Value:
    value = _number(node.operand, source, metrics)
    if value is None or isinstance(node.op, ast.UAdd):
        return value
    return -value if isinstance(node.op, ast.USub) else float(not value)


def _logical(node: ast.BoolOp, source: str, metrics: Mapping[str, Value]) -> Value:
    values = [_number(operand, source, metrics) for operand in node.values]
    if None in values:
        return None
    return float(all(values) if isinstance(node.op, ast.And) else any(values))


def _call(name: str, arguments: list[ast.expr], source: str, metrics: Mapping[str, Value]) -> Value:
    if name in _ACROSS:
        present = [value for value in _operands(arguments, source, metrics) if value is not None]
        return _ACROSS[name](present) if present else None
    values = [_number(argument, source, metrics) for argument in arguments]
    if name == "FILL" and len(values) == 2:
        return values[1] if values[0] is None else values[0]
    if name == "IF" and len(values) in (2, 3):
        otherwise = values[2] if len(values) == 3 else None
        return None if values[0] is None else values[1] if values[0] else otherwise
    if name in _SCALAR and len(values) == 1:
        return None if values[0] is None else float(_SCALAR[name](values[0]))
    known = ", ".join(sorted([*_ACROSS, *_SCALAR, "FILL", "IF", "METRICS"]))
    raise ExpressionError(f"expression: got {name!r} in {source!r}, expected one of {known}")


def _operands(arguments: list[ast.expr], source: str, metrics: Mapping[str, Value]) -> list[Value]:
    """Return the values behind `m1, m2`, `[m1, m2]` or `METRICS()`."""
    values: list[Value] = []
    for argument in arguments:
        if isinstance(argument, ast.List):
            values += _operands(argument.elts, source, metrics)
        elif isinstance(argument, ast.Call) and isinstance(argument.func, ast.Name) and argument.func.id == "METRICS":
            values += list(metrics.values())
        else:
            values.append(_number(argument, source, metrics))
    return values
