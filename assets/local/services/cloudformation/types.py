"""Every resource type the platform's template may use, and what stock moto accepts of the rest."""

from __future__ import annotations

import json

from local.identity import ACCOUNT, REGION
from local.services.cloudformation.bucket import BUCKET
from local.services.cloudformation.compute import APPLICATION, FUNCTION, STATE_MACHINE
from local.services.cloudformation.resource_type import Attribute, Properties, Request, ResourceType

_SUBSCRIPTION_ATTRIBUTES = ("RawMessageDelivery", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy")


def _answered(name: str) -> Attribute:
    return lambda created: str(created.response[name])


def _arn(service: str, resource: str) -> Attribute:
    return lambda created: f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}{created.name}"


def _named(structure: str) -> Attribute:
    return lambda created: str(created.properties[structure]["Name"])


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _stream(properties: Properties) -> list[Request]:
    name = properties["Name"]
    creation: Properties = {key: properties[key] for key in ("ShardCount", "StreamModeDetails") if key in properties}
    requests: list[Request] = [("CreateStream", {"StreamName": name, **creation})]
    hours = int(properties.get("RetentionPeriodHours", 24))
    if hours > 24:
        requests.append(("IncreaseStreamRetentionPeriod", {"StreamName": name, "RetentionPeriodHours": hours}))
    if "StreamEncryption" in properties:
        requests.append(("StartStreamEncryption", {"StreamName": name, **properties["StreamEncryption"]}))
    if "Tags" in properties:
        tags = {tag["Key"]: tag["Value"] for tag in properties["Tags"]}
        requests.append(("AddTagsToStream", {"StreamName": name, "Tags": tags}))
    return requests


def _database(properties: Properties) -> list[Request]:
    given = properties["DatabaseInput"]
    properties["DatabaseInput"] = {"Name": properties.pop("DatabaseName").lower(), **given}
    return [("CreateDatabase", properties)]


def _bucket_policy(properties: Properties) -> list[Request]:
    return [("PutBucketPolicy", {"Bucket": properties["Bucket"], "Policy": properties["PolicyDocument"]})]


def _topic_policy(properties: Properties) -> list[Request]:
    policy = {"AttributeName": "Policy", "AttributeValue": json.dumps(properties["PolicyDocument"])}
    return [("SetTopicAttributes", {"TopicArn": topic, **policy}) for topic in properties["Topics"]]


def _queue_policy(properties: Properties) -> list[Request]:
    attributes = {"Policy": json.dumps(properties["PolicyDocument"])}
    return [("SetQueueAttributes", {"QueueUrl": queue, "Attributes": attributes}) for queue in properties["Queues"]]


def _subscription(properties: Properties) -> list[Request]:
    attributes = {name: _text(properties[name]) for name in _SUBSCRIPTION_ATTRIBUTES if name in properties}
    rest = {name: value for name, value in properties.items() if name not in attributes}
    return [("Subscribe", {**rest, "ReturnSubscriptionArn": True, "Attributes": attributes})]


def _rule(properties: Properties) -> list[Request]:
    rule = {name: value for name, value in properties.items() if name != "Targets"}
    bus = {name: value for name, value in properties.items() if name == "EventBusName"}
    requests: list[Request] = [("PutRule", rule)]
    if properties.get("Targets"):
        requests.append(("PutTargets", {"Rule": properties["Name"], **bus, "Targets": properties["Targets"]}))
    return requests


RESOURCE_TYPES = (
    ResourceType("AWS::CDK::Metadata"),
    BUCKET,
    STATE_MACHINE,
    FUNCTION,
    APPLICATION,
    ResourceType("AWS::S3::BucketPolicy", "s3", requests=_bucket_policy),
    ResourceType(
        "AWS::Kinesis::Stream",
        "kinesis",
        name_property="Name",
        requests=_stream,
        attributes={"Arn": _arn("kinesis", "stream/")},
    ),
    ResourceType(
        "AWS::KinesisFirehose::DeliveryStream",
        "firehose",
        "CreateDeliveryStream",
        name_property="DeliveryStreamName",
        attributes={"Arn": _answered("DeliveryStreamARN")},
    ),
    ResourceType(
        "AWS::SageMaker::FeatureGroup",
        "sagemaker",
        "CreateFeatureGroup",
        name_property="FeatureGroupName",
        attributes={"FeatureGroupStatus": lambda created: "Created"},
    ),
    ResourceType(
        "AWS::Glue::Database",
        "glue",
        name_property="DatabaseName",
        requests=_database,
        ref=_named("DatabaseInput"),
    ),
    ResourceType("AWS::Glue::Table", "glue", "CreateTable", ref=_named("TableInput")),
    ResourceType(
        "AWS::Scheduler::ScheduleGroup",
        "scheduler",
        "CreateScheduleGroup",
        name_property="Name",
        attributes={"Arn": _answered("ScheduleGroupArn")},
    ),
    ResourceType(
        "AWS::Scheduler::Schedule",
        "scheduler",
        "CreateSchedule",
        name_property="Name",
        attributes={"Arn": _answered("ScheduleArn")},
    ),
    ResourceType(
        "AWS::CloudWatch::Alarm",
        "cloudwatch",
        "PutMetricAlarm",
        name_property="AlarmName",
        attributes={"Arn": _arn("cloudwatch", "alarm:")},
    ),
    ResourceType("AWS::CloudWatch::Dashboard", "cloudwatch", "PutDashboard", name_property="DashboardName"),
    ResourceType(
        "AWS::Events::Rule", "events", name_property="Name", requests=_rule, attributes={"Arn": _answered("RuleArn")}
    ),
    ResourceType("AWS::Logs::LogStream", "logs", "CreateLogStream", name_property="LogStreamName"),
    ResourceType(
        "AWS::SNS::Subscription",
        "sns",
        requests=_subscription,
        ref=_answered("SubscriptionArn"),
        attributes={"Arn": _answered("SubscriptionArn")},
    ),
    ResourceType("AWS::SNS::TopicPolicy", "sns", requests=_topic_policy),
    ResourceType("AWS::SQS::QueuePolicy", "sqs", requests=_queue_policy),
)

STOCK_PROPERTIES: dict[str, frozenset[str]] = {
    "AWS::IAM::ManagedPolicy": frozenset(
        {"Description", "Groups", "ManagedPolicyName", "Path", "PolicyDocument", "Roles", "Users"}
    ),
    "AWS::IAM::Policy": frozenset({"Groups", "PolicyDocument", "PolicyName", "Roles", "Users"}),
    "AWS::IAM::Role": frozenset(
        {"AssumeRolePolicyDocument", "Description", "ManagedPolicyArns", "MaxSessionDuration", "Path"}
        | {"PermissionsBoundary", "Policies", "RoleName", "Tags"}
    ),
    "AWS::KMS::Alias": frozenset({"AliasName", "TargetKeyId"}),
    "AWS::KMS::Key": frozenset(
        {"Description", "EnableKeyRotation", "Enabled", "KeyPolicy", "KeySpec", "KeyUsage", "MultiRegion", "Origin"}
        | {"PendingWindowInDays", "RotationPeriodInDays", "Tags"}
    ),
    "AWS::Lambda::Permission": frozenset(
        {"Action", "EventSourceToken", "FunctionName", "FunctionUrlAuthType", "Principal", "PrincipalOrgID"}
        | {"SourceAccount", "SourceArn"}
    ),
    "AWS::Logs::LogGroup": frozenset({"KmsKeyId", "LogGroupClass", "LogGroupName", "RetentionInDays", "Tags"}),
    "AWS::SNS::Topic": frozenset(
        {"ContentBasedDeduplication", "DisplayName", "FifoTopic", "KmsMasterKeyId", "Subscription", "Tags"}
        | {"TopicName", "TracingConfig"}
    ),
    "AWS::SQS::Queue": frozenset(
        {"ContentBasedDeduplication", "DelaySeconds", "FifoQueue", "KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId"}
        | {"MaximumMessageSize", "MessageRetentionPeriod", "QueueName", "ReceiveMessageWaitTimeSeconds"}
        | {"RedriveAllowPolicy", "RedrivePolicy", "SqsManagedSseEnabled", "Tags", "VisibilityTimeout"}
    ),
    "AWS::SSM::Parameter": frozenset({"Description", "Name", "Tags", "Tier", "Type", "Value"}),
}
"""Properties of the types that stock moto creates; it ignores any other silently, so they are checked before."""
