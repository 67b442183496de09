"""What can be wrong with an alarm."""


class ExpressionError(ValueError):
    """A metric math expression or composite rule uses something that is not supported, or is malformed."""
