"""The permission audit: which calls need which permissions, and what the deployed roles grant."""

from __future__ import annotations

from typing import Any

import pytest
from execution_runner import Run

from local.actions import needs_of
from local.audit import allowed
from local.identity import REGION, key_for_role, role_of_key
from local.policies import conditions_hold, decision, principal_matches
from local.server import Server
from local.service_call import ServiceCall, service_call
from local.template import Deployed

ACCOUNT_ARN = f"{REGION}:123456789012"


def _call(service: str, method: str, path: str, query: str = "", body: bytes = b"", **headers: str) -> ServiceCall:
    credential = f"AWS4-HMAC-SHA256 Credential={key_for_role('role/job')}/20251023/{REGION}/{service}/aws4_request,"
    environ: dict[str, Any] = {"PATH_INFO": path, "REQUEST_METHOD": method, "QUERY_STRING": query}
    return service_call({**environ, "HTTP_AUTHORIZATION": credential, **headers}, body)


def _needs(call: ServiceCall) -> list[tuple[str, str]]:
    return [(need.action, need.resource) for need in needs_of(call)]


def test_access_key_carries_the_role() -> None:
    assert role_of_key(key_for_role("arn:aws:iam::123456789012:role/Some-Role_1")) == "Some-Role_1"
    assert role_of_key("local") is None


@pytest.mark.parametrize(
    ("method", "path", "query", "need"),
    [
        ("GET", "/lake/bronze/a.gz", "", ("s3:GetObject", "arn:aws:s3:::lake/bronze/a.gz")),
        ("HEAD", "/lake/bronze/a%20b", "", ("s3:GetObject", "arn:aws:s3:::lake/bronze/a b")),
        ("PUT", "/lake/k", "", ("s3:PutObject", "arn:aws:s3:::lake/k")),
        ("POST", "/lake/k", "uploads", ("s3:PutObject", "arn:aws:s3:::lake/k")),
        ("PUT", "/lake/k", "partNumber=1&uploadId=u", ("s3:PutObject", "arn:aws:s3:::lake/k")),
        ("POST", "/lake/k", "uploadId=u", ("s3:PutObject", "arn:aws:s3:::lake/k")),
        ("DELETE", "/lake/k", "uploadId=u", ("s3:AbortMultipartUpload", "arn:aws:s3:::lake/k")),
        ("DELETE", "/lake/k", "", ("s3:DeleteObject", "arn:aws:s3:::lake/k")),
        ("GET", "/lake", "list-type=2&prefix=bronze%2F", ("s3:ListBucket", "arn:aws:s3:::lake")),
        ("HEAD", "/lake", "", ("s3:ListBucket", "arn:aws:s3:::lake")),
        ("GET", "/lake", "uploads", ("s3:ListBucketMultipartUploads", "arn:aws:s3:::lake")),
        ("GET", "/", "", ("s3:ListAllMyBuckets", "*")),
    ],
)
def test_s3_call_needs_its_action(method: str, path: str, query: str, need: tuple[str, str]) -> None:
    assert _needs(_call("s3", method, path, query)) == [need]


def test_batch_delete_needs_every_key() -> None:
    body = b"<Delete><Object><Key>a/1</Key></Object><Object><Key>b&amp;2</Key></Object></Delete>"
    assert _needs(_call("s3", "POST", "/lake", "delete", body)) == [
        ("s3:DeleteObject", "arn:aws:s3:::lake/a/1"),
        ("s3:DeleteObject", "arn:aws:s3:::lake/b&2"),
    ]


def test_copy_needs_to_read_its_source() -> None:
    call = _call("s3", "PUT", "/lake/to", HTTP_X_AMZ_COPY_SOURCE="lake/from")
    assert ("s3:GetObject", "arn:aws:s3:::lake/from") in _needs(call)


def test_glue_table_needs_catalog_database_and_table() -> None:
    body = b'{"DatabaseName": "d", "TableInput": {"Name": "t"}}'
    call = _call("glue", "POST", "/", "", body, HTTP_X_AMZ_TARGET="AWSGlue.UpdateTable")
    assert _needs(call) == [
        ("glue:UpdateTable", f"arn:aws:glue:{ACCOUNT_ARN}:catalog"),
        ("glue:UpdateTable", f"arn:aws:glue:{ACCOUNT_ARN}:database/d"),
        ("glue:UpdateTable", f"arn:aws:glue:{ACCOUNT_ARN}:table/d/t"),
    ]


def test_job_run_is_a_resource_of_its_application() -> None:
    assert _needs(_call("emr-serverless", "POST", "/applications/00f/jobruns")) == [
        ("emr-serverless:StartJobRun", f"arn:aws:emr-serverless:{ACCOUNT_ARN}:/applications/00f")
    ]
    assert _needs(_call("emr-serverless", "GET", "/applications/00f/jobruns/1")) == [
        ("emr-serverless:GetJobRun", f"arn:aws:emr-serverless:{ACCOUNT_ARN}:/applications/00f/jobruns/1")
    ]


def test_batch_write_needs_each_feature_group() -> None:
    body = b'{"Entries": [{"FeatureGroupName": "a"}, {"FeatureGroupName": "b"}, {"FeatureGroupName": "a"}]}'
    assert _needs(_call("sagemaker", "POST", "/BatchWriteRecord", "", body)) == [
        ("sagemaker:BatchWriteRecord", f"arn:aws:sagemaker:{ACCOUNT_ARN}:feature-group/a"),
        ("sagemaker:BatchWriteRecord", f"arn:aws:sagemaker:{ACCOUNT_ARN}:feature-group/b"),
    ]


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({"StringEquals": {"k": "v"}}, True),
        ({"StringEquals": {"k": ["other", "v"]}}, True),
        ({"StringEquals": {"k": "V"}}, False),
        ({"StringLike": {"k": "v*"}}, True),
        ({"StringNotEquals": {"k": "v"}}, False),
        ({"StringEquals": {"absent": "v"}}, False),
        ({"StringEqualsIfExists": {"absent": "v"}}, True),
        ({"StringNotEquals": {"absent": "v"}}, True),
        ({"Null": {"absent": "true"}}, True),
        ({"Bool": {"secure": "false"}}, False),
        ({"ForAllValues:StringEquals": {"absent": "v"}}, True),
        ({"StringEquals": {"k": "v"}, "Bool": {"secure": "false"}}, False),
        ({"NumericLessThan": {"k": "9"}}, False),
    ],
)
def test_conditions(conditions: dict[str, Any], holds: bool) -> None:
    assert conditions_hold(conditions, {"k": "v", "secure": "true"}) is holds


def test_deny_wins_over_allow() -> None:
    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::lake/bronze/*"}
    assert decision([allow, deny], "s3:DeleteObject", "arn:aws:s3:::lake/bronze/a", {}) == "deny"
    assert decision([allow, deny], "s3:DeleteObject", "arn:aws:s3:::lake/gold/a", {}) == "allow"
    assert decision([deny], "s3:GetObject", "arn:aws:s3:::lake/gold/a", {}) == "none"


def test_excluded_actions_are_not_allowed() -> None:
    statement = {"Effect": "Allow", "NotAction": ["s3:Delete*"], "Resource": "*"}
    assert decision([statement], "s3:DeleteObject", "x", {}) == "none"
    assert decision([statement], "s3:GetObject", "x", {}) == "allow"


def test_account_principal_is_told_from_the_role() -> None:
    role = "arn:aws:iam::123456789012:role/job"
    root = {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}
    assert principal_matches(root, role, "123456789012") == "account"
    assert principal_matches({"Principal": {"AWS": [role]}}, role, "123456789012") == "role"
    assert principal_matches({"Principal": {"Service": "s3.amazonaws.com"}}, role, "123456789012") == "none"


def _denied(server: Server) -> set[tuple[str, str]]:
    return {(denied["action"], denied["resource"]) for denied in server.runtime.audit.report()["denied"]}


def _put_metric(namespace: str) -> dict[str, Any]:
    arguments = {"Namespace": namespace, "MetricData": [{"MetricName": "M", "Value": 1}]}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:cloudwatch:putMetricData",
        "Arguments": arguments,
        "End": True,
    }


def test_granted_namespace_is_not_denied_and_another_is(run: Run, server: Server, sample: Deployed) -> None:
    run({"Put": _put_metric("Sample")})
    assert ("cloudwatch:PutMetricData", "*") not in _denied(server)
    run({"Put": _put_metric("Elsewhere")})
    assert ("cloudwatch:PutMetricData", "*") in _denied(server)


def test_missing_permission_is_reported_and_the_call_served(run: Run, server: Server, sample: Deployed) -> None:
    bucket = sample.outputs["LakeBucketName"]
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:deleteObject",
        "Arguments": {"Bucket": bucket, "Key": "audit/x"},
        "End": True,
    }
    assert run({"Delete": task})["status"] == "SUCCEEDED"
    assert ("s3:DeleteObject", f"arn:aws:s3:::{bucket}/audit/x") in _denied(server)


def test_reading_an_encrypted_bucket_needs_its_key(server: Server, sample: Deployed) -> None:
    job = next(r["RoleName"] for r in server.runtime.client("iam").list_roles()["Roles"] if "JobRole" in r["RoleName"])
    machine = sample.outputs["MachineRoleArn"].split("/")[-1]
    needs = needs_of(_call("s3", "GET", f"/{sample.outputs['LakeBucketName']}/k"))
    assert [(need.action, allowed(job, need), allowed(machine, need)) for need in needs] == [
        ("s3:GetObject", True, True),
        ("kms:Decrypt", False, True),
    ]
