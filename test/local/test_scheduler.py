"""Schedules fire in order as time passes, wait for what they start, and give up as the service would."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from local.clock import iso_instant, iso_seconds
from local.server import Server
from local.services.cloudwatch.metrics import metric_data
from local.template import Deployed

HOUR = timedelta(hours=1)
ROLE = "arn:aws:iam::123456789012:role/scheduler"


@pytest.fixture
def group(server: Server) -> str:
    """A schedule group of its own, so that its metrics are."""
    name = f"group-{uuid4().hex[:8]}"
    server.runtime.client("scheduler").create_schedule_group(Name=name)
    return name


@pytest.fixture
def queue(server: Server) -> str:
    """The ARN of a queue."""
    name = f"queue-{uuid4().hex[:8]}"
    server.runtime.client("sqs").create_queue(QueueName=name)
    return f"arn:aws:sqs:us-east-1:123456789012:{name}"


def _schedule(server: Server, group: str, name: str, expression: str, target: str, **more: Any) -> None:
    state = more.pop("State", "ENABLED")
    server.runtime.client("scheduler").create_schedule(
        Name=name,
        GroupName=group,
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        State=state,
        Target={"Arn": target, "RoleArn": ROLE, **more},
    )


def _messages(server: Server, queue: str) -> list[str]:
    client = server.runtime.client("sqs")
    url = client.get_queue_url(QueueName=queue.split(":")[-1])["QueueUrl"]
    received = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in received]


def _advance(server: Server, group: str, passed: timedelta, fire: Any = None) -> list[dict[str, Any]]:
    selection = [group] if fire is None else fire
    outcome = server.runtime.timeline.advance(server.runtime.clock.now() + passed, selection)
    return [fired for fired in outcome.fired if group in fired["schedule"]]


def test_due_schedules_fire_in_order_with_their_scheduled_time(server: Server, group: str, queue: str) -> None:
    start = server.runtime.clock.now()
    given = json.dumps({"mode": "stream", "scheduledTime": "<aws.scheduler.scheduled-time>"})
    _schedule(server, group, f"{group}-b", "rate(20 minutes)", queue, Input=given)
    _schedule(server, group, f"{group}-a", "rate(40 minutes)", queue, Input='{"mode":"daily"}')
    _schedule(server, group, f"{group}-off", "rate(20 minutes)", queue, State="DISABLED")
    fired = _advance(server, group, HOUR)
    assert [(entry["schedule"][-1], entry["scheduledTime"]) for entry in fired] == [
        ("b", iso_instant(start + timedelta(minutes=20))),
        ("a", iso_instant(start + timedelta(minutes=40))),
        ("b", iso_instant(start + timedelta(minutes=40))),
        ("b", iso_instant(start + HOUR)),
    ]
    sent = {"mode": "stream", "scheduledTime": iso_seconds(start + timedelta(minutes=20))}
    assert json.loads(_messages(server, queue)[0]) == sent


def test_only_the_named_schedules_fire(server: Server, group: str, queue: str) -> None:
    _schedule(server, group, f"{group}-one", "rate(30 minutes)", queue)
    _schedule(server, group, f"{group}-two", "rate(30 minutes)", queue)
    assert _advance(server, group, HOUR, False) == []
    fired = _advance(server, group, HOUR, [f"{group}-two"])
    assert [entry["schedule"] for entry in fired] == [f"{group}-two"] * 2


def test_times_that_the_clock_was_set_past_are_not_made_up_for(server: Server, group: str, queue: str) -> None:
    _schedule(server, group, f"{group}-s", "rate(1 hour)", queue)
    server.runtime.clock.advance(server.runtime.clock.now() + HOUR)
    assert _advance(server, group, timedelta(minutes=30)) == []


def test_executions_run_to_their_end_before_time_goes_on(server: Server, sample: Deployed, group: str) -> None:
    _schedule(server, group, f"{group}-run", "rate(1 hour)", sample.outputs["StateMachineArn"], Input="{}")
    (fired,) = _advance(server, group, HOUR)
    assert (fired["status"], ":execution:" in fired["executionArn"]) == ("SUCCEEDED", True)


def test_failures_are_reported_with_error_and_cause(server: Server, sample: Deployed, group: str) -> None:
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Stop",
        "States": {"Stop": {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}},
    }
    machine = server.runtime.client("stepfunctions").create_state_machine(
        name=group, definition=json.dumps(definition), roleArn=sample.outputs["MachineRoleArn"]
    )
    _schedule(server, group, f"{group}-fail", "rate(1 hour)", machine["stateMachineArn"])
    (fired,) = _advance(server, group, HOUR)
    assert (fired["status"], fired["error"], fired["cause"]) == ("FAILED", "Broken", "on purpose")
    failed = [datum for datum in metric_data() if datum.name == "ExecutionsFailed"]
    assert machine["stateMachineArn"] in [datum.dimensions[0].value for datum in failed]


def test_refused_starts_are_retried_and_then_go_to_the_dead_letter_queue(
    server: Server, group: str, queue: str
) -> None:
    missing = "arn:aws:states:us-east-1:123456789012:stateMachine:no-such-machine"
    policy = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 600}
    dead_letters = {"Arn": queue}
    _schedule(
        server,
        group,
        f"{group}-lost",
        "rate(1 hour)",
        missing,
        Input='{"n":"<aws.scheduler.attempt-number>"}',
        RetryPolicy=policy,
        DeadLetterConfig=dead_letters,
    )
    (fired,) = _advance(server, group, HOUR)
    assert fired["status"] == "NOT_STARTED"
    assert "no-such-machine" in fired["cause"]
    assert _messages(server, queue) == ['{"n":"3"}']  # the first attempt and two retries
    counted = {
        datum.name: datum.sum
        for datum in metric_data()
        if datum.namespace == "AWS/Scheduler" and datum.dimensions[0].value == group
    }
    assert counted == {
        "InvocationAttemptCount": 3,
        "TargetErrorCount": 3,
        "InvocationDroppedCount": 1,
        "InvocationsSentToDeadLetterCount": 1,
    }


def test_one_schedule_can_be_fired_at_any_time(server: Server, group: str, queue: str) -> None:
    _schedule(server, group, f"{group}-now", "rate(1 day)", queue, Input='"<aws.scheduler.scheduled-time>"')
    fire = server.runtime.controls["POST", "fire"]
    past = server.runtime.clock.now() - HOUR
    fired = fire({"name": f"{group}-now", "scheduledTime": iso_instant(past)})
    assert (fired["status"], fired["scheduledTime"]) == ("DELIVERED", iso_instant(past))
    assert _messages(server, queue) == [f'"{iso_seconds(past)}"']
    future = server.runtime.clock.now() + HOUR
    fire({"name": f"{group}-now", "scheduledTime": iso_instant(future)})
    assert server.runtime.clock.now() == future


def test_firing_names_the_schedules_that_exist(server: Server, group: str, queue: str) -> None:
    _schedule(server, group, f"{group}-here", "rate(1 day)", queue)
    with pytest.raises(ValueError, match=f"got 0 with 'nowhere' in their name, expected one of .*{group}-here"):
        server.runtime.controls["POST", "fire"]({"name": "nowhere"})


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"ScheduleExpression": "cron(0 0 L * ? *)"}, "got 'L', expected 1 to 31; L, W and # are not emulated"),
        ({"ScheduleExpressionTimezone": "Europe/Berlin"}, "time zone: got 'Europe/Berlin', expected UTC"),
        (
            {"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"}},
            "target: got .*aws-sdk:sqs.*, expected one",
        ),
    ],
)
def test_schedules_that_cannot_be_followed_are_refused_and_others_go_on(
    server: Server, group: str, queue: str, asked: dict[str, Any], message: str
) -> None:
    _schedule(server, group, f"{group}-good", "rate(1 hour)", queue)
    client = server.runtime.client("scheduler")
    target = {"Arn": queue, "RoleArn": ROLE, **asked.get("Target", {})}
    given = {"ScheduleExpression": "rate(1 hour)", "FlexibleTimeWindow": {"Mode": "OFF"}, **asked, "Target": target}
    for name, put in ((f"{group}-other", client.create_schedule), (f"{group}-good", client.update_schedule)):
        with pytest.raises(ClientError, match=f"schedule '{name}': .*{message}.*; leave it out where the stack"):
            put(Name=name, GroupName=group, **given)
    assert len(_advance(server, group, HOUR)) == 1


def test_rules_on_a_schedule_are_refused(server: Server) -> None:
    with pytest.raises(ClientError, match="rule 'nightly': got a schedule expression, expected an event pattern"):
        server.runtime.client("events").put_rule(Name="nightly", ScheduleExpression="rate(1 hour)")


def test_targets_that_events_would_not_reach_are_refused(server: Server) -> None:
    events = server.runtime.client("events")
    name = f"rule-{uuid4().hex[:8]}"
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/c"
    with pytest.raises(ClientError, match=f"rule '{name}': got target '{cluster}', expected one of events, kinesis"):
        events.put_targets(Rule=name, Targets=[{"Id": "task", "Arn": cluster}])


def test_rules_with_a_pattern_reach_topics(server: Server) -> None:
    topic = server.runtime.client("sns").create_topic(Name=f"topic-{uuid4().hex[:8]}")["TopicArn"]
    events = server.runtime.client("events")
    name = f"rule-{uuid4().hex[:8]}"
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{"Id": "topic", "Arn": topic}])
    events.put_events(Entries=[{"Source": name, "DetailType": "changed", "Detail": '{"a": 1}'}])
    sent = [each for each in server.runtime.controls["GET", "notifications"]({}) if each["topicArn"] == topic]
    assert [(each["message"]["detail-type"], each["message"]["detail"]) for each in sent] == [("changed", {"a": 1})]
