"""The text that CloudWatch sends to a topic when an alarm changes its state."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from local.identity import ACCOUNT

_REGION_NAME = "US East (N. Virginia)"


def alarm_subject(alarm: Any) -> str:
    """Return the subject line, which SNS cuts at 100 characters."""
    return f'{alarm.state_value}: "{alarm.name}" in {_REGION_NAME}'[:100]


def alarm_message(alarm: Any, old_state: str, now: datetime) -> str:
    """Return the JSON document of a change of state."""
    document = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": ACCOUNT,
        "AlarmConfigurationUpdatedTimestamp": _stamp(alarm.configuration_updated_timestamp),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": _stamp(now),
        "Region": _REGION_NAME,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": old_state,
        "OKActions": alarm.ok_actions or [],
        "AlarmActions": alarm.alarm_actions or [],
        "InsufficientDataActions": alarm.insufficient_data_actions or [],
    }
    if alarm.rule is None:
        document["Trigger"] = _trigger(alarm)
    else:
        document["AlarmRule"] = alarm.rule
    return json.dumps(document)


def _trigger(alarm: Any) -> dict[str, Any]:
    trigger: dict[str, Any] = {
        "EvaluationPeriods": int(alarm.evaluation_periods),
        "DatapointsToAlarm": int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": float(alarm.threshold),
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }
    if alarm.metric_data_queries:
        trigger["Metrics"] = [_query(query) for query in alarm.metric_data_queries]
    else:
        trigger |= {
            "MetricName": alarm.metric_name,
            "Namespace": alarm.namespace,
            "StatisticType": "Statistic" if alarm.statistic else "ExtendedStatistic",
            "Statistic": (alarm.statistic or alarm.extended_statistic).upper(),
            "Unit": alarm.unit,
            "Dimensions": _dimensions(alarm.dimensions),
            "Period": int(alarm.period),
        }
    return trigger


def _query(query: Any) -> dict[str, Any]:
    document: dict[str, Any] = {"Id": query.id, "ReturnData": str(query.return_data).lower() != "false"}
    if query.expression:
        document["Expression"] = query.expression
    if query.label:
        document["Label"] = query.label
    if query.metric_stat:
        metric = query.metric_stat.metric
        document["MetricStat"] = {
            "Metric": {
                "Dimensions": _dimensions(metric.dimensions),
                "MetricName": metric.metric_name,
                "Namespace": metric.namespace,
            },
            "Period": int(query.metric_stat.period),
            "Stat": query.metric_stat.stat,
        }
    return document


def _dimensions(dimensions: list[Any]) -> list[dict[str, str]]:
    return [{"value": dimension.value, "name": dimension.name} for dimension in dimensions or []]


def _stamp(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}+0000"
