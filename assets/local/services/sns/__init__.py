"""SNS: moto delivers; every message published is kept with its simulated time, for tests to read."""

from __future__ import annotations

import json
from typing import Any

from moto.sns.models import Topic

from local.clock import iso_instant
from local.patching import wrap
from local.runtime import Runtime


def install(runtime: Runtime) -> None:
    """Record what is published to any topic and add the `notifications` control."""
    notifications: list[dict[str, Any]] = []

    def make(stock: Any) -> Any:
        def publish(self: Any, message: str, subject: str | None = None, *args: Any, **kwargs: Any) -> str:
            message_id: str = stock(self, message, subject, *args, **kwargs)
            sent = {"time": iso_instant(runtime.clock.now()), "topicArn": self.arn, "messageId": message_id}
            notifications.append({**sent, "subject": subject, "message": _decoded(message)})
            return message_id

        return publish

    wrap(Topic, "publish", make)
    runtime.controls["GET", "notifications"] = lambda _request: list(notifications)


def _decoded(message: str) -> Any:
    try:
        return json.loads(message)
    except ValueError:
        return message
