"""Why a job run cannot start."""


class JobFileError(Exception):
    """A file that a job run names does not exist, or its role may not read it."""
