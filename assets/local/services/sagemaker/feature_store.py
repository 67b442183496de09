"""The Feature Store runtime API: records written to and read from both stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from local.faults import Faults
from local.runtime import Answer
from local.services.sagemaker.exceptions import FeatureStoreError, ValidationError
from local.services.sagemaker.groups import Group, group_named
from local.services.sagemaker.offline_store import OfflineStore
from local.services.sagemaker.online_store import OnlineStore
from local.services.sagemaker.records import OFFLINE, ONLINE, Record, parse_event_time, target_stores, validated

_MOST_ENTRIES = 25
_MOST_IDENTIFIERS = 100
_PAGE = 100

Query = dict[str, list[str]]
Request = dict[str, Any]


class FeatureStore:
    """Answers the runtime's requests by method and path."""

    def __init__(self, online: OnlineStore, offline: OfflineStore, faults: Faults) -> None:
        self._online = online
        self._offline = offline
        self._faults = faults

    def __call__(self, method: str, path: str, query: Query, body: bytes) -> Answer:
        """Route one request; a refusal becomes an answer with the API's error code."""
        try:
            return Answer(200, self._route(method, path, query, json.loads(body) if body else {}))
        except FeatureStoreError as error:
            return Answer(error.status, {"Message": error.message, "message": error.message}, error.code)

    def _route(self, method: str, path: str, query: Query, request: Request) -> dict[str, Any]:
        whole = {"/BatchWriteRecord": self._batch_write, "/BatchGetRecord": self._batch_get}
        if path in whole:
            return whole[path](request)
        name = unquote(path).removeprefix("/FeatureGroup/")
        listing = name.endswith("/ListRecords")
        operations: dict[str, Callable[[str, Query, Request], dict[str, Any]]] = {
            "PUT": self._put,
            "GET": self._get,
            "DELETE": self._delete,
            "POST": self._list,
        }
        if method not in operations or (method == "POST") != listing:
            raise ValidationError(f"{method} {path} is not an operation of the local Feature Store")
        return operations[method](name.removesuffix("/ListRecords"), query, request)

    def _put(self, name: str, _query: Query, request: Request) -> dict[str, Any]:
        self._write({**request, "FeatureGroupName": name}, None)
        return {}

    def _write(self, entry: Request, common_ttl: dict[str, Any] | None) -> None:
        group = group_named(entry["FeatureGroupName"])
        record = validated(group, entry["Record"])
        stores = target_stores(group, entry.get("TargetStores"))
        if ONLINE in stores:
            self._online.put(group, record, entry.get("TtlDuration") or common_ttl)
        if OFFLINE in stores:
            self._offline.put(group, record)

    def _get(self, name: str, query: Query, _request: Request) -> dict[str, Any]:
        group = group_named(name)
        with_expiry = query.get("ExpirationTimeResponse", [""])[0] == "Enabled"
        return self._online.get(group, _required(query), query.get("FeatureName"), with_expiry)

    def _delete(self, name: str, query: Query, _request: Request) -> dict[str, Any]:
        group = group_named(name)
        identifier = _required(query)
        event_time = parse_event_time(group, query["EventTime"][0])
        stores = target_stores(group, query.get("TargetStores"))
        if ONLINE in stores:
            self._online.delete(group, identifier, event_time, query.get("DeletionMode") == ["HardDelete"])
        if OFFLINE in stores:
            features = _tombstone(group, identifier, query["EventTime"][0])
            self._offline.put(group, Record(features, identifier, event_time), deleted=True)
        return {}

    def _list(self, name: str, _query: Query, request: Request) -> dict[str, Any]:
        group = group_named(name)
        identifiers = self._online.identifiers(group, bool(request.get("IncludeSoftDeletedRecords")))
        start, size = int(request.get("NextToken") or 0), int(request.get("MaxResults") or _PAGE)
        answer: dict[str, Any] = {"RecordIdentifiers": identifiers[start : start + size]}
        if start + size < len(identifiers):
            answer["NextToken"] = str(start + size)
        return answer

    def _batch_write(self, request: Request) -> dict[str, Any]:
        entries = request.get("Entries") or []
        if not 1 <= len(entries) <= _MOST_ENTRIES:
            raise ValidationError(f"got {len(entries)} entries, expected 1 to {_MOST_ENTRIES}")
        errors, unprocessed = [], []
        for position, entry in enumerate(entries):
            fault = self._faults.entry_fault("BatchWriteRecord", position)
            if fault == "unprocessed":
                unprocessed.append(entry)
                continue
            try:
                if fault:
                    raise FeatureStoreError(fault[0], fault[1], 400)
                self._write(entry, request.get("TtlDuration"))
            except FeatureStoreError as error:
                errors.append({"Entry": entry, "ErrorCode": error.code, "ErrorMessage": error.message})
        return {"Errors": errors, "UnprocessedEntries": unprocessed}

    def _batch_get(self, request: Request) -> dict[str, Any]:
        with_expiry = request.get("ExpirationTimeResponse") == "Enabled"
        wanted = [
            (item["FeatureGroupName"], identifier, item.get("FeatureNames"))
            for item in request["Identifiers"]
            for identifier in item["RecordIdentifiersValueAsString"]
        ]
        if len(wanted) > _MOST_IDENTIFIERS:
            raise ValidationError(f"got {len(wanted)} identifiers, expected at most {_MOST_IDENTIFIERS}")
        records, errors = [], []
        for name, identifier, features in wanted:
            key = {"FeatureGroupName": name, "RecordIdentifierValueAsString": identifier}
            try:
                found = self._online.get(group_named(name), identifier, features, with_expiry)
            except FeatureStoreError as error:
                errors.append({**key, "ErrorCode": error.code, "ErrorMessage": error.message})
                continue
            if found:
                records.append({**key, **found})
        return {"Records": records, "Errors": errors, "UnprocessedIdentifiers": []}


def _required(query: Query) -> str:
    values = query.get("RecordIdentifierValueAsString")
    if not values:
        raise ValidationError("Missing RecordIdentifierValueAsString")
    return values[0]


def _tombstone(group: Group, identifier: str, event_time: str) -> tuple[dict[str, Any], ...]:
    return (
        {"FeatureName": group.identifier, "ValueAsString": identifier},
        {"FeatureName": group.event_time, "ValueAsString": event_time},
    )
