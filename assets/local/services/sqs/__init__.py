"""SQS: moto's; its queue depths are published as metrics before alarms are evaluated."""

from __future__ import annotations

from moto.sqs.models import sqs_backends

from local.identity import ACCOUNT, REGION
from local.runtime import Runtime
from local.services.cloudwatch.metrics import MetricSink


def install(runtime: Runtime) -> None:
    """Add the gauge of visible messages."""
    sink = MetricSink(runtime.clock)

    def gauge() -> None:
        for name, queue in sorted(sqs_backends[ACCOUNT][REGION].queues.items()):
            visible = float(queue.approximate_number_of_messages)
            sink.put("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": name}, visible)

    runtime.timeline.gauges.append(gauge)
