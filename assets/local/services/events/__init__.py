"""EventBridge: moto matches events; rules without a pattern and targets that moto lacks are put right here."""

from __future__ import annotations

import copy
import json
import logging
from datetime import datetime, timezone
from typing import Any

from moto.events.models import Rule
from moto.events.utils import EventTemplateParser

from local.clock import iso_seconds
from local.patching import wrap
from local.runtime import Runtime
from local.services.events.exceptions import TargetError
from local.services.events.targets import SERVICES, deliver

_log = logging.getLogger(__name__)


def install(runtime: Runtime) -> None:
    """Patch how a rule sends an event to its targets, and note when a rule was made."""
    _deliver_to_real_targets(runtime)
    _note_creation(runtime)


def _deliver_to_real_targets(runtime: Runtime) -> None:
    """Stock answers 500 for states, SNS and Lambda targets, and lets a rule without a pattern match every event."""

    def make(stock: Any) -> Any:
        def send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:
            if not self.event_pattern.get_pattern() or not self.event_pattern.matches_event(original_event):
                return
            ours = [target for target in self.targets if target["Arn"].split(":")[2] in SERVICES]
            for target in ours:
                _send(runtime, target, original_event)
            rest = copy.copy(self)
            rest.targets = [target for target in self.targets if target not in ours]
            if rest.targets:
                stock(rest, original_event, transform_input)

        return send_to_targets

    wrap(Rule, "send_to_targets", make)


def _note_creation(runtime: Runtime) -> None:
    """Stock rules do not know when they were made, from which a rate counts."""

    def make(stock: Any) -> Any:
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            stock(self, *args, **kwargs)
            self.created_at = runtime.clock.now()

        return init

    wrap(Rule, "__init__", make)


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
