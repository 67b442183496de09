"""CloudWatch: moto stores metrics and alarms; alarm evaluation, composite alarms and simulated time are added here."""

from __future__ import annotations

from typing import Any

from moto.cloudwatch.models import Alarm, MetricDatumBase, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from local.clock import naive_utc
from local.identity import ACCOUNT, REGION
from local.patching import wrap
from local.runtime import ExecutionEnd, Runtime
from local.services.cloudwatch.alarms import Alarms
from local.services.cloudwatch.metrics import MetricSink

_EXECUTION_METRICS = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}

_NO_METRIC: dict[str, Any] = dict.fromkeys(
    ("namespace", "metric_name", "comparison_operator", "evaluation_periods", "period", "threshold", "statistic")
)


def install(runtime: Runtime) -> None:
    """Patch alarms and datapoints, publish the metrics of Step Functions, and add the `alarms` control."""
    _stamp_datapoints(runtime)
    _start_alarms_without_data(runtime)
    _add_composite_alarms()
    _publish_execution_metrics(runtime)
    _publish_function_metrics(runtime)
    alarms = Alarms(runtime, runtime.timeline.gauges)
    runtime.timeline.observers.append(alarms.evaluate)
    runtime.controls["alarms"] = lambda _request: runtime.timeline.observe()


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

    def make(stock: Any) -> Any:
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            stock(self, *args, **kwargs)
            self.state_value = "INSUFFICIENT_DATA"
            self.state_updated_timestamp = naive_utc(runtime.clock.now())
            self.configuration_updated_timestamp = self.state_updated_timestamp

        return init

    wrap(Alarm, "__init__", make)


def _add_composite_alarms() -> None:
    """Stock stores a rule if it gets one, but has no operation that passes it."""

    def put_composite_alarm(self: Any) -> ActionResult:
        get = self._get_param
        cloudwatch_backends[ACCOUNT][REGION].put_metric_alarm(
            **_NO_METRIC,
            name=get("AlarmName"),
            description=get("AlarmDescription"),
            dimensions=[],
            alarm_actions=get("AlarmActions", []),
            ok_actions=get("OKActions", []),
            insufficient_data_actions=get("InsufficientDataActions", []),
            actions_enabled=self._get_bool_param("ActionsEnabled", True),
            rule=get("AlarmRule"),
            tags=get("Tags", []),
        )
        return EmptyResult()

    CloudWatchResponse.put_composite_alarm = put_composite_alarm  # type: ignore[attr-defined]


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
