"""One CloudFormation resource type as data: the calls that create it, its Ref and its attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException, ValidationError
from moto.core.common_models import CloudFormationModel

from local.runtime import Runtime
from local.services.cloudformation.coercion import api_parameters

MAX_GENERATED_NAME = 64
_KEPT_NAME_END = 13

Properties = dict[str, Any]
Request = tuple[str, Properties]
"""An operation of the type's service, and its parameters in CloudFormation's or the API's spelling."""


@dataclass(frozen=True)
class Created:
    """A resource after its creation: what the template said, what the first call answered, and its name."""

    properties: Properties
    response: Mapping[str, Any]
    name: str


Attribute = Callable[[Created], str]


def physical_name(created: Created) -> str:
    """Return the resource's name, which is what Ref gives for most types."""
    return created.name


@dataclass(frozen=True)
class ResourceType:
    """How resources of one type are created; without a service, nothing is called.

    `requests` turns properties into calls; by default there is one, of `operation`, with the properties as they are.
    `name_property` is filled with a generated name when the template leaves it out.
    """

    type_name: str
    service: str = ""
    operation: str = ""
    name_property: str = ""
    requests: Callable[[Properties], list[Request]] | None = None
    ref: Attribute = physical_name
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


class _Resource:
    """What moto's CloudFormation asks of a resource, answered from the type's data."""

    resource_type: ClassVar[ResourceType]
    runtime: ClassVar[Runtime]

    def __init__(self, created: Created):
        self.created = created
        self.physical_resource_id = self.resource_type.ref(created)

    @classmethod
    def cloudformation_name_type(cls) -> str:
        return cls.resource_type.name_property

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.resource_type.type_name

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in cls.resource_type.attributes

    def get_cfn_attribute(self, attribute_name: str) -> str:
        if attribute_name not in self.resource_type.attributes:
            raise UnformattedGetAttTemplateException()
        return self.resource_type.attributes[attribute_name](self.created)

    def is_created(self) -> bool:
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **details: Any
    ) -> Any:
        logical_id = str(details.get("LogicalId", resource_name))
        return cls(_create(cls.resource_type, cls.runtime, resource_name, cloudformation_json, logical_id))

    @classmethod
    def update_from_cloudformation_json(cls, *_: Any, **__: Any) -> Any:
        raise ValidationError(message=f"{cls.resource_type.type_name}: updates are not emulated; start a new runtime")

    @classmethod
    def delete_from_cloudformation_json(cls, *_: Any, **__: Any) -> None:
        raise ValidationError(message=f"{cls.resource_type.type_name}: deletes are not emulated; start a new runtime")


def model_of(resource_type: ResourceType, runtime: Runtime) -> type[CloudFormationModel]:
    """Return the class through which moto creates resources of this type; it must be a direct subclass of moto's."""
    name = resource_type.type_name.replace("::", "")
    return type(name, (_Resource, CloudFormationModel), {"resource_type": resource_type, "runtime": runtime})


def _create(
    resource_type: ResourceType, runtime: Runtime, generated_name: str, template: Any, logical_id: str
) -> Created:
    properties: Properties = dict(template.get("Properties", {}))
    if resource_type.name_property:
        properties.setdefault(resource_type.name_property, _shortened(generated_name))
    response: Mapping[str, Any] = {}
    for operation, parameters in _requests(resource_type, properties):
        try:
            answer = _call(runtime.client(resource_type.service), operation, parameters)
        except (ClientError, BotoCoreError, ValidationError) as error:
            reason = f"{logical_id} ({resource_type.type_name}) {operation}: {getattr(error, 'description', error)}"
            raise ValidationError(message=reason) from error
        response = response or answer
    return Created(properties, response, str(properties.get(resource_type.name_property, generated_name)))


def _requests(resource_type: ResourceType, properties: Properties) -> list[Request]:
    if not resource_type.service:
        return []
    if resource_type.requests:
        return resource_type.requests(properties)
    return [(resource_type.operation, properties)]


def _call(client: Any, operation: str, parameters: Properties) -> Mapping[str, Any]:
    shape = client.meta.service_model.operation_model(operation).input_shape
    answer: Mapping[str, Any] = getattr(client, xform_name(operation))(**api_parameters(parameters, shape))
    return answer


def _shortened(name: str) -> str:
    if len(name) <= MAX_GENERATED_NAME:
        return name
    return name[: MAX_GENERATED_NAME - _KEPT_NAME_END] + name[-_KEPT_NAME_END:]
