"""What Firehose cannot do."""


class PrefixError(ValueError):
    """A prefix holds an expression that does not exist, or none that would be valid there."""


class DestinationError(ValueError):
    """A delivery stream uses a compression or processor that the local runtime does not have."""
