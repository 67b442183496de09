"""Which alarms are emulated: those on one metric, with one of its plain statistics, that tell topics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_EVALUATED = frozenset(
    {"AlarmName", "AlarmDescription", "Tags", "ActionsEnabled", "AlarmActions", "OKActions", "InsufficientDataActions"}
    | {"Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods", "DatapointsToAlarm"}
    | {"ComparisonOperator", "Threshold", "TreatMissingData"}
)
_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")


def alarm_problems(alarm: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the parameters of PutMetricAlarm ask for that is not emulated; with none, the alarm is evaluated."""
    others = sorted(set(alarm) - _EVALUATED)
    if others:
        yield f"got {', '.join(others)}, expected one metric, one of its plain statistics and a fixed threshold"
    for name in _ACTIONS:
        for arn in alarm.get(name) or []:
            if arn.split(":")[2] != "sns":
                yield f"got '{arn}' in {name}, expected topics"
