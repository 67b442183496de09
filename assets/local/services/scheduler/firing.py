"""Fires schedules: the real target, as the schedule's role, with retries, a dead-letter queue and its metrics."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from local.advance import Outcome, Selection
from local.clock import iso_instant, parse_instant
from local.ends import Ends
from local.runtime import ExecutionEnd, Runtime
from local.services.cloudwatch.metrics import MetricSink
from local.services.events.exceptions import TargetError
from local.services.events.targets import deliver
from local.services.scheduler.schedules import Schedule, enabled_schedules, named

_NAMESPACE = "AWS/Scheduler"
_DEADLINE_SECONDS = 1800.0
_MOST_RETRIES = 3
"""A target that refuses once does so for ever while time stands still; the service would try up to 185 times."""


class Schedules:
    """The schedules as work that falls due."""

    def __init__(self, runtime: Runtime, ends: ExecutionEnds) -> None:
        self._runtime = runtime
        self._ends = ends
        self._sink = MetricSink(runtime.clock)
        self._done_until = runtime.clock.now()
        self._selection: Selection = True

    def begin(self, now: datetime, selection: Selection) -> None:
        """Start from `now`: what was due before is not made up for, as the clock was set past it."""
        self._done_until = now
        self._selection = selection

    def next_due(self, until: datetime) -> datetime | None:
        """Return the next time at which any selected schedule is due."""
        due = [at for schedule in self._selected() if (at := schedule.occurrences(self._done_until)) is not None]
        return min((at for at in due if at <= until), default=None)

    def perform(self, at: datetime, outcome: Outcome) -> None:
        """Fire what is due at `at`, in order of name, each to its end."""
        due = [schedule for schedule in self._selected() if schedule.occurrences(self._done_until) == at]
        self._done_until = at
        outcome.fired += [self.fire(schedule, at) for schedule in due]

    def fire_control(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer `{"name": text, "scheduledTime": time}`: fire that schedule now, and then look at the alarms."""
        schedule, timeline = named(request["name"]), self._runtime.timeline
        with timeline.lock:
            now = self._runtime.clock.now()
            scheduled = parse_instant(request["scheduledTime"]) if "scheduledTime" in request else now
            self._runtime.clock.advance(max(now, scheduled))
            result = self.fire(schedule, scheduled)
            timeline.observe()
        return result

    def fire(self, schedule: Schedule, scheduled: datetime) -> dict[str, Any]:
        """Deliver one occurrence and, if it started an execution, wait for its end."""
        result: dict[str, Any] = {"schedule": schedule.name, "scheduledTime": iso_instant(scheduled)}
        try:
            receipt = self._deliver(schedule, scheduled)
        except TargetError as error:
            return {**result, "status": "NOT_STARTED", "error": "TargetError", "cause": str(error)}
        if ":execution:" not in receipt:
            return {**result, "status": "DELIVERED", "receipt": receipt}
        return {**result, "executionArn": receipt, **self._ends.wait(receipt, _DEADLINE_SECONDS)}

    def _selected(self) -> list[Schedule]:
        if self._selection is False:
            return []
        schedules = enabled_schedules()
        if self._selection is True:
            return schedules
        wanted = self._selection
        return [schedule for schedule in schedules if any(text in schedule.name for text in wanted)]

    def _deliver(self, schedule: Schedule, scheduled: datetime) -> str:
        """Try as often as the retry policy allows; then send the payload to the dead-letter queue and raise."""
        target = schedule.target
        retries = int((target.get("RetryPolicy") or {}).get("MaximumRetryAttempts", _MOST_RETRIES))
        for attempt in range(1, min(retries, _MOST_RETRIES) + 2):
            payload = schedule.payload(scheduled, attempt)
            self._count(schedule, "InvocationAttemptCount")
            try:
                return deliver(self._runtime, target["Arn"], payload, schedule.role_arn)
            except TargetError as error:
                refused = error
                self._count(schedule, "TargetErrorCount")
        self._count(schedule, "InvocationDroppedCount")
        queue = (target.get("DeadLetterConfig") or {}).get("Arn")
        if queue:
            deliver(self._runtime, queue, payload, schedule.role_arn)
            self._count(schedule, "InvocationsSentToDeadLetterCount")
        raise refused

    def _count(self, schedule: Schedule, name: str) -> None:
        self._sink.count(_NAMESPACE, name, {"ScheduleGroup": schedule.group}, 1)


class ExecutionEnds:
    """Waits for executions, and says how they ended."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._ends: Ends[ExecutionEnd] = Ends()
        runtime.executions.append(lambda end: self._ends.add(end.execution_arn, end))

    def wait(self, execution_arn: str, deadline: float) -> dict[str, Any]:
        """Return status, seconds and, of a failure, error and cause; stop the execution after `deadline` seconds."""
        end = self._ends.wait(execution_arn, deadline)
        states = self._runtime.client("stepfunctions")
        if end is None:
            cause = f"got no end within {deadline:.0f} s, expected one; the local runtime stopped it"
            states.stop_execution(executionArn=execution_arn, error="Local.Deadline", cause=cause)
            return {"status": "TIMED_OUT", "seconds": deadline, "error": "Local.Deadline", "cause": cause}
        result: dict[str, Any] = {"status": end.status, "seconds": round(end.seconds, 3)}
        if end.status != "SUCCEEDED":
            described = states.describe_execution(executionArn=execution_arn)
            result |= {name: described[name] for name in ("error", "cause") if name in described}
        return result
