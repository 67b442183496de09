"""What can be wrong with a schedule."""


class ScheduleError(ValueError):
    """An expression that EventBridge would refuse, or a request for a schedule that does not exist."""
