"""What can be wrong before a Spark job runs."""


class SubmitError(ValueError):
    """The parameters of a job are not ones that spark-submit knows, or need what the local runtime lacks."""
