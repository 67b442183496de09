"""How the Feature Store refuses a call, by the names of its API."""


class FeatureStoreError(Exception):
    """A refusal with an error code of the API and its HTTP status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class ValidationError(FeatureStoreError):
    """The request or a record in it breaks a rule."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationError", f"Validation Error: {message}", 400)


class ResourceNotFound(FeatureStoreError):
    """There is no feature group of that name."""

    def __init__(self, name: str) -> None:
        message = f"Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name {name}"
        super().__init__("ResourceNotFound", message, 404)
