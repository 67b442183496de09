"""SageMaker: moto registers feature groups, with what it loses put back here; the Feature Store itself is ours."""

from __future__ import annotations

import copy
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult
from moto.sagemaker.responses import SageMakerResponse

from local.clock import SimulatedClock
from local.patching import wrap
from local.runtime import Runtime
from local.service_call import FEATURE_STORE
from local.services.sagemaker.exceptions import ResourceNotFound
from local.services.sagemaker.feature_store import FeatureStore
from local.services.sagemaker.groups import moto_group
from local.services.sagemaker.offline_store import OfflineStore, resolved_uri
from local.services.sagemaker.online_store import OnlineStore

_RANK = 1
_NO_OFFLINE_STORE = {"S3StorageConfig": {"S3Uri": ""}}


def install(runtime: Runtime) -> None:
    """Serve the Feature Store runtime, append its offline store as time passes, and mend the control plane."""
    online, offline = OnlineStore(runtime.clock), OfflineStore(runtime)
    runtime.routes[FEATURE_STORE] = FeatureStore(online, offline, runtime.faults)
    runtime.timeline.register(_RANK, offline)
    runtime.timeline.flushes["offline"] = offline.flush
    wrap(SageMakerResponse, "create_feature_group", lambda _stock: _keeping_both_stores(runtime.clock))
    wrap(SageMakerResponse, "describe_feature_group", _describing_both_stores)
    _add_delete_feature_group(online)


def _keeping_both_stores(clock: SimulatedClock) -> Any:
    """Stock drops OnlineStoreConfig, overwrites DataCatalogConfig and fails without an offline store."""

    def create_feature_group(self: Any) -> ActionResult:
        get = self._get_param
        offline = get("OfflineStoreConfig")
        catalog = (offline or {}).get("DataCatalogConfig")
        arn = self.sagemaker_backend.create_feature_group(
            feature_group_name=get("FeatureGroupName"),
            record_identifier_feature_name=get("RecordIdentifierFeatureName"),
            event_time_feature_name=get("EventTimeFeatureName"),
            feature_definitions=get("FeatureDefinitions"),
            offline_store_config=_plain(offline or _NO_OFFLINE_STORE),
            role_arn=get("RoleArn"),
            tags=get("Tags"),
        )
        group = self.sagemaker_backend.feature_groups[arn]
        if offline:
            group.offline_store_config["S3StorageConfig"]["ResolvedOutputS3Uri"] = resolved_uri(
                offline["S3StorageConfig"]["S3Uri"], group.feature_group_name, clock.now()
            )
        group.online_store_config = _plain(get("OnlineStoreConfig"))
        if not offline:
            group.offline_store_config = None
        elif catalog:
            group.offline_store_config["DataCatalogConfig"] = _plain(catalog)
        return ActionResult({"FeatureGroupArn": arn})

    return create_feature_group


def _describing_both_stores(_stock: Any) -> Any:
    """Stock answers 500 for a group that does not exist, and knows no online store."""

    def describe_feature_group(self: Any) -> ActionResult:
        group = _existing(self._get_param("FeatureGroupName"))
        description = {**group.describe(), "OnlineStoreConfig": group.online_store_config}
        return ActionResult({name: value for name, value in description.items() if value is not None})

    return describe_feature_group


def _add_delete_feature_group(online: OnlineStore) -> None:
    """Stock has no such operation."""

    def delete_feature_group(self: Any) -> EmptyResult:
        group = _existing(self._get_param("FeatureGroupName"))
        self.sagemaker_backend.feature_groups.pop(group.arn)
        online.forget(group.feature_group_name)
        return EmptyResult()

    SageMakerResponse.delete_feature_group = delete_feature_group  # type: ignore[attr-defined]


def _existing(name: str) -> Any:
    try:
        return moto_group(name)
    except ResourceNotFound as error:
        raise JsonRESTError("ResourceNotFound", error.message) from error


def _plain(value: Any) -> Any:
    """Return moto's request values as ordinary dictionaries and lists of our own."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else copy.copy(value)
