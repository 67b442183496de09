"""EventBridge Scheduler: moto registers schedules; they fire here as simulated time passes, or on demand."""

from __future__ import annotations

from typing import Any

from moto.scheduler.exceptions import ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule

from local.patching import after_init, wrap
from local.runtime import Runtime
from local.services.scheduler.firing import ExecutionEnds, Schedules
from local.services.scheduler.limits import schedule_problems

_RANK = 2


def install(runtime: Runtime) -> None:
    """Fire schedules on the timeline, and add the `fire` control."""
    _create_at_simulated_time(runtime)
    for method in ("create_schedule", "update_schedule"):
        wrap(EventBridgeSchedulerBackend, method, _refusing_what_is_not_emulated)
    schedules = Schedules(runtime, ExecutionEnds(runtime))
    runtime.timeline.register(_RANK, schedules)
    runtime.controls["POST", "fire"] = schedules.fire_control


def _create_at_simulated_time(runtime: Runtime) -> None:
    """Stock notes the wall clock's time, from which a rate would count."""

    def stamp(schedule: Any) -> None:
        schedule.creation_date = schedule.last_modified_date = runtime.clock.now().timestamp()

    after_init(Schedule, stamp)


def _refusing_what_is_not_emulated(stock: Any) -> Any:
    """Stock takes any expression; one that cannot be followed would stop all others from firing."""

    def put_schedule(self: Any, **schedule: Any) -> Any:
        zone, target = schedule["schedule_expression_timezone"], schedule["target"]
        problems = "; ".join(schedule_problems(schedule["schedule_expression"], zone, target))
        if problems:
            name = schedule["name"]
            raise ValidationException(f"schedule '{name}': {problems}; leave it out where the stack runs locally")
        return stock(self, **schedule)

    return put_schedule
