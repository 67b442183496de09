"""Whose lake a bucket is: that of the platform that first ran in it.

Reports, marks and manifests are of one platform: the slots of a second one would take the objects of the first as read,
and its records as published.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping

from medallion.errors import InputError
from medallion.lake.bucket import Bucket
from medallion.spec.declaration import Layout, Spec


def owner_key(layout: Layout) -> str:
    """Return the key of the object that names the owner; it stands among the reports, as it is about all of them."""
    return f"{layout.slots}owner.json"


def claim(bucket: Bucket, spec: Spec, database: str) -> None:
    """Let the platform of these events and this database own the lake, or raise ``InputError`` if another one does."""
    own: Dict[str, Any] = {"events": spec.events.name, "database": database, "region": bucket.region}
    key = owner_key(spec.layout)
    owner = bucket.read(key)
    if owner is None:
        bucket.write(key, own)
        owner = bucket.read(key)
    if owner != own:
        expected = f"{_named(owner)}, which owns it"
        fix = f"give each platform a bucket of its own, or delete {key} if the other one is gone for good"
        raise InputError.at(f"lake {bucket.name}", _named(own), expected, fix)


def _named(platform: Mapping[str, Any]) -> str:
    events, database, region = (platform.get(name) for name in ("events", "database", "region"))
    return f"the platform of events '{events}' and database '{database}' in {region}"
