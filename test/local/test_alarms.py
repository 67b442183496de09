"""Alarms are evaluated at simulated times by CloudWatch's rules, and their actions are delivered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from local.server import Server
from local.services.cloudwatch.alarms import metric_alarm_state
from local.services.cloudwatch.exceptions import ExpressionError
from local.services.cloudwatch.expressions import Value, composite_rule, metric_math

MINUTE = timedelta(minutes=1)


@dataclass
class AlarmStub:
    """The parts of an alarm that its state depends on."""

    treat_missing_data: str | None = None
    evaluation_periods: int = 3
    datapoints_to_alarm: int | None = None
    comparison_operator: str = "GreaterThanOrEqualToThreshold"
    threshold: float = 1.0
    state_value: str = "OK"


# X breaches, 0 does not, - is missing; the columns are the policies missing, ignore, breaching and notBreaching.
# The rows are those of the documentation's two tables that have no more data than evaluation periods.
@pytest.mark.parametrize(
    ("data", "needed", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("XXX", 3, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0XX", 3, "OK", "OK", "OK", "OK"),
        ("0--", 3, "OK", "OK", "OK", "OK"),
        ("---", 3, "INSUFFICIENT_DATA", "retain", "ALARM", "OK"),
        ("X--", 3, "ALARM", "retain", "ALARM", "OK"),
        ("0X-", 2, "OK", "OK", "ALARM", "OK"),
        ("0XX", 2, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("-X-", 2, "ALARM", "retain", "ALARM", "OK"),
        ("--0", 2, "OK", "OK", "ALARM", "OK"),
    ],
)
def test_missing_data_follow_the_documented_tables(
    data: str, needed: int, missing: str, ignore: str, breaching: str, not_breaching: str
) -> None:
    values: list[Value] = [{"X": 1.0, "0": 0.0, "-": None}[mark] for mark in data]
    policies = {"missing": missing, "ignore": ignore, "breaching": breaching, "notBreaching": not_breaching}
    for policy, expected in policies.items():
        alarm = AlarmStub(policy, datapoints_to_alarm=needed, state_value="retain")
        assert metric_alarm_state(alarm, values) == expected, policy


@pytest.mark.parametrize(
    ("operator", "at_threshold"),
    [
        ("GreaterThanOrEqualToThreshold", "ALARM"),
        ("GreaterThanThreshold", "OK"),
        ("LessThanOrEqualToThreshold", "ALARM"),
        ("LessThanThreshold", "OK"),
    ],
)
def test_the_threshold_itself_belongs_to_the_operator(operator: str, at_threshold: str) -> None:
    assert metric_alarm_state(AlarmStub(None, 1, None, operator, 5.0), [5.0]) == at_threshold


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1 + m2 * 2", 8.0),
        ("100 * m1 / (m1 + m2)", 40.0),
        ("m1 / zero", None),
        ("m1 + gone", None),
        ("FILL(gone, 0) + m1", 2.0),
        ("IF(m1 < m2, 10, 20)", 10.0),
        ("IF(gone, 1, 2)", None),
        ("SUM([m1, m2, gone])", 5.0),
        ("MAX(METRICS())", 3.0),
        ("m1 == 2 && m2 > 5 || m2 >= 3", 1.0),
        ("-ABS(0 - m2)", -3.0),
    ],
)
def test_metric_math_is_computed_on_each_period(expression: str, expected: float | None) -> None:
    assert metric_math(expression, {"m1": 2.0, "m2": 3.0, "zero": 0.0, "gone": None}) == expected


@pytest.mark.parametrize(
    "expression", ["__import__('os')", "m1.real", "(lambda: 1)()", "[x for x in m1]", "unknown", "SEARCH('x')", "1 +"]
)
def test_anything_but_metric_math_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        metric_math(expression, {"m1": 1.0})


def test_composite_rules_read_the_states_of_other_alarms() -> None:
    states = {"a": "ALARM", "b": "OK", "not": "INSUFFICIENT_DATA"}
    arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"
    assert composite_rule(f'ALARM("{arn}") AND NOT ALARM(b)', states)
    assert not composite_rule("ALARM(b) OR (OK(a) AND TRUE)", states)
    assert composite_rule("INSUFFICIENT_DATA(not)", states)
    with pytest.raises(ExpressionError, match="got unknown alarm 'c'"):
        composite_rule("ALARM(c)", states)


@dataclass
class Watched:
    """An alarm on a metric of its own, and the topic that it tells."""

    server: Server
    name: str
    topic: str

    def put(self, value: float) -> None:
        """Publish a datapoint without a time of its own."""
        datum = {"MetricName": self.name, "Value": value}
        self.server.runtime.client("cloudwatch").put_metric_data(Namespace="Test", MetricData=[datum])

    def after(self, passed: timedelta) -> str:
        """Let time pass and return the alarm's state."""
        until = self.server.runtime.clock.now() + passed
        return self.server.runtime.timeline.advance(until, False).alarms[self.name]

    def messages(self) -> list[dict[str, Any]]:
        sent = self.server.runtime.controls["notifications"]({})
        return [each for each in sent if each["topicArn"] == self.topic]

    def define(self, **more: Any) -> None:
        client = self.server.runtime.client("cloudwatch")
        common = {"AlarmName": self.name, "EvaluationPeriods": 1, "AlarmActions": [self.topic], **more}
        client.put_metric_alarm(**{"ComparisonOperator": "GreaterThanOrEqualToThreshold", "Threshold": 1, **common})


@pytest.fixture
def watched(server: Server) -> Watched:
    name = f"alarm-{uuid4().hex[:8]}"
    return Watched(server, name, server.runtime.client("sns").create_topic(Name=name)["TopicArn"])


def _metric(watched: Watched, **more: Any) -> dict[str, Any]:
    return {"Namespace": "Test", "MetricName": watched.name, "Statistic": "Sum", "Period": 60, **more}


def test_alarms_begin_without_data(watched: Watched) -> None:
    watched.define(**_metric(watched))
    described = watched.server.runtime.client("cloudwatch").describe_alarms(AlarmNames=[watched.name])
    assert described["MetricAlarms"][0]["StateValue"] == "INSUFFICIENT_DATA"


def test_a_change_of_state_reaches_the_topic_as_the_service_writes_it(watched: Watched) -> None:
    watched.define(**_metric(watched), OKActions=[watched.topic], TreatMissingData="notBreaching")
    assert watched.after(MINUTE) == "OK"
    watched.put(2)
    watched.put(3)
    assert watched.after(timedelta(seconds=30)) == "ALARM"
    assert watched.after(MINUTE) == "OK"
    first, alarm, second = watched.messages()
    assert [each["message"]["NewStateValue"] for each in (first, alarm, second)] == ["OK", "ALARM", "OK"]
    assert alarm["subject"] == f'ALARM: "{watched.name}" in US East (N. Virginia)'
    message = alarm["message"]
    assert (message["OldStateValue"], message["AWSAccountId"]) == ("OK", "123456789012")
    assert message["NewStateReason"] == "Datapoints, newest first: [5]; threshold 1"
    assert (message["Trigger"]["MetricName"], message["Trigger"]["Statistic"]) == (watched.name, "SUM")


def test_math_alarms_combine_metrics_and_spread_over_periods(watched: Watched) -> None:
    metric = {"Metric": {"Namespace": "Test", "MetricName": watched.name}, "Period": 60, "Stat": "Sum"}
    metrics = [
        {"Id": "m1", "MetricStat": metric, "ReturnData": False},
        {"Id": "e1", "Expression": "FILL(m1, 0) * 10", "ReturnData": True},
    ]
    watched.define(Metrics=metrics, Threshold=20, EvaluationPeriods=3, DatapointsToAlarm=2)
    watched.put(2)
    assert watched.after(MINUTE) == "OK"  # one of three periods breaches
    watched.put(2)
    assert watched.after(timedelta(seconds=1)) == "ALARM"
    assert watched.messages()[-1]["message"]["Trigger"]["Metrics"][1]["Expression"] == "FILL(m1, 0) * 10"


def test_composite_alarms_follow_their_children(watched: Watched) -> None:
    watched.define(**_metric(watched), TreatMissingData="notBreaching")
    composite = f"{watched.name}-all"
    watched.server.runtime.client("cloudwatch").put_composite_alarm(
        AlarmName=composite, AlarmRule=f'ALARM("{watched.name}")', AlarmActions=[watched.topic]
    )
    watched.put(1)
    watched.after(timedelta(seconds=1))
    states = watched.server.runtime.controls["alarms"]({})
    assert (states[watched.name], states[composite]) == ("ALARM", "ALARM")
    assert [each["message"]["AlarmName"] for each in watched.messages()] == [watched.name, composite]


def test_disabled_actions_stay_silent(watched: Watched) -> None:
    watched.define(**_metric(watched), ActionsEnabled=False)
    watched.put(1)
    assert watched.after(timedelta(seconds=1)) == "ALARM"
    assert watched.messages() == []


def test_queue_depth_is_a_metric(watched: Watched) -> None:
    queues = watched.server.runtime.client("sqs")
    url = queues.create_queue(QueueName=watched.name)["QueueUrl"]
    dimensions = [{"Name": "QueueName", "Value": watched.name}]
    watched.define(
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=dimensions,
        Statistic="Maximum",
        Period=60,
    )
    assert watched.after(timedelta(seconds=1)) == "OK"
    queues.send_message(QueueUrl=url, MessageBody="lost")
    assert watched.after(timedelta(seconds=1)) == "ALARM"
