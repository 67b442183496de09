"""What happens to every AWS call before moto sees it: journal, permission audit, faults, and services moto lacks."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from local.clock import iso_instant
from local.faults import CallFault
from local.guard import is_loopback
from local.journal import Call
from local.runtime import Answer, Runtime
from local.service_call import ServiceCall, service_call

StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

_CONTROL_PREFIX = "/_local/"
_OBJECT_BODIES = ("PUT",)
_KMS_HEADERS = ("x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id")


class Middleware:
    """The WSGI application in front of moto."""

    def __init__(self, runtime: Runtime, control: Callable[[str, str, str, bytes], Answer], moto: WsgiApp):
        self._runtime = runtime
        self._control = control
        self._moto = moto

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        if not is_loopback(environ.get("HTTP_HOST", "")) or not is_loopback(environ.get("REMOTE_ADDR", "")):
            return _send(start, Answer(403, {"message": "only this machine may call the local runtime"}))
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path.startswith(_CONTROL_PREFIX):
            answer = self._control(method, path, environ.get("QUERY_STRING", ""), _read(environ))
            return _send(start, answer)
        return self._serve(environ, start)

    def _serve(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        call = service_call(environ, b"" if _carries_object(environ) else _read(environ))
        entry = self._runtime.journal.add(
            Call(iso_instant(self._runtime.clock.now()), call.service, call.operation, call.role)
        )
        self._runtime.audit.check_call(call)
        fault = self._runtime.faults.call_fault(call.service, call.operation)
        if fault is not None:
            time.sleep(fault.delay)
            if fault.error:
                entry.status, entry.fault = fault.status, fault.error
                return _refuse(start, call, fault)
        route = self._runtime.routes.get(call.service)
        if route is not None:
            answer = route(call.method, call.path, dict(call.query), call.body)
            entry.status = answer.status
            return _send(start, answer)
        return self._moto(environ, _recorded(entry, environ, start))


def _carries_object(environ: dict[str, Any]) -> bool:
    """Tell whether the body is an object's content, which nobody here reads."""
    return "/s3/" in environ.get("HTTP_AUTHORIZATION", "") and environ["REQUEST_METHOD"] in _OBJECT_BODIES


def _read(environ: dict[str, Any]) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body: bytes = environ["wsgi.input"].read(length) if length else b""
    if length:
        environ["wsgi.input"] = io.BytesIO(body)
    return body


def _recorded(entry: Call, environ: dict[str, Any], start: StartResponse) -> StartResponse:
    hadoop = environ.get("HTTP_USER_AGENT", "").startswith("Hadoop")

    def start_recorded(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        entry.status = int(status.split()[0])
        return start(status, without_kms_headers(headers) if hadoop else headers, *error)

    return start_recorded


def without_kms_headers(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Drop the key of an encrypted object: S3A would send it back when it renames, and then insists on https."""
    return [(name, value) for name, value in headers if name.lower() not in _KMS_HEADERS]


def _refuse(start: StartResponse, call: ServiceCall, fault: CallFault) -> Iterable[bytes]:
    if call.service != "s3" and "form-urlencoded" not in call.content_type:
        return _send(start, Answer(fault.status, {"__type": fault.error, "message": fault.message}, fault.error))
    error = f"<Error><Code>{escape(str(fault.error))}</Code><Message>{escape(fault.message)}</Message></Error>"
    text = error if call.service == "s3" else f"<ErrorResponse>{error}<RequestId>local</RequestId></ErrorResponse>"
    return _respond(start, fault.status, text.encode(), "text/xml", [])


def _send(start: StartResponse, answer: Answer) -> Iterable[bytes]:
    headers = [("x-amzn-errortype", answer.error)] if answer.error else []
    return _respond(start, answer.status, json.dumps(answer.body, default=str).encode(), "application/json", headers)


def _respond(
    start: StartResponse, status: int, body: bytes, content_type: str, headers: list[tuple[str, str]]
) -> Iterable[bytes]:
    common = [
        ("content-type", content_type),
        ("content-length", str(len(body))),
        ("x-amzn-requestid", os.urandom(8).hex()),
    ]
    start(f"{status} {'OK' if status < 400 else 'Refused'}", common + headers)
    return [body]
