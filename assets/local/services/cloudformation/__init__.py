"""CloudFormation: the resource types that moto lacks or creates only in part."""

from __future__ import annotations

import json
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.models import Stack
from moto.core.common_models import CloudFormationModel

from local.patching import PatchError, wrap
from local.runtime import Runtime
from local.services.cloudformation.resource_type import model_of
from local.services.cloudformation.types import RESOURCE_TYPES

_registered: list[type[CloudFormationModel]] = []
"""moto finds resource types as subclasses, which are weakly referenced: something must keep them."""


def install(runtime: Runtime) -> None:
    """Register our resource types, of which one replaces moto's of the same name, and read templates as JSON."""
    wrap(Stack, "parse_template", lambda stock: staticmethod(_json_first(stock)))
    _registered.extend(model_of(resource_type, runtime) for resource_type in RESOURCE_TYPES)
    parsing.get_model_list.cache_clear()
    parsing.get_model_map.cache_clear()
    parsing.get_name_type_map.cache_clear()
    unregistered = [model.__name__ for model in _registered if model not in parsing.get_model_map().values()]
    if unregistered:
        raise PatchError(f"moto: got no registration of {unregistered}; install 'moto[server]>=5.2.3,<5.3'")


def _json_first(stock: Any) -> Any:
    """Stock takes every template for YAML, which makes it slow to read."""

    def parse_template(template: str) -> Any:
        try:
            return json.loads(template)
        except ValueError:
            return stock(template)

    return parse_template
