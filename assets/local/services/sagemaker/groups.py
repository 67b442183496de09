"""Feature groups as the Feature Store runtime sees them, read from moto's registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.sagemaker.models import sagemaker_backends

from local.identity import ACCOUNT, REGION
from local.services.sagemaker.exceptions import ResourceNotFound

_SECONDS = {"Seconds": 1, "Minutes": 60, "Hours": 3600, "Days": 86400, "Weeks": 604800}


@dataclass(frozen=True)
class Group:
    """One feature group: its definitions by name and type, and its two stores."""

    name: str
    identifier: str
    event_time: str
    types: dict[str, str]
    online: dict[str, Any] | None
    offline: dict[str, Any] | None
    role_arn: str | None

    def ttl_seconds(self, given: dict[str, Any] | None) -> int | None:
        """Return how long a record lives after its event time: as given with it, else the group's own."""
        ttl = given or (self.online or {}).get("TtlDuration")
        return int(ttl["Value"]) * _SECONDS[ttl["Unit"]] if ttl else None


def group_named(name_or_arn: str) -> Group:
    """Return a group by name or ARN; raise ResourceNotFound if there is none."""
    return _group_of(moto_group(name_or_arn))


def moto_group(name_or_arn: str) -> Any:
    """Return moto's own object of a group; raise ResourceNotFound if there is none."""
    name = name_or_arn.split("/")[-1]
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:feature-group/{name.lower()}"
    found = sagemaker_backends[ACCOUNT][REGION].feature_groups.get(arn)
    if found is None:
        raise ResourceNotFound(name)
    return found


def _group_of(found: Any) -> Group:
    online = getattr(found, "online_store_config", None)
    return Group(
        name=found.feature_group_name,
        identifier=found.record_identifier_feature_name,
        event_time=found.event_time_feature_name,
        types={item["FeatureName"]: item["FeatureType"] for item in found.feature_definitions},
        online=online if online and online.get("EnableOnlineStore", True) else None,
        offline=found.offline_store_config,
        role_arn=found.role_arn,
    )
