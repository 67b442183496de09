"""Firehose: moto registers delivery streams; reading Kinesis and writing to S3 are added here."""

from __future__ import annotations

from local.advance import timeline_of
from local.runtime import Runtime
from local.services.firehose.delivery import DeliveryStreams

_RANK = 0


def install(runtime: Runtime) -> None:
    """Deliver buffers as simulated time passes, and on the `flush` control."""
    streams = DeliveryStreams(runtime)
    timeline = timeline_of(runtime)
    timeline.register(_RANK, streams)
    timeline.gauges.append(streams.gauge)
    timeline.flushes["firehose"] = streams.flush
