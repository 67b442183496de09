"""CloudFormation properties to API parameters, by the shape that botocore has for the operation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.cloudformation.exceptions import ValidationError


def api_parameters(properties: Mapping[str, Any], shape: Any) -> dict[str, Any]:
    """Return the properties as the operation's input; raise ValidationError for one that it does not have."""
    parameters: dict[str, Any] = _structure(properties, shape, "")
    return parameters


def _coerced(value: Any, shape: Any, path: str) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return _structure(value, shape, path)
    if kind == "list":
        return [_coerced(item, shape.member, path) for item in value]
    if kind == "map":
        return _map(value, shape, path)
    return _scalar(value, kind)


def _structure(value: Mapping[str, Any], shape: Any, path: str) -> dict[str, Any]:
    names = {name.lower(): name for name in shape.members}
    coerced = {}
    for key, item in value.items():
        name = names.get(key.lower())
        if name is None:
            raise ValidationError(message=f"Encountered unsupported property {path}{key}")
        coerced[name] = _coerced(item, shape.members[name], f"{path}{key}.")
    return coerced


def _map(value: Any, shape: Any, path: str) -> dict[str, Any]:
    pairs = {item["Key"]: item["Value"] for item in value} if isinstance(value, list) else value
    return {key: _coerced(item, shape.value, f"{path}{key}.") for key, item in pairs.items()}


def _scalar(value: Any, kind: str) -> Any:
    if kind == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    if kind in ("integer", "long") and isinstance(value, str):
        return int(value)
    if kind in ("float", "double") and isinstance(value, str):
        return float(value)
    if kind == "string" and isinstance(value, (dict, list)):
        return json.dumps(value)
    if kind == "string" and not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value
