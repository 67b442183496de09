"""Alarms are evaluated at simulated times by CloudWatch's rules, and their actions are delivered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from local.server import Server
from local.services.cloudwatch.alarms import alarm_state
from local.services.cloudwatch.series import Value

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
        assert alarm_state(alarm, values) == expected, policy


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
    assert alarm_state(AlarmStub(None, 1, None, operator, 5.0), [5.0]) == at_threshold


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
        return self.let_pass(passed)[self.name]

    def let_pass(self, passed: timedelta) -> dict[str, str]:
        """Let time pass and return the state of every alarm."""
        until = self.server.runtime.clock.now() + passed
        return self.server.runtime.timeline.advance(until, False).alarms

    def messages(self) -> list[dict[str, Any]]:
        sent = self.server.runtime.controls["GET", "notifications"]({})
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


def test_alarms_spread_over_periods(watched: Watched) -> None:
    periods = {"EvaluationPeriods": 3, "DatapointsToAlarm": 2, "TreatMissingData": "notBreaching"}
    watched.define(**_metric(watched), Threshold=20, **periods)
    watched.put(20)
    assert watched.after(MINUTE) == "OK"  # one of three periods breaches
    watched.put(20)
    assert watched.after(timedelta(seconds=1)) == "ALARM"


@pytest.mark.parametrize(
    ("statistic", "value"), [("Sum", 9), ("Average", 3), ("Minimum", 1), ("Maximum", 6), ("SampleCount", 3)]
)
def test_a_period_is_compared_by_its_statistic(watched: Watched, statistic: str, value: float) -> None:
    """Of 1, 2 and 6; one more than the value itself is not reached."""
    for name, threshold in (("reached", value), ("missed", value + 1)):
        watched.define(**_metric(watched, Statistic=statistic), AlarmName=f"{watched.name}-{name}", Threshold=threshold)
    for each in (1, 2, 6):
        watched.put(each)
    states = watched.let_pass(timedelta(seconds=1))
    assert (states[f"{watched.name}-reached"], states[f"{watched.name}-missed"]) == ("ALARM", "OK")


def test_sets_of_statistics_count_as_the_values_that_they_sum_up(watched: Watched) -> None:
    watched.define(**_metric(watched, Statistic="Average"), Threshold=3)
    values = {"SampleCount": 3, "Sum": 9, "Minimum": 1, "Maximum": 6}
    watched.server.runtime.client("cloudwatch").put_metric_data(
        Namespace="Test", MetricData=[{"MetricName": watched.name, "StatisticValues": values}]
    )
    assert watched.after(timedelta(seconds=1)) == "ALARM"


def test_alarms_look_at_their_dimensions_only(watched: Watched) -> None:
    dimensions = [{"Name": "Platform", "Value": "cards"}]
    watched.define(**_metric(watched, Dimensions=dimensions), TreatMissingData="notBreaching")
    watched.put(1)
    assert watched.after(timedelta(seconds=1)) == "OK"


MATH = [{"Id": "e1", "Expression": "FILL(m1, 0)", "ReturnData": True}]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"Metrics": MATH}, "got Metrics, expected one metric, one of its plain statistics and a fixed threshold"),
        ({"Metrics": MATH, "ThresholdMetricId": "e1"}, "got Metrics, ThresholdMetricId, expected one metric"),
        ({"ExtendedStatistic": "p99"}, "got ExtendedStatistic, expected one metric"),
        ({"Unit": "Seconds"}, "got Unit, expected one metric"),
        (
            {"OKActions": ["arn:aws:lambda:us-east-1:123456789012:function:f"]},
            "function:f' in OKActions, expected topics",
        ),
    ],
)
def test_alarms_that_cannot_be_evaluated_are_refused_and_others_go_on(
    watched: Watched, asked: dict[str, Any], message: str
) -> None:
    watched.define(**_metric(watched))
    with pytest.raises(ClientError, match=f"alarm '{watched.name}-other': .*{message}.*; leave it out where the stack"):
        watched.define(AlarmName=f"{watched.name}-other", **asked)
    watched.put(1)
    assert watched.after(timedelta(seconds=1)) == "ALARM"


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
