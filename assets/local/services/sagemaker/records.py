"""What a record must be before a store takes it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from local.services.sagemaker.exceptions import ValidationError
from local.services.sagemaker.groups import Group

_ISO_8601 = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$")
_INT64 = 1 << 63
MAX_IDENTIFIER_BYTES = 2048
MAX_RECORD_BYTES = 358_400
ONLINE = "OnlineStore"
OFFLINE = "OfflineStore"

FeatureValue = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """One accepted record: its features as sent, its identifier and its event time."""

    features: tuple[FeatureValue, ...]
    identifier: str
    event_time: datetime

    def values(self) -> dict[str, str | None]:
        """Return the features by name."""
        return {feature["FeatureName"]: feature.get("ValueAsString") for feature in self.features}


def validated(group: Group, features: list[FeatureValue]) -> Record:
    """Return a record; raise ValidationError for what the service would refuse."""
    seen: dict[str, str | None] = {}
    for feature in features:
        name = feature.get("FeatureName", "")
        if name not in group.types:
            raise ValidationError(f"Feature {name!r} is not defined in FeatureGroup {group.name}")
        if name in seen:
            raise ValidationError(f"Feature {name!r} is given twice")
        seen[name] = feature.get("ValueAsString")
        _check_type(name, group.types[name], seen[name])
    for required in (group.identifier, group.event_time):
        if not seen.get(required):
            raise ValidationError(f"Missing value for required feature {required!r}")
    identifier = len(str(seen[group.identifier]).encode("utf-8"))
    if identifier > MAX_IDENTIFIER_BYTES:
        raise ValidationError(
            f"Record identifier {group.identifier!r} has {identifier} bytes, over the maximum of 2 KB"
        )
    size = sum(len(f"{name}{value or ''}".encode()) for name, value in seen.items())
    if size > MAX_RECORD_BYTES:
        raise ValidationError(f"Record has {size} bytes, over the maximum of 350 KB")
    event_time = parse_event_time(group, str(seen[group.event_time]))
    return Record(tuple(features), str(seen[group.identifier]), event_time)


def parse_event_time(group: Group, text: str) -> datetime:
    """Return an event time given as ISO-8601 or, for a Fractional feature, as seconds since the epoch."""
    if group.types[group.event_time] == "Fractional":
        try:
            return datetime.fromtimestamp(float(text), timezone.utc)
        except (ValueError, OverflowError, OSError):
            raise ValidationError(f"EventTime {text!r} is not a number of seconds") from None
    if not _ISO_8601.match(text):
        raise ValidationError(f"EventTime {text!r} is not yyyy-MM-dd'T'HH:mm:ssZ or yyyy-MM-dd'T'HH:mm:ss.SSSZ")
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ValidationError(f"EventTime {text!r} is not a date") from None


def target_stores(group: Group, given: list[str] | None) -> list[str]:
    """Return the stores that a record goes to; raise ValidationError for one that the group does not have."""
    existing = [store for store, config in ((ONLINE, group.online), (OFFLINE, group.offline)) if config]
    for store in given or []:
        if store not in existing:
            raise ValidationError(f"FeatureGroup {group.name} has no {store}")
    return given or existing


def _check_type(name: str, feature_type: str, value: str | None) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise ValidationError(f"Feature {name!r} has a value that is not a string")
    if not _TYPE_CHECKS[feature_type](value):
        raise ValidationError(f"Feature {name!r} has value {value!r}, which is not of type {feature_type}")


def _is_integral(value: str) -> bool:
    return re.fullmatch(r"[+-]?\d+", value) is not None and -_INT64 <= int(value) < _INT64


def _is_fractional(value: str) -> bool:
    try:
        return math.isfinite(float(value)) and "_" not in value
    except ValueError:
        return False


_TYPE_CHECKS: dict[str, Callable[[str], bool]] = {
    "String": lambda value: True,
    "Integral": _is_integral,
    "Fractional": _is_fractional,
}
