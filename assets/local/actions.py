"""Which IAM actions on which resources a call needs, as the service authorization reference has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import unescape

from moto.s3.models import s3_backends

from local.identity import ACCOUNT, PARTITION, REGION
from local.service_call import FEATURE_STORE, ServiceCall

ANY_RESOURCE = "?"
"""The resource of a call that is not modelled: any statement that allows the action allows it."""


@dataclass(frozen=True)
class Need:
    """One permission that a call needs, with the condition keys that the service would supply."""

    action: str
    resource: str
    context: dict[str, str] = field(default_factory=dict)


_OBJECT_ACTIONS = {
    "GetObject": "GetObject",
    "HeadObject": "GetObject",
    "GetObjectAttributes": "GetObject",
    "PutObject": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "AbortMultipartUpload": "AbortMultipartUpload",
    "ListParts": "ListMultipartUploadParts",
    "DeleteObject": "DeleteObject",
}
_BUCKET_ACTIONS = {
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadBucket": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
}
_READS_CONTENT = ("GetObject",)
_WRITES_CONTENT = ("PutObject", "CopyObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload")
_IN_PARTS = ("UploadPart", "CompleteMultipartUpload")
_DELETED_KEY = re.compile(rb"<Key>(.*?)</Key>", re.DOTALL)
_TABLE = re.compile(r"Table|Partition|ColumnStatistics")


def needs_of(call: ServiceCall) -> list[Need]:
    """Return the permissions that a call needs; none for one that is always allowed."""
    return list(_RULES.get(call.service, _unmodelled)(call))


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _s3(call: ServiceCall) -> Iterator[Need]:
    bucket, _, key = unquote(call.path).lstrip("/").partition("/")
    bucket_arn, operation = f"arn:aws:s3:::{bucket}", call.operation
    if not bucket:
        yield Need("s3:ListAllMyBuckets", "*")
    elif operation == "DeleteObjects":
        for match in _DELETED_KEY.finditer(call.body):
            yield Need("s3:DeleteObject", f"{bucket_arn}/{unescape(match[1].decode())}")
    elif key:
        yield Need(f"s3:{_OBJECT_ACTIONS.get(operation, operation)}", f"{bucket_arn}/{key}", _object_context(call))
        source = unquote(call.headers.get("x-amz-copy-source", "")).lstrip("/")
        if source:
            yield Need("s3:GetObject", f"arn:aws:s3:::{source.partition('?')[0]}")
        yield from _key_use(bucket, operation)
    else:
        prefix = {"s3:prefix": call.query.get("prefix", [""])[0]}
        yield Need(f"s3:{_BUCKET_ACTIONS.get(operation, operation)}", bucket_arn, prefix)


def _object_context(call: ServiceCall) -> dict[str, str]:
    return {f"s3:{name}": value for name, value in call.headers.items() if name.startswith("x-amz-")}


def _key_use(bucket: str, operation: str) -> Iterator[Need]:
    """The key of the bucket's default encryption is used as the caller, through S3."""
    key_arn = _default_key(bucket)
    if key_arn is None:
        return
    through = {"kms:ViaService": f"s3.{REGION}.amazonaws.com", "kms:CallerAccount": ACCOUNT}
    through["kms:EncryptionContext:aws:s3:arn"] = f"arn:aws:s3:::{bucket}"
    if operation in _READS_CONTENT or operation in _IN_PARTS:
        yield Need("kms:Decrypt", key_arn, through)
    if operation in _WRITES_CONTENT:
        yield Need("kms:GenerateDataKey", key_arn, through)


def _default_key(bucket: str) -> str | None:
    held = s3_backends[ACCOUNT][PARTITION].buckets.get(bucket)
    rule = ((held.encryption if held else None) or {}).get("Rule") or {}
    rules = rule if isinstance(rule, list) else [rule]
    for one in rules:
        key = one.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
        if key:
            return str(key)
    return None


def _glue(call: ServiceCall) -> Iterator[Need]:
    action, parameters = f"glue:{call.operation}", call.parameters
    yield Need(action, _arn("glue", "catalog"))
    database = parameters.get("DatabaseName")
    if database is None and "Database" in call.operation:
        database = parameters.get("Name") or (parameters.get("DatabaseInput") or {}).get("Name")
    if database is None:
        return
    yield Need(action, _arn("glue", f"database/{database}"))
    if _TABLE.search(call.operation):
        table = parameters.get("TableName") or (parameters.get("TableInput") or {}).get("Name")
        yield Need(action, _arn("glue", f"table/{database}/{table or parameters.get('Name') or '*'}"))


def _feature_store(call: ServiceCall) -> Iterator[Need]:
    parameters = call.parameters
    entries = parameters.get("Entries") or parameters.get("Identifiers") or []
    names = {str(entry.get("FeatureGroupName")) for entry in entries}
    if call.path.startswith("/FeatureGroup/"):
        names = {unquote(call.path.split("/", 2)[2]).split("/")[-1]}
    for name in sorted(names):
        yield Need(f"sagemaker:{call.operation}", _arn("sagemaker", f"feature-group/{name.split('/')[-1]}"))


def _emr_serverless(call: ServiceCall) -> Iterator[Need]:
    path = unquote(call.path).rstrip("/")
    yield Need(f"emr-serverless:{call.operation}", _arn("emr-serverless", path.removesuffix("/jobruns")))


def _lambda(call: ServiceCall) -> Iterator[Need]:
    function = unquote(call.path).partition("/functions/")[2].split("/")[0]
    arn = function if function.startswith("arn:") else _arn("lambda", f"function:{function}")
    yield Need("lambda:InvokeFunction" if call.operation == "Invoke" else f"lambda:{call.operation}", arn)


def _cloudwatch(call: ServiceCall) -> Iterator[Need]:
    namespace = call.parameters.get("Namespace")
    yield Need(f"cloudwatch:{call.operation}", "*", {"cloudwatch:namespace": str(namespace)} if namespace else {})


def _sqs(call: ServiceCall) -> Iterator[Need]:
    name = call.parameters.get("QueueName") or str(call.parameters.get("QueueUrl", ANY_RESOURCE)).split("/")[-1]
    yield Need(f"sqs:{call.operation}", _arn("sqs", name))


def _kinesis(call: ServiceCall) -> Iterator[Need]:
    stream = call.parameters.get("StreamARN") or _arn("kinesis", f"stream/{call.parameters.get('StreamName', '*')}")
    yield Need(f"kinesis:{call.operation}", stream)


def _by_member(member: str) -> Callable[[ServiceCall], Iterator[Need]]:
    def needs(call: ServiceCall) -> Iterator[Need]:
        yield Need(f"{call.service}:{call.operation}", str(call.parameters.get(member, ANY_RESOURCE)))

    return needs


def _always_allowed(_: ServiceCall) -> Iterator[Need]:
    yield from ()


def _unmodelled(call: ServiceCall) -> Iterator[Need]:
    yield Need(f"{call.service}:{call.operation}", ANY_RESOURCE)


_RULES: dict[str, Callable[[ServiceCall], Any]] = {
    "s3": _s3,
    "glue": _glue,
    FEATURE_STORE: _feature_store,
    "emr-serverless": _emr_serverless,
    "lambda": _lambda,
    "monitoring": _cloudwatch,
    "sqs": _sqs,
    "kinesis": _kinesis,
    "sns": _by_member("TopicArn"),
    "states": _by_member("stateMachineArn"),
    "kms": _by_member("KeyId"),
    "sts": _always_allowed,
}
