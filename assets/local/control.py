"""The `/_local/*` routes: what a test or the demo may ask of the runtime itself."""

from __future__ import annotations

import json
import traceback
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl

from local.clock import iso_instant, parse_instant
from local.runtime import Answer, Runtime
from local.template import deploy

Request = dict[str, Any]


class ControlError(Exception):
    """A control request that cannot be answered as it was put."""


class Control:
    """Answers control requests: by what services registered, and here for the runtime itself."""

    def __init__(self, runtime: Runtime):
        self._runtime = runtime
        runtime.controls |= {
            ("GET", "health"): lambda _: {"ok": True},
            ("POST", "deploy"): self._deploy,
            ("GET", "clock"): lambda _: self._clock(),
            ("POST", "clock"): self._set_clock,
            ("POST", "advance"): runtime.timeline.advance_control,
            ("POST", "flush"): lambda _: runtime.timeline.flush(),
            ("GET", "journal"): lambda q: runtime.journal.calls(q.get("service"), q.get("operation")),
            ("GET", "permissions"): lambda _: runtime.audit.report(),
            ("GET", "faults"): lambda _: runtime.faults.pending(),
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._clear_faults,
        }

    def __call__(self, method: str, path: str, query: str, body: bytes) -> Answer:
        name = path.removeprefix("/_local/").strip("/")
        route = self._runtime.controls.get((method, name))
        if route is None:
            return Answer(404, {"message": f"{method} {path}: got no such control route"})
        try:
            return Answer(200, route(_request(query, body)))
        except KeyError as error:
            return Answer(400, {"message": f"{method} {path}: got no field {error}"})
        except (ControlError, ValueError) as error:
            return Answer(400, {"message": str(error), "type": type(error).__name__})
        except Exception as error:
            traceback.print_exc()
            return Answer(500, {"message": repr(error), "type": type(error).__name__})

    def _deploy(self, request: Request) -> dict[str, Any]:
        return asdict(deploy(self._runtime, request["assembly"], request.get("stack")))

    def _clock(self) -> dict[str, str]:
        return {"now": iso_instant(self._runtime.clock.now())}

    def _set_clock(self, request: Request) -> dict[str, str]:
        self._runtime.clock.advance(parse_instant(request["now"]))
        return self._clock()

    def _add_fault(self, request: Request) -> list[dict[str, Any]]:
        self._runtime.faults.add(request)
        return self._runtime.faults.pending()

    def _clear_faults(self, _: Request) -> list[dict[str, Any]]:
        self._runtime.faults.clear()
        return self._runtime.faults.pending()


def _request(query: str, body: bytes) -> Request:
    if not body:
        return dict(parse_qsl(query))
    request = json.loads(body)
    if not isinstance(request, dict):
        raise ControlError(f"body: got {type(request).__name__}, expected a JSON object")
    return request
