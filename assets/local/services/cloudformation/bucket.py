"""AWS::S3::Bucket as calls: the bucket, and the sub-resources that moto's own handler drops without a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudformation.exceptions import ValidationError

from local.services.cloudformation.resource_type import Created, Properties, Request, ResourceType

_MAX_BUCKET_NAME = 63
_RULE_FIELDS = ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")


def _encryption(value: Properties) -> Properties:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def _lifecycle(value: Properties) -> Properties:
    rules = [_lifecycle_rule(rule, position) for position, rule in enumerate(value["Rules"])]
    return {"LifecycleConfiguration": {"Rules": rules}}


def _lifecycle_rule(rule: Properties, position: int) -> Properties:
    api: Properties = {
        "ID": rule.get("Id", f"rule-{position}"),
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
    }
    if "ExpirationInDays" in rule:
        api["Expiration"] = {"Days": rule["ExpirationInDays"]}
    if "ExpiredObjectDeleteMarker" in rule:
        api["Expiration"] = {"ExpiredObjectDeleteMarker": rule["ExpiredObjectDeleteMarker"]}
    if "Transitions" in rule:
        api["Transitions"] = [
            {"StorageClass": step["StorageClass"], "Days": step["TransitionInDays"]} for step in rule["Transitions"]
        ]
    if "NoncurrentVersionTransitions" in rule:
        api["NoncurrentVersionTransitions"] = [
            {"StorageClass": step["StorageClass"], "NoncurrentDays": step["TransitionInDays"]}
            for step in rule["NoncurrentVersionTransitions"]
        ]
    known = {"Id", "Status", "Prefix", "ExpirationInDays", "ExpiredObjectDeleteMarker", "Transitions"}
    unknown = set(rule) - known - {"NoncurrentVersionTransitions", *_RULE_FIELDS}
    if unknown:
        raise ValidationError(message=f"Encountered unsupported property LifecycleConfiguration.Rules.{min(unknown)}")
    return {**api, **{name: rule[name] for name in _RULE_FIELDS if name in rule}}


def _logging(value: Properties) -> Properties:
    target = {"TargetBucket": value["DestinationBucketName"], "TargetPrefix": value.get("LogFilePrefix", "")}
    return {"BucketLoggingStatus": {"LoggingEnabled": target}}


def _as(name: str) -> Callable[[Any], Properties]:
    return lambda value: {name: value}


_SUB_RESOURCES: dict[str, tuple[str, Callable[[Any], Properties]]] = {
    "VersioningConfiguration": ("PutBucketVersioning", _as("VersioningConfiguration")),
    "BucketEncryption": ("PutBucketEncryption", _encryption),
    "PublicAccessBlockConfiguration": ("PutPublicAccessBlock", _as("PublicAccessBlockConfiguration")),
    "LifecycleConfiguration": ("PutBucketLifecycleConfiguration", _lifecycle),
    "OwnershipControls": ("PutBucketOwnershipControls", _as("OwnershipControls")),
    "NotificationConfiguration": ("PutBucketNotificationConfiguration", _as("NotificationConfiguration")),
    "LoggingConfiguration": ("PutBucketLogging", _logging),
    "Tags": ("PutBucketTagging", lambda tags: {"Tagging": {"TagSet": tags}}),
}


def bucket_requests(properties: Properties) -> list[Request]:
    """Return the calls that make a bucket; a property that none of them carries is refused."""
    bucket = properties["BucketName"] = properties["BucketName"].lower()[:_MAX_BUCKET_NAME].rstrip("-")
    requests: list[Request] = [("CreateBucket", {"Bucket": bucket})]
    for name, value in properties.items():
        if name == "BucketName":
            continue
        if name not in _SUB_RESOURCES:
            raise ValidationError(message=f"Encountered unsupported property {name}")
        operation, parameters = _SUB_RESOURCES[name]
        requests.append((operation, {"Bucket": bucket, **parameters(value)}))
    return requests


def _bucket(created: Created) -> str:
    return str(created.properties["BucketName"])


BUCKET = ResourceType(
    "AWS::S3::Bucket",
    "s3",
    name_property="BucketName",
    requests=bucket_requests,
    ref=_bucket,
    attributes={
        "Arn": lambda created: f"arn:aws:s3:::{_bucket(created)}",
        "DomainName": lambda created: f"{_bucket(created)}.s3.amazonaws.com",
        "RegionalDomainName": lambda created: f"{_bucket(created)}.s3.us-east-1.amazonaws.com",
    },
)
