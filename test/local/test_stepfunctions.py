"""The state machine shapes of the platform, run by the interpreter as patched."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from execution_runner import Run

from local.server import Server
from local.template import Deployed


def _pass(output: Any, **more: Any) -> dict[str, Any]:
    return {"Type": "Pass", "Output": output, "End": True, **more}


def _invoke(payload: Any, function: str, **more: Any) -> dict[str, Any]:
    arguments = {"FunctionName": function, "Payload": payload}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": arguments, "End": True, **more}


def _map(bucket: str, key: str, processor: dict[str, Any], **more: Any) -> dict[str, Any]:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Arguments": {"Bucket": bucket, "Key": key},
    }
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Part"}
    item_processor = {**config, "States": {"Part": processor}}
    state = {"Type": "Map", "MaxConcurrency": 4, "ItemReader": reader, "ItemProcessor": item_processor, "End": True}
    return {**state, **more}


def _put(server: Server, bucket: str, key: str, value: Any) -> None:
    server.runtime.client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(value).encode())


def test_slot_end_is_computed_from_the_scheduled_time(run: Run) -> None:
    """22:42 less a delay of 2 minutes is 22:40, which is a multiple of 10 minutes already."""
    slot = "$fromMillis($floor(($toMillis($states.input.scheduledTime) - 120000) / 600000) * 600000)"
    states = {"Resolve": _pass({"slotEnd": f"{{% {slot} %}}"})}
    ended = run(states, {"scheduledTime": "2025-10-23T22:42:00Z"})
    assert ended["output"] == {"slotEnd": "2025-10-23T22:40:00.000Z"}


def test_variables_keep_text_with_quotes(run: Run) -> None:
    states = {
        "Set": {"Type": "Pass", "Assign": {"text": "{% $states.input.text %}"}, "Next": "Get"},
        "Get": _pass({"kept": "{% $text %}"}),
    }
    assert run(states, {"text": 'a "b" \\ c\n'})["output"] == {"kept": 'a "b" \\ c\n'}


def test_choice_takes_the_first_true_condition(run: Run) -> None:
    states = {
        "Mode": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.mode = 'daily' %}", "Next": "Daily"}],
            "Default": "Unknown",
        },
        "Daily": {"Type": "Succeed"},
        "Unknown": {"Type": "Fail", "Error": "UnknownMode", "Cause": "{% 'got ' & $states.input.mode %}"},
    }
    assert run(states, {"mode": "daily"})["status"] == "SUCCEEDED"
    refused = run(states, {"mode": "hourly"})
    assert (refused["status"], refused["error"], refused["cause"]) == ("FAILED", "UnknownMode", "got hourly")


def test_context_has_simulated_times_and_counts(run: Run) -> None:
    context = "{% $states.context.Execution.RedriveCount & '/' & $states.context.State.RetryCount %}"
    states = {"Context": _pass({"counts": context, "entered": "{% $states.context.State.EnteredTime %}"})}
    output = run(states)["output"]
    assert output["counts"] == "0/0"
    assert output["entered"].startswith("2025-10-")


@pytest.mark.parametrize(("attempts", "status"), [(1, "SUCCEEDED"), (0, "FAILED")])
def test_lambda_failures_are_retried_and_counted(run: Run, sample: Deployed, attempts: int, status: str) -> None:
    """The function refuses the attempt of number 0 and takes that of number 1."""
    payload = {"records": "{% $states.context.State.RetryCount %}", "firstGoodAttempt": 1}
    retry = [{"ErrorEquals": ["NotYet"], "IntervalSeconds": 1, "MaxAttempts": attempts}]
    ended = run({"Invoke": _invoke(payload, sample.outputs["FunctionName"], Retry=retry)})
    assert ended["status"] == status
    assert ended.get("error") == (None if status == "SUCCEEDED" else "NotYet")


def test_get_object_body_is_parsed(run: Run, server: Server, sample: Deployed) -> None:
    bucket = sample.outputs["LakeBucketName"]
    _put(server, bucket, "control/slots/s.json", {"lines": 7, "note": 'a "quoted" word'})
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
        "Arguments": {"Bucket": bucket, "Key": "control/slots/s.json"},
        "Assign": {"report": "{% $parse($states.result.Body) %}"},
        "Next": "Use",
    }
    assert run({"Read": task, "Use": _pass("{% $report %}")})["output"] == {"lines": 7, "note": 'a "quoted" word'}


def test_missing_object_has_the_error_name_of_the_service(run: Run, sample: Deployed) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
        "Arguments": {"Bucket": sample.outputs["LakeBucketName"], "Key": "absent"},
        "End": True,
    }
    assert run({"Read": task})["error"] == "S3.NoSuchKeyException"


def test_put_object_stores_an_object_as_json(run: Run, server: Server, sample: Deployed) -> None:
    bucket = sample.outputs["LakeBucketName"]
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Arguments": {"Bucket": bucket, "Key": "control/published/s.json", "Body": {"records": "{% 1 + 2 %}"}},
        "End": True,
    }
    assert run({"Mark": task})["status"] == "SUCCEEDED"
    stored = server.runtime.client("s3").get_object(Bucket=bucket, Key="control/published/s.json")["Body"].read()
    assert json.loads(stored) == {"records": 3}


def test_metrics_are_put(run: Run, server: Server) -> None:
    datum = {"MetricName": "LinesRead", "Value": "{% 5 %}", "Dimensions": [{"Name": "Platform", "Value": "p"}]}
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:cloudwatch:putMetricData",
        "Arguments": {"Namespace": "Sample", "MetricData": [datum]},
        "End": True,
    }
    assert run({"Put": task})["status"] == "SUCCEEDED"
    names = server.runtime.client("cloudwatch").list_metrics(Namespace="Sample")["Metrics"]
    assert "LinesRead" in [metric["MetricName"] for metric in names]


def test_regular_expressions_decide_a_choice(run: Run) -> None:
    day = "{% $contains($states.input.day, /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/) %}"
    states = {
        "Day": {"Type": "Choice", "Choices": [{"Condition": day, "Next": "Good"}], "Default": "Bad"},
        "Good": _pass([True]),
        "Bad": _pass([False]),
    }
    assert [run(states, {"day": text})["output"] for text in ("2025-10-23", "23.10.2025")] == [[True], [False]]


def test_an_optional_element_of_a_list_is_left_out(run: Run) -> None:
    states = {"List": _pass("{% ['a', $states.input.more ? 'b'] %}")}
    assert [run(states, {"more": more})["output"] for more in (True, False)] == [["a", "b"], ["a"]]


def _inline_map(processor: dict[str, Any], **more: Any) -> dict[str, Any]:
    item_processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Chunk", "States": {"Chunk": processor}}
    state = {"Type": "Map", "Items": "{% $chunks %}", "MaxConcurrency": 1, "ItemProcessor": item_processor, "End": True}
    return {**state, **more}


def test_inline_map_runs_its_items_in_order_and_sees_outer_variables(run: Run) -> None:
    chunks = "{% [$map([0..2], function($n) { {'first': $n * 10, 'last': $n = 2} })] %}"
    states = {
        "Cut": {"Type": "Pass", "Assign": {"chunks": chunks, "name": "october"}, "Next": "Run"},
        "Run": _inline_map(_pass("{% $name & '/' & $states.input.first & '/' & $states.input.last %}")),
    }
    assert run(states)["output"] == ["october/0/false", "october/10/false", "october/20/true"]


def test_inline_map_fails_with_the_error_of_its_item_and_runs_none_after_it(run: Run, sample: Deployed) -> None:
    """The function refuses the second item only, at every attempt."""
    payload = {"records": "{% $states.input = 2 ? 0 : 1 %}", "firstGoodAttempt": 1}
    states = {
        "Cut": {"Type": "Pass", "Assign": {"chunks": [1, 2, 3]}, "Next": "Run"},
        "Run": _inline_map(_invoke(payload, sample.outputs["FunctionName"])),
    }
    ended = run(states)
    assert (ended["status"], ended["error"]) == ("FAILED", "NotYet")


def test_inline_map_retries_an_item(run: Run, sample: Deployed) -> None:
    payload = {"records": "{% $states.context.State.RetryCount %}", "firstGoodAttempt": 1}
    retry = [{"ErrorEquals": ["NotYet"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    output = "{% $states.result.Payload.attempted %}"
    states = {
        "Cut": {"Type": "Pass", "Assign": {"chunks": [1, 2]}, "Next": "Run"},
        "Run": _inline_map(_invoke(payload, sample.outputs["FunctionName"], Retry=retry, Output=output)),
    }
    assert run(states)["output"] == [1, 1]


def test_distributed_map_runs_a_child_for_each_item(run: Run, server: Server, sample: Deployed) -> None:
    bucket, function = sample.outputs["LakeBucketName"], sample.outputs["FunctionName"]
    _put(server, bucket, "publish/manifest/many.json", [{"records": count} for count in range(1, 8)])
    part = _invoke("{% $states.input %}", function, Output="{% $states.result.Payload.attempted %}")
    assert run({"Publish": _map(bucket, "publish/manifest/many.json", part)})["output"] == [1, 2, 3, 4, 5, 6, 7]


def test_distributed_map_of_no_items_gives_no_results(run: Run, server: Server, sample: Deployed) -> None:
    bucket = sample.outputs["LakeBucketName"]
    _put(server, bucket, "publish/manifest/none.json", [])
    assert run({"Publish": _map(bucket, "publish/manifest/none.json", {"Type": "Succeed"})})["output"] == []


def test_distributed_map_fails_when_a_child_fails(run: Run, server: Server, sample: Deployed) -> None:
    bucket = sample.outputs["LakeBucketName"]
    _put(server, bucket, "publish/manifest/bad.json", [{"ok": True}, {"ok": False}])
    part = {"Type": "Fail", "Error": "Refused"}
    ended = run({"Publish": _map(bucket, "publish/manifest/bad.json", part)})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")


def test_distributed_map_children_cannot_read_outer_variables(run: Run, server: Server, sample: Deployed) -> None:
    bucket = sample.outputs["LakeBucketName"]
    _put(server, bucket, "publish/manifest/one.json", [{"records": 1}])
    selector = {"slot": "{% $slot %}", "records": "{% $states.context.Map.Item.Value.records %}"}
    outer = {"Type": "Pass", "Assign": {"slot": "s1"}, "Next": "Publish"}

    def ended(output: str) -> dict[str, Any]:
        publish = _map(bucket, "publish/manifest/one.json", _pass(output), ItemSelector=selector)
        return run({"Outer": outer, "Publish": publish})

    assert ended("{% $states.input %}")["output"] == [{"slot": "s1", "records": 1}]
    assert ended("{% $slot %}")["status"] == "FAILED"


def test_distributed_map_needs_permission_to_start_its_own_machine(run: Run, server: Server, sample: Deployed) -> None:
    """The sample's role is not allowed to start executions."""
    bucket = sample.outputs["LakeBucketName"]
    _put(server, bucket, "publish/manifest/none.json", [])
    machine = run({"Publish": _map(bucket, "publish/manifest/none.json", {"Type": "Succeed"})})["stateMachineArn"]
    role = sample.outputs["MachineRoleArn"].split("/")[-1]
    denied = {"role": role, "action": "states:StartExecution", "resource": machine}
    assert denied in server.runtime.audit.report()["denied"]


def _job(server: Server, sample: Deployed, **arguments: Any) -> dict[str, Any]:
    [application] = server.runtime.client("emr-serverless").list_applications()["applications"]
    submit = {"EntryPoint": f"s3://{sample.outputs['LakeBucketName']}/absent.py"}
    given = {
        "ApplicationId": application["id"],
        "ExecutionRoleArn": sample.outputs["MachineRoleArn"],
        "JobDriver": {"SparkSubmit": submit},
        **arguments,
    }
    resource = "arn:aws:states:::emr-serverless:startJobRun.sync"
    return {"Type": "Task", "Resource": resource, "Arguments": given, "End": True}


def test_failed_job_fails_the_task_with_its_description(run: Run, server: Server, sample: Deployed) -> None:
    ended = run({"Job": _job(server, sample, ClientToken="token-r{% $states.context.State.RetryCount %}")})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(ended["cause"])["State"] == "FAILED"


def test_failed_job_of_an_inline_map_fails_the_map_as_it_failed(run: Run, server: Server, sample: Deployed) -> None:
    task = _job(server, sample, ClientToken="token-m{% $states.input %}")
    states = {"Cut": {"Type": "Pass", "Assign": {"chunks": [1]}, "Next": "Run"}, "Run": _inline_map(task)}
    ended = run(states)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(ended["cause"])["State"] == "FAILED"


def test_retried_job_is_a_new_run_when_its_token_has_the_retry_count(
    run: Run, server: Server, sample: Deployed
) -> None:
    token = "{% 'slot-r' & $states.context.State.RetryCount %}"
    retry = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 60, "MaxAttempts": 1}]
    emr = server.runtime.client("emr-serverless")
    task = _job(server, sample, ClientToken=token)
    before = len(emr.list_job_runs(applicationId=task["Arguments"]["ApplicationId"])["jobRuns"])
    run({"Job": {**task, "Retry": retry}})
    after = len(emr.list_job_runs(applicationId=task["Arguments"]["ApplicationId"])["jobRuns"])
    assert after - before == 2


def test_refused_job_has_the_error_name_of_the_integration(run: Run, server: Server, sample: Deployed) -> None:
    ended = run({"Job": _job(server, sample, ApplicationId="absent")})
    assert ended["error"] == "EMRServerless.ResourceNotFoundException"


def test_waiting_for_a_job_needs_the_managed_rule_and_the_role_passed_on(
    run: Run, server: Server, sample: Deployed
) -> None:
    """The sample's role is allowed none of it."""
    rule = "arn:aws:events:us-east-1:123456789012:rule/StepFunctionsGetEventsForEMRServerlessJobRule"
    role = sample.outputs["MachineRoleArn"]
    run({"Job": _job(server, sample)})
    denied = {(each["action"], each["resource"]) for each in server.runtime.audit.report()["denied"]}
    assert denied >= {
        ("iam:PassRole", role),
        ("events:PutRule", rule),
        ("events:PutTargets", rule),
        ("events:DescribeRule", rule),
    }


@pytest.mark.parametrize(
    ("resource", "arguments", "message"),
    [
        ("aws-sdk:s3:getObjekt", {}, "is not recognized"),
        ("aws-sdk:s3:getObject", {"bucket": "b"}, '"bucket" is not supported'),
        ("emr-serverless:startJobRun.sync", {"ApplicationID": "a"}, '"ApplicationID" is not supported'),
    ],
)
def test_definition_is_refused_when_an_integration_is_wrong(
    server: Server, sample: Deployed, resource: str, arguments: dict[str, Any], message: str
) -> None:
    task = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments, "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Task", "States": {"Task": task}}
    with pytest.raises(ClientError, match=message):
        server.runtime.client("stepfunctions").create_state_machine(
            name="refused", definition=json.dumps(definition), roleArn=sample.outputs["MachineRoleArn"]
        )
