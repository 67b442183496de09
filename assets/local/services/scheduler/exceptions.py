"""What can be wrong with a schedule."""


class ScheduleError(ValueError):
    """An expression that EventBridge would refuse or that is not emulated, or a schedule that does not exist."""
