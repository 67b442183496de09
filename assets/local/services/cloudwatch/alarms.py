"""Evaluates every alarm at the simulated time, records changes of state and delivers their actions.

Alarms look at exactly their evaluation periods. CloudWatch may look further back when data are missing, by a
number of periods that it does not document; here an alarm with missing data therefore changes a little earlier.
"""

from __future__ import annotations

import logging
import operator
from collections.abc import Callable
from datetime import datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from local.clock import naive_utc
from local.identity import ACCOUNT, REGION
from local.runtime import Runtime
from local.services.cloudwatch.messages import alarm_message, alarm_subject
from local.services.cloudwatch.series import Value, alarm_values
from local.services.events.exceptions import TargetError
from local.services.events.targets import deliver

_log = logging.getLogger(__name__)

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_ACTIONS = {"ALARM": "alarm_actions", "OK": "ok_actions", "INSUFFICIENT_DATA": "insufficient_data_actions"}


class Alarms:
    """The alarms of the account; `gauges` are asked for fresh datapoints before each evaluation."""

    def __init__(self, runtime: Runtime, gauges: list[Callable[[], None]]) -> None:
        self._runtime = runtime
        self._gauges = gauges

    def evaluate(self) -> dict[str, str]:
        """Evaluate every alarm and return its state."""
        for gauge in self._gauges:
            gauge()
        now = self._runtime.clock.now()
        alarms = [alarm for _, alarm in sorted(cloudwatch_backends[ACCOUNT][REGION].alarms.items())]
        for alarm in alarms:
            values = alarm_values(alarm, now)
            shown = ", ".join("missing" if value is None else f"{value:g}" for value in values)
            reason = f"Datapoints, newest first: [{shown}]; threshold {float(alarm.threshold):g}"
            self._change(alarm, alarm_state(alarm, values), reason, now)
        return {alarm.name: alarm.state_value for alarm in alarms}

    def _change(self, alarm: Any, state: str, reason: str, now: datetime) -> None:
        before = alarm.state_value
        if state == before:
            return
        alarm.update_state(reason, "{}", state)
        alarm.state_updated_timestamp = naive_utc(now)
        if not alarm.actions_enabled:
            return
        message = alarm_message(alarm, before, now)
        for action in getattr(alarm, _ACTIONS[state]) or []:
            try:
                deliver(self._runtime, action, message, subject=alarm_subject(alarm))
            except TargetError as error:
                _log.warning("alarm %s: %s", alarm.name, error)


def alarm_state(alarm: Any, values: list[Value]) -> str:
    """Return the state that M of N periods give under the alarm's missing-data policy."""
    compare = _COMPARE[alarm.comparison_operator]
    threshold = float(alarm.threshold)
    present = [value for value in values if value is not None]
    breaching = sum(compare(value, threshold) for value in present)
    policy = alarm.treat_missing_data or "missing"
    needed = int(alarm.datapoints_to_alarm or alarm.evaluation_periods)
    if policy == "breaching":
        breaching += len(values) - len(present)
    if breaching >= needed:
        return "ALARM"
    if not present:
        return {"missing": "INSUFFICIENT_DATA", "ignore": str(alarm.state_value)}.get(policy, "OK")
    if policy in ("missing", "ignore") and breaching == len(present) < len(values):
        return "ALARM" if policy == "missing" else str(alarm.state_value)
    return "OK"
