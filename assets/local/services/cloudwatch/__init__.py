"""CloudWatch: moto stores metrics and alarms; alarm evaluation and simulated time are added here."""

from __future__ import annotations

from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import Alarm, MetricDatumBase
from moto.cloudwatch.responses import CloudWatchResponse

from local.clock import naive_utc
from local.patching import after_init, wrap
from local.runtime import ExecutionEnd, Runtime
from local.services.cloudwatch.alarms import Alarms
from local.services.cloudwatch.limits import alarm_problems
from local.services.cloudwatch.metrics import MetricSink

_EXECUTION_METRICS = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def install(runtime: Runtime) -> None:
    """Patch alarms and datapoints, publish the metrics of Step Functions, and add the `alarms` control."""
    _stamp_datapoints(runtime)
    _start_alarms_without_data(runtime)
    wrap(CloudWatchResponse, "put_metric_alarm", _refusing_what_is_not_emulated)
    _publish_execution_metrics(runtime)
    _publish_function_metrics(runtime)
    alarms = Alarms(runtime, runtime.timeline.gauges)
    runtime.timeline.observers.append(alarms.evaluate)
    runtime.controls["GET", "alarms"] = lambda _request: runtime.timeline.observe()


def _stamp_datapoints(runtime: Runtime) -> None:
    """Stock stamps a datapoint without a time with the wall clock."""

    def make(stock: Any) -> Any:
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            stock(self, *args, **kwargs)
            given = kwargs.get("timestamp", args[3] if len(args) > 3 else None)
            if given is None:
                self.timestamp = naive_utc(runtime.clock.now())

        return init

    wrap(MetricDatumBase, "__init__", make)


def _start_alarms_without_data(runtime: Runtime) -> None:
    """Stock alarms begin as OK; the service's begin as INSUFFICIENT_DATA."""

    def begin(alarm: Any) -> None:
        alarm.state_value = "INSUFFICIENT_DATA"
        alarm.state_updated_timestamp = naive_utc(runtime.clock.now())
        alarm.configuration_updated_timestamp = alarm.state_updated_timestamp

    after_init(Alarm, begin)


def _refusing_what_is_not_emulated(stock: Any) -> Any:
    """Stock stores any alarm; one that cannot be evaluated would be silent for ever, and nobody would know."""

    def put_metric_alarm(self: Any) -> Any:
        problems = "; ".join(alarm_problems(self.params))
        if problems:
            name = self.params["AlarmName"]
            raise ValidationError(f"alarm '{name}': {problems}; leave it out where the stack runs locally")
        return stock(self)

    return put_metric_alarm


def _publish_execution_metrics(runtime: Runtime) -> None:
    sink = MetricSink(runtime.clock)

    def ended(end: ExecutionEnd) -> None:
        dimensions = {"StateMachineArn": end.state_machine_arn}
        sink.count("AWS/States", "ExecutionsStarted", dimensions, 1)
        sink.count("AWS/States", _EXECUTION_METRICS[end.status], dimensions, 1)
        sink.put("AWS/States", "ExecutionTime", dimensions, end.seconds * 1000)

    runtime.executions.append(ended)


def _publish_function_metrics(runtime: Runtime) -> None:
    sink = MetricSink(runtime.clock)

    def invoked(function_name: str, failed: bool, seconds: float) -> None:
        dimensions = {"FunctionName": function_name}
        sink.count("AWS/Lambda", "Invocations", dimensions, 1)
        sink.count("AWS/Lambda", "Errors", dimensions, float(failed))
        sink.put("AWS/Lambda", "Duration", dimensions, seconds * 1000)

    runtime.invocations.append(invoked)
