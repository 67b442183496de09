"""Why an event could not be delivered."""


class TargetError(Exception):
    """A target refused the event, or is of a kind that the local runtime cannot deliver to."""
