"""CloudFormation: the resource types that moto lacks or creates only in part."""

from __future__ import annotations

from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel

from local.patching import PatchError
from local.runtime import Runtime
from local.services.cloudformation.resource_type import model_of
from local.services.cloudformation.types import RESOURCE_TYPES

_registered: list[type[CloudFormationModel]] = []
"""moto finds resource types as subclasses, which are weakly referenced: something must keep them."""


def install(runtime: Runtime) -> None:
    """Register our resource types; one of a name that moto has too replaces it."""
    _registered.extend(model_of(resource_type, runtime) for resource_type in RESOURCE_TYPES)
    parsing.get_model_list.cache_clear()
    parsing.get_model_map.cache_clear()
    parsing.get_name_type_map.cache_clear()
    unregistered = [model.__name__ for model in _registered if model not in parsing.get_model_map().values()]
    if unregistered:
        raise PatchError(f"moto: got no registration of {unregistered}; install 'moto[server]>=5.2.3,<5.3'")
