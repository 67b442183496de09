"""Delivers one payload to one target by its ARN, signed as the role that the rule or schedule was given."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.runtime import Runtime
from local.services.events.exceptions import TargetError

Sender = Callable[[Any, str, str, str], str]


def deliver(runtime: Runtime, arn: str, payload: str, role_arn: str | None = None, subject: str = "") -> str:
    """Send a payload and return the receipt (execution ARN, message id); raise TargetError when it is refused."""
    service = arn.split(":")[2]
    if service not in _SENDERS:
        raise TargetError(f"target: got {arn!r}, expected one of {', '.join(sorted(_SENDERS))}")
    client_name, send = _SENDERS[service]
    try:
        return send(runtime.client(client_name, role_arn), arn, payload, subject)
    except (ClientError, BotoCoreError) as error:
        raise TargetError(f"{arn}: {error}") from error


def _start_execution(client: Any, arn: str, payload: str, _subject: str) -> str:
    return str(client.start_execution(stateMachineArn=arn, input=payload, name=str(uuid.uuid4()))["executionArn"])


def _publish(client: Any, arn: str, payload: str, subject: str) -> str:
    extra = {"Subject": subject} if subject else {}
    return str(client.publish(TopicArn=arn, Message=payload, **extra)["MessageId"])


def _invoke(client: Any, arn: str, payload: str, _subject: str) -> str:
    return str(client.invoke(FunctionName=arn, InvocationType="Event", Payload=payload)["StatusCode"])


def _send_message(client: Any, arn: str, payload: str, _subject: str) -> str:
    account, queue = arn.split(":")[-2:]
    url = f"{client.meta.endpoint_url}/{account}/{queue}"
    return str(client.send_message(QueueUrl=url, MessageBody=payload)["MessageId"])


def _put_record(client: Any, arn: str, payload: str, _subject: str) -> str:
    stream = arn.split("/")[-1]
    return str(client.put_record(StreamName=stream, Data=payload.encode(), PartitionKey=arn)["SequenceNumber"])


_SENDERS: dict[str, tuple[str, Sender]] = {
    "states": ("stepfunctions", _start_execution),
    "sns": ("sns", _publish),
    "lambda": ("lambda", _invoke),
    "sqs": ("sqs", _send_message),
    "kinesis": ("kinesis", _put_record),
}
SERVICES = frozenset(_SENDERS)
"""The services that an event can be delivered to."""
