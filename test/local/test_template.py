"""Deploying an assembly: everything of the template arrives, or nothing is deployed at all."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sample_assembly import DONE, STACK, sample_template, write_assembly

from local.server import Server
from local.template import Deployed, DeployError, deploy

ALARM = {
    "MetricName": "Errors",
    "Namespace": "AWS/Lambda",
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "Period": 60,
    "Threshold": 0,
}
ASSETS = "cdk-hnb659fds-assets-123456789012-us-east-1"


def _deploy_changed(server: Server, directory: Path, logical_id: str, resource: dict[str, Any]) -> Deployed:
    assembly = write_assembly(directory / "cdk.out", DONE)
    template = sample_template(DONE)
    template["Resources"] = {logical_id: resource}
    template["Outputs"] = {}
    (assembly / f"{STACK}.template.json").write_text(json.dumps(template))
    manifest = json.loads((assembly / "manifest.json").read_text())
    manifest["artifacts"][STACK]["properties"]["stackName"] = directory.name.replace("_", "-")
    (assembly / "manifest.json").write_text(json.dumps(manifest))
    return deploy(server.runtime, assembly)


def test_every_resource_and_output_is_deployed(server: Server, sample: Deployed) -> None:
    described = server.runtime.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
    assert {resource["LogicalResourceId"] for resource in described} == set(sample_template(DONE)["Resources"])
    assert set(sample.outputs) == set(sample_template(DONE)["Outputs"])


def test_assets_are_published_as_file_and_zip(server: Server, sample: Deployed) -> None:
    s3 = server.runtime.client("s3")
    assert s3.get_object(Bucket=ASSETS, Key="script.py")["Body"].read() == b"print('a job')\n"
    archive = zipfile.ZipFile(io.BytesIO(s3.get_object(Bucket=ASSETS, Key="code.zip")["Body"].read()))
    assert archive.namelist() == ["index.js"]


def test_bucket_keeps_what_stock_moto_drops(server: Server, sample: Deployed) -> None:
    s3, bucket = server.runtime.client("s3"), sample.outputs["LakeBucketName"]
    encryption = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["BucketKeyEnabled"] is True
    assert encryption["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == sample.outputs["KeyArn"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    rule = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]
    assert (rule["ID"], rule["Expiration"], rule["Transitions"]) == (
        "Bronze",
        {"Days": 365},
        [{"StorageClass": "STANDARD_IA", "Days": 30}],
    )


def test_bucket_policy_against_plain_http_does_not_lock_the_bucket(server: Server, sample: Deployed) -> None:
    s3, bucket = server.runtime.client("s3"), sample.outputs["LakeBucketName"]
    s3.put_object(Bucket=bucket, Key="probe", Body=b"1")
    assert s3.get_object(Bucket=bucket, Key="probe")["Body"].read() == b"1"


def test_ref_of_a_dashboard_is_its_name(server: Server, sample: Deployed) -> None:
    dashboards = server.runtime.client("cloudwatch").list_dashboards()["DashboardEntries"]
    assert sample.outputs["DashboardName"] in [dashboard["DashboardName"] for dashboard in dashboards]


def test_stream_is_encrypted_and_kept_for_two_days(server: Server, sample: Deployed) -> None:
    kinesis = server.runtime.client("kinesis")
    [name] = [name for name in kinesis.list_streams()["StreamNames"] if name.startswith("Sample")]
    stream = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    assert (stream["RetentionPeriodHours"], stream["EncryptionType"]) == (48, "KMS")


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ({"Type": "AWS::Nothing::AtAll"}, "Odd: got type AWS::Nothing::AtAll, expected one that is emulated"),
        (
            {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmRule": "ALARM(a)"}},
            "Odd: got type AWS::CloudWatch::CompositeAlarm, .* leave it out where the stack runs locally",
        ),
        ({"Type": "AWS::SQS::Queue", "Properties": {"Colour": "red"}}, "Odd.Colour: got a property of AWS::SQS::Queue"),
        (
            {"Type": "AWS::CloudWatch::Alarm", "Properties": {**ALARM, "ExtendedStatistic": "p99"}},
            "Odd .*PutMetricAlarm: .*got ExtendedStatistic, expected one metric",
        ),
        (
            {"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(1 day)"}},
            "Odd .*PutRule: .*got a schedule expression, expected an event pattern",
        ),
        (
            {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.12", "Code": {"ZipFile": "pass"}}},
            "function '.*Odd.*': got runtime 'python3.12', expected one of Node.js",
        ),
        (
            {"Type": "AWS::EMRServerless::Application", "Properties": {"IdleTimeout": 1}},
            "unsupported property IdleTimeout",
        ),
        ({"Type": "AWS::S3::Bucket", "Properties": {"Colour": "red"}}, "unsupported property Colour"),
        (
            {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1, "StreamEncryption": {"Kind": "KMS"}}},
            "unsupported property Kind",
        ),
    ],
)
def test_fails_when_a_resource_or_property_is_unknown(
    server: Server, tmp_path: Path, resource: dict[str, Any], message: str
) -> None:
    with pytest.raises(DeployError, match=message):
        _deploy_changed(server, tmp_path, "Odd", resource)


def test_fails_when_the_directory_is_no_assembly(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="expected a synthesised cdk.out"):
        deploy(server.runtime, tmp_path)


def test_fails_when_the_stack_is_not_in_the_assembly(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="got Other, expected one of Sample"):
        deploy(server.runtime, write_assembly(tmp_path / "cdk.out", DONE), "Other")
