"""Which AWS operation an HTTP request is, by the services' own models."""

from __future__ import annotations

import functools
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from botocore.exceptions import UnknownServiceError
from botocore.parsers import BaseCBORParser
from moto.core.utils import get_service_model

from local.identity import role_of_key, signature

FEATURE_STORE = "featurestore-runtime"
"""The name of the Feature Store runtime here; its signing name is that of SageMaker."""

_MODEL_NAMES = {FEATURE_STORE: "sagemaker-featurestore-runtime"}
_FEATURE_STORE_PATH = re.compile(r"^/(FeatureGroup/|Batch)")
_RPC_PATH = re.compile(r"^/service/\w+/operation/(\w+)$")


@dataclass(frozen=True)
class ServiceCall:
    """One request to a service: which role, if any, calls which operation, with what."""

    service: str
    operation: str
    role: str | None
    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, Any]:
        """The members of a JSON, CBOR or form body; empty for any other."""
        return _parameters(self.body, self.content_type)


@dataclass(frozen=True)
class _RestOperation:
    name: str
    method: str
    path: re.Pattern[str]
    fixed_query: tuple[tuple[str, str], ...]
    required_query: tuple[str, ...]
    required_headers: tuple[str, ...]

    def matches(self, method: str, path: str, query: Mapping[str, list[str]], headers: set[str]) -> bool:
        return (
            method == self.method
            and self.path.fullmatch(path) is not None
            and all(name in query and (not value or query[name] == [value]) for name, value in self.fixed_query)
            and all(name in query for name in self.required_query)
            and all(name in headers for name in self.required_headers)
        )

    @property
    def specificity(self) -> int:
        return len(self.fixed_query) * 2 + len(self.required_query) + len(self.required_headers)


def service_call(environ: Mapping[str, Any], body: bytes) -> ServiceCall:
    """Identify the call of a WSGI request; the operation of a request that no model knows is its method and path."""
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    key, service = signature(environ.get("HTTP_AUTHORIZATION", "")) or ("", "unsigned")
    if service == "sagemaker" and _FEATURE_STORE_PATH.match(path):
        service = FEATURE_STORE
    headers = {name[5:].replace("_", "-").lower(): str(environ[name]) for name in environ if name[:5] == "HTTP_"}
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    content_type = environ.get("CONTENT_TYPE", "")
    named = _named_operation(environ, body, content_type)
    return ServiceCall(
        service=service,
        operation=named or _rest_operation(service, method, path, query, set(headers)) or f"{method} {path}",
        role=role_of_key(key),
        method=method,
        path=path,
        query=query,
        body=body,
        content_type=content_type,
        headers=headers,
    )


def _named_operation(environ: Mapping[str, Any], body: bytes, content_type: str) -> str | None:
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return str(target).split(".")[-1]
    rpc = _RPC_PATH.match(environ["PATH_INFO"])
    if rpc:
        return rpc[1]
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode())).get("Action")
    return None


def _rest_operation(
    service: str, method: str, path: str, query: Mapping[str, list[str]], headers: set[str]
) -> str | None:
    found = [
        operation
        for operation in _rest_operations(_MODEL_NAMES.get(service, service))
        if operation.matches(method, path, query, headers)
    ]
    return max(found, key=lambda operation: operation.specificity).name if found else None


@functools.cache
def _rest_operations(model_name: str) -> list[_RestOperation]:
    try:
        model = get_service_model(model_name)
    except UnknownServiceError:
        return []
    if not model.metadata["protocol"].startswith("rest-"):
        return []
    return [_rest(model.operation_model(name)) for name in model.operation_names]


def _rest(operation: Any) -> _RestOperation:
    uri, _, fixed = operation.http["requestUri"].partition("?")
    pattern = re.sub(r"\\\{(\w+)(\\\+)?\\\}", lambda m: ".+" if m[2] else "[^/]+", re.escape(uri)).rstrip("/")
    shape = operation.input_shape
    members = [(shape.members[name], name) for name in shape.required_members] if shape else []

    def required(location: str) -> tuple[str, ...]:
        return tuple(
            member.serialization.get("name", name)
            for member, name in members
            if member.serialization.get("location") == location
        )

    headers = tuple(name.lower() for name in required("header"))
    return _RestOperation(
        operation.name,
        operation.http["method"],
        re.compile(pattern + "/?"),
        tuple(parse_qsl(fixed, keep_blank_values=True)),
        required("querystring"),
        headers,
    )


def _parameters(body: bytes, content_type: str) -> dict[str, Any]:
    if body[:1] == b"{":
        try:
            parsed = json.loads(body)
        except ValueError:
            return {}
        return parsed if isinstance(parsed, dict) else {}
    if "cbor" in content_type and body:
        # botocore's parser reads from a buffered, peekable stream.
        parsed = BaseCBORParser().parse_data_item(io.BufferedReader(io.BytesIO(body)))
        return parsed if isinstance(parsed, dict) else {}
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode()))
    return {}
