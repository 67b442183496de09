"""Firehose: moto registers delivery streams; reading Kinesis and writing to S3 are added here."""

from __future__ import annotations

from local.runtime import Runtime
from local.services.firehose.delivery import DeliveryStreams

_RANK = 0


def install(runtime: Runtime) -> None:
    """Deliver buffers as simulated time passes, and on the `flush` control."""
    streams = DeliveryStreams(runtime)
    runtime.timeline.register(_RANK, streams)
    runtime.timeline.gauges.append(streams.gauge)
    runtime.timeline.flushes["firehose"] = streams.flush
