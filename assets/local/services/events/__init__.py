"""EventBridge: moto matches events; delivery to the targets that moto lacks is added here."""

from __future__ import annotations

import copy
import json
import logging
from datetime import datetime, timezone
from typing import Any

from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend, Rule
from moto.events.utils import EventTemplateParser

from local.clock import iso_seconds
from local.patching import wrap
from local.runtime import Runtime
from local.services.events.exceptions import TargetError
from local.services.events.targets import SERVICES, deliver

_log = logging.getLogger(__name__)

_OF_MOTO = ("events", "logs")
"""The services that moto delivers to itself: another bus, an archive, a log group."""


def install(runtime: Runtime) -> None:
    """Patch how a rule sends an event to its targets, and refuse rules and targets that would do nothing."""
    wrap(EventsBackend, "put_rule", _refusing_schedules)
    wrap(EventsBackend, "put_targets", _refusing_other_targets)
    wrap(Rule, "send_to_targets", lambda stock: _to_real_targets(runtime, stock))


def _refusing_schedules(stock: Any) -> Any:
    """Stock keeps the schedule of a rule and never follows it."""

    def put_rule(self: Any, name: str, **rule: Any) -> Any:
        if rule.get("scheduled_expression"):
            raise ValidationException(
                f"rule '{name}': got a schedule expression, expected an event pattern; use EventBridge Scheduler"
            )
        return stock(self, name, **rule)

    return put_rule


def _refusing_other_targets(stock: Any) -> Any:
    """Stock takes any target, and then fails or forgets each event for one that it does not know."""

    def put_targets(self: Any, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> Any:
        for target in targets:
            if target["Arn"].split(":")[2] not in (*SERVICES, *_OF_MOTO):
                expected = ", ".join(sorted((*SERVICES, *_OF_MOTO)))
                raise ValidationException(
                    f"rule '{name}': got target '{target['Arn']}', expected one of {expected}; "
                    "leave it out where the stack runs locally"
                )
        return stock(self, name, event_bus_arn, targets)

    return put_targets


def _to_real_targets(runtime: Runtime, stock: Any) -> Any:
    """Stock answers 500 for states, SNS and Lambda targets."""

    def send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:
        if not self.event_pattern.matches_event(original_event):
            return
        ours = [target for target in self.targets if target["Arn"].split(":")[2] in SERVICES]
        for target in ours:
            _send(runtime, target, original_event)
        rest = copy.copy(self)
        rest.targets = [target for target in self.targets if target not in ours]
        if rest.targets:
            stock(rest, original_event, transform_input)

    return send_to_targets


def _send(runtime: Runtime, target: dict[str, Any], original_event: Any) -> None:
    """Send one event to one target, or to its dead-letter queue."""
    payload = _payload(target, original_event)
    try:
        deliver(runtime, target["Arn"], payload, target.get("RoleArn"))
    except TargetError as error:
        queue = (target.get("DeadLetterConfig") or {}).get("Arn")
        if queue:
            deliver(runtime, queue, payload)
        else:
            _log.warning("rule target: %s", error)


def _payload(target: dict[str, Any], original_event: Any) -> str:
    if "Input" in target:
        return str(target["Input"])
    event = copy.deepcopy(original_event)
    event.pop("ingestion-time", None)
    if isinstance(event.get("time"), (int, float)):
        event["time"] = iso_seconds(datetime.fromtimestamp(event["time"], timezone.utc))
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(event)
    text = EventTemplateParser.parse(
        input_template=transformer["InputTemplate"], input_paths_map=transformer.get("InputPathsMap", {}), event=event
    )
    return text if isinstance(text, str) else json.dumps(text)
