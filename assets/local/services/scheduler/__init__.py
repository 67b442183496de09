"""EventBridge Scheduler: moto registers schedules; they fire here as simulated time passes, or on demand."""

from __future__ import annotations

from typing import Any

from moto.scheduler.models import Schedule

from local.patching import wrap
from local.runtime import Runtime
from local.services.scheduler.firing import ExecutionEnds, Schedules

_RANK = 2


def install(runtime: Runtime) -> None:
    """Fire schedules on the timeline, and add the `fire` control."""
    _create_at_simulated_time(runtime)
    schedules = Schedules(runtime, ExecutionEnds(runtime))
    runtime.timeline.register(_RANK, schedules)
    runtime.controls["fire"] = schedules.fire_control


def _create_at_simulated_time(runtime: Runtime) -> None:
    """Stock notes the wall clock's time, from which a rate would count."""

    def make(stock: Any) -> Any:
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            stock(self, *args, **kwargs)
            self.creation_date = self.last_modified_date = runtime.clock.now().timestamp()

        return init

    wrap(Schedule, "__init__", make)
