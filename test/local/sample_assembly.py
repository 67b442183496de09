"""A small cloud assembly with every resource type of the platform, for the tests of the local runtime."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STACK = "Sample"
DONE = {"StartAt": "Done", "QueryLanguage": "JSONata", "States": {"Done": {"Type": "Succeed"}}}

HANDLER = """
const { S3Client, GetObjectCommand } = require('@aws-sdk/client-s3');
const http = require('http');
let attempts = 0;
exports.handler = async (event) => {
  attempts += 1;
  if (event.records < event.firstGoodAttempt) throw Object.assign(new Error('not yet'), { name: 'NotYet' });
  if (event.hang) await new Promise(() => setInterval(() => {}, 1000));
  if (event.exit) process.exit(event.exit);
  if (event.outside) await new Promise((ok, no) => http.get('http://192.0.2.1/', ok).on('error', no));
  if (event.key) await new S3Client({}).send(new GetObjectCommand({ Bucket: process.env.LAKE_BUCKET, Key: event.key }));
  return { key: event.key, attempted: event.records || 0, attempts, remaining: 1 };
};
"""


def write_assembly(directory: Path, machine: dict[str, Any]) -> Path:
    """Write a cdk.out whose state machine has the given definition, and return its path."""
    code = directory / "asset.code"
    code.mkdir(parents=True)
    (code / "index.js").write_text(HANDLER)
    (directory / "asset.script.py").write_text("print('a job')\n")
    template_file = f"{STACK}.template.json"
    (directory / template_file).write_text(json.dumps(sample_template(machine)))
    assets = {
        "code": _asset("asset.code", "zip", "code.zip"),
        "script": _asset("asset.script.py", "file", "script.py"),
    }
    (directory / f"{STACK}.assets.json").write_text(json.dumps({"files": assets}))
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": template_file}}
    (directory / "manifest.json").write_text(json.dumps({"artifacts": {STACK: artifact}}))
    return directory


def _asset(path: str, packaging: str, key: str) -> dict[str, Any]:
    bucket = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"
    return {
        "source": {"path": path, "packaging": packaging},
        "destinations": {"current": {"bucketName": bucket, "objectKey": key}},
    }


def sample_template(machine: dict[str, Any]) -> dict[str, Any]:
    """Return the template; every resource has an output where a test needs its name."""
    resources = {**_storage(), **_roles(), **_processing(machine), **_operations()}
    return {
        "Resources": resources,
        "Parameters": {
            "BootstrapVersion": {
                "Type": "AWS::SSM::Parameter::Value<String>",
                "Default": "/cdk-bootstrap/hnb659fds/version",
            }
        },
        "Outputs": {
            "LakeBucketName": {"Value": {"Ref": "Lake"}},
            "StateMachineArn": {"Value": {"Ref": "Machine"}},
            "FunctionName": {"Value": {"Ref": "Publisher"}},
            "KeyArn": {"Value": _arn("Key")},
            "MachineRoleArn": {"Value": _arn("MachineRole")},
            "DatabaseName": {"Value": {"Ref": "Database"}},
            "DashboardName": {"Value": {"Ref": "Dashboard"}},
        },
    }


def _arn(logical_id: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def _resource(type_name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": type_name, "Properties": properties}


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(actions: list[str], resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def _storage() -> dict[str, Any]:
    root = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    insecure = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Resource": [_arn("Lake"), {"Fn::Join": ["", [_arn("Lake"), "/*"]]}],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": _arn("Key")}}
    return {
        "Key": _resource(
            "AWS::KMS::Key",
            EnableKeyRotation=True,
            KeyPolicy=_policy({"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}),
        ),
        "KeyAlias": _resource("AWS::KMS::Alias", AliasName="alias/sample", TargetKeyId=_arn("Key")),
        "Lake": _resource(
            "AWS::S3::Bucket",
            BucketEncryption={"ServerSideEncryptionConfiguration": [{**encryption, "BucketKeyEnabled": True}]},
            VersioningConfiguration={"Status": "Enabled"},
            PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": True},
            LifecycleConfiguration={
                "Rules": [
                    {
                        "Id": "Bronze",
                        "Status": "Enabled",
                        "Prefix": "bronze/",
                        "ExpirationInDays": 365,
                        "Transitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": 30}],
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    }
                ]
            },
        ),
        "LakePolicy": _resource("AWS::S3::BucketPolicy", Bucket={"Ref": "Lake"}, PolicyDocument=_policy(insecure)),
        "Stream": _resource(
            "AWS::Kinesis::Stream",
            ShardCount=1,
            RetentionPeriodHours=48,
            StreamEncryption={"EncryptionType": "KMS", "KeyId": _arn("Key")},
        ),
        "Database": _resource(
            "AWS::Glue::Database", CatalogId={"Ref": "AWS::AccountId"}, DatabaseInput={"Name": "sample"}
        ),
        "Table": _resource(
            "AWS::Glue::Table",
            CatalogId={"Ref": "AWS::AccountId"},
            DatabaseName={"Ref": "Database"},
            TableInput={"Name": "bronze", "StorageDescriptor": {"Columns": [{"Name": "line", "Type": "string"}]}},
        ),
    }


def _role(service: str, *statements: dict[str, Any]) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policies = [{"PolicyName": "Inline", "PolicyDocument": _policy(*statements)}] if statements else []
    return _resource("AWS::IAM::Role", AssumeRolePolicyDocument=_policy(trust), Policies=policies)


def _roles() -> dict[str, Any]:
    objects = {"Fn::Join": ["", [_arn("Lake"), "/*"]]}
    own_namespace = {"StringEquals": {"cloudwatch:namespace": "Sample"}}
    machine_statements = [
        _allow(["s3:GetObject", "s3:PutObject"], objects),
        _allow(["lambda:InvokeFunction"], _arn("Publisher")),
        _allow(["kms:Decrypt", "kms:GenerateDataKey"], _arn("Key")),
        _allow(["cloudwatch:PutMetricData"], "*", Condition=own_namespace),
    ]
    return {
        "MachineRole": _role("states"),
        "MachinePolicy": _resource(
            "AWS::IAM::ManagedPolicy",
            PolicyDocument=_policy(*machine_statements),
            Roles=[{"Ref": "MachineRole"}],
        ),
        "JobRole": _role("emr-serverless", _allow(["s3:GetObject"], objects)),
        "PublisherRole": _role("lambda"),
        "PublisherPolicy": _resource(
            "AWS::IAM::Policy",
            PolicyName="Publisher",
            PolicyDocument=_policy(_allow(["s3:GetObject"], objects), _allow(["kms:Decrypt"], _arn("Key"))),
            Roles=[{"Ref": "PublisherRole"}],
        ),
        "DeliveryRole": _role("firehose", _allow(["s3:PutObject"], objects)),
        "ScheduleRole": _role("scheduler", _allow(["states:StartExecution"], {"Ref": "Machine"})),
        "StoreRole": _role("sagemaker", _allow(["s3:PutObject"], objects)),
    }


def _processing(machine: dict[str, Any]) -> dict[str, Any]:
    asset_bucket = {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}
    return {
        "Publisher": _resource(
            "AWS::Lambda::Function",
            Runtime="nodejs22.x",
            Architectures=["arm64"],
            Handler="index.handler",
            Role=_arn("PublisherRole"),
            Timeout=2,
            MemorySize=256,
            ReservedConcurrentExecutions=4,
            Environment={"Variables": {"LAKE_BUCKET": {"Ref": "Lake"}}},
            Code={"S3Bucket": asset_bucket, "S3Key": "code.zip"},
        ),
        "PublisherPermission": _resource(
            "AWS::Lambda::Permission",
            Action="lambda:InvokeFunction",
            FunctionName={"Ref": "Publisher"},
            Principal="events.amazonaws.com",
        ),
        "Spark": _resource(
            "AWS::EMRServerless::Application",
            Name="sample",
            ReleaseLabel="emr-7.14.0",
            Type="SPARK",
            Architecture="ARM64",
            AutoStopConfiguration={"Enabled": True, "IdleTimeoutMinutes": 1},
        ),
        "Machine": _resource(
            "AWS::StepFunctions::StateMachine",
            RoleArn=_arn("MachineRole"),
            DefinitionString={
                "Fn::Join": [
                    "",
                    _substituted(json.dumps(machine), {"<lake>": {"Ref": "Lake"}, "<publisher>": _arn("Publisher")}),
                ]
            },
            TracingConfiguration={"Enabled": True},
        ),
        "Delivery": _resource(
            "AWS::KinesisFirehose::DeliveryStream",
            DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={"KinesisStreamARN": _arn("Stream"), "RoleARN": _arn("DeliveryRole")},
            ExtendedS3DestinationConfiguration={
                "BucketARN": _arn("Lake"),
                "RoleARN": _arn("DeliveryRole"),
                "Prefix": "bronze/!{timestamp:yyyy/MM/dd/HH/mm}/",
                "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
                "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 64},
                "CompressionFormat": "GZIP",
            },
        ),
        "Features": _resource(
            "AWS::SageMaker::FeatureGroup",
            FeatureGroupName="features_v1",
            RecordIdentifierFeatureName="card_id",
            EventTimeFeatureName="event_time",
            FeatureDefinitions=[
                {"FeatureName": "card_id", "FeatureType": "String"},
                {"FeatureName": "event_time", "FeatureType": "String"},
            ],
            OnlineStoreConfig={"EnableOnlineStore": True, "TtlDuration": {"Unit": "Days", "Value": 8}},
            OfflineStoreConfig={
                "S3StorageConfig": {"S3Uri": {"Fn::Join": ["", ["s3://", {"Ref": "Lake"}, "/offline-store/"]]}}
            },
            RoleArn=_arn("StoreRole"),
        ),
    }


def _substituted(text: str, values: dict[str, Any]) -> list[Any]:
    parts: list[Any] = [text]
    for mark, value in values.items():
        split: list[Any] = []
        for part in parts:
            pieces = part.split(mark) if isinstance(part, str) else [part]
            for position, piece in enumerate(pieces):
                split += [value, piece] if position else [piece]
        parts = split
    return parts


def _operations() -> dict[str, Any]:
    dimensions = [{"Name": "StateMachineArn", "Value": {"Ref": "Machine"}}]
    alarm = {"Namespace": "AWS/States", "MetricName": "ExecutionsFailed", "Dimensions": dimensions, "Statistic": "Sum"}
    threshold = {"ComparisonOperator": "GreaterThanOrEqualToThreshold", "Threshold": 1}
    publish = {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish"}
    send = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    return {
        "Log": _resource("AWS::Logs::LogGroup", RetentionInDays=30),
        "LogEntry": _resource("AWS::Logs::LogStream", LogGroupName={"Ref": "Log"}, LogStreamName="Delivery"),
        "Group": _resource("AWS::Scheduler::ScheduleGroup", Name="sample"),
        "Schedule": _resource(
            "AWS::Scheduler::Schedule",
            GroupName={"Ref": "Group"},
            Name="StreamSchedule",
            ScheduleExpression="cron(2/10 * * * ? *)",
            ScheduleExpressionTimezone="UTC",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": {"Ref": "Machine"}, "RoleArn": _arn("ScheduleRole"), "Input": "{}"},
        ),
        "Dead": _resource("AWS::SQS::Queue", KmsMasterKeyId=_arn("Key")),
        "DeadPolicy": _resource(
            "AWS::SQS::QueuePolicy",
            Queues=[{"Ref": "Dead"}],
            PolicyDocument=_policy({**send, "Resource": _arn("Dead")}),
        ),
        "Topic": _resource("AWS::SNS::Topic", KmsMasterKeyId=_arn("Key")),
        "TopicPolicy": _resource(
            "AWS::SNS::TopicPolicy",
            Topics=[{"Ref": "Topic"}],
            PolicyDocument=_policy({**publish, "Resource": {"Ref": "Topic"}}),
        ),
        "Subscription": _resource(
            "AWS::SNS::Subscription", TopicArn={"Ref": "Topic"}, Protocol="sqs", Endpoint=_arn("Dead")
        ),
        "Failed": _resource(
            "AWS::CloudWatch::Alarm",
            **alarm,
            **threshold,
            Period=600,
            EvaluationPeriods=1,
            AlarmActions=[{"Ref": "Topic"}],
        ),
        "Dashboard": _resource("AWS::CloudWatch::Dashboard", DashboardBody='{"widgets":[]}'),
        "Rule": _resource(
            "AWS::Events::Rule",
            EventPattern={"source": ["aws.emr-serverless"]},
            State="ENABLED",
            Targets=[{"Id": "Topic", "Arn": {"Ref": "Topic"}}],
        ),
        "CDKMetadata": _resource("AWS::CDK::Metadata", Analytics="v2"),
    }
