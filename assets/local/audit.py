"""Every call of a workload, checked against what the deployed roles allow; it reports and never refuses."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends

from local.actions import ANY_RESOURCE, Need, needs_of
from local.identity import ACCOUNT, PARTITION, REGION
from local.policies import Statement, decision, principal_matches, statements_of
from local.service_call import ServiceCall


class Audit:
    """The permissions that were used, and those of them that nothing grants."""

    def __init__(self) -> None:
        self._checked: set[tuple[str, str, str, tuple[tuple[str, str], ...]]] = set()
        self._denied: dict[tuple[str, str, str], None] = {}
        self._lock = threading.Lock()

    def check_call(self, call: ServiceCall) -> None:
        """Check a request, if a role signed it."""
        if call.role is not None:
            for need in needs_of(call):
                self._check(call.role, need)

    def check(self, role_arn: str, action: str, resource: str, context: Mapping[str, str] | None = None) -> None:
        """Check what a role does without a request that shows it."""
        self._check(role_arn.split("/")[-1], Need(action, resource, dict(context or {})))

    def report(self) -> dict[str, Any]:
        """Return how many distinct permissions were used, and which were not granted."""
        with self._lock:
            denied = [{"role": role, "action": action, "resource": resource} for role, action, resource in self._denied]
            return {"checked": len({key[:3] for key in self._checked}), "denied": denied}

    def _check(self, role: str, need: Need) -> None:
        key = (role, need.action, need.resource, tuple(sorted(need.context.items())))
        with self._lock:
            if key in self._checked:
                return
            self._checked.add(key)
        if not allowed(role, need):
            with self._lock:
                self._denied[key[:3]] = None


def allowed(role_name: str, need: Need) -> bool:
    """Tell whether the role's policies and the resource's own, together, allow it in this account."""
    role = next((one for one in iam_backends[ACCOUNT][PARTITION].roles.values() if one.name == role_name), None)
    if role is None:
        return False
    resource = None if need.resource == ANY_RESOURCE else need.resource
    context = {**_request_context(role.arn), **need.context}
    by_identity = decision(_identity_statements(role), need.action, resource, context)
    named = [(one, principal_matches(one, role.arn, ACCOUNT)) for one in _resource_statements(need.resource)]
    by_resource = decision([one for one, how in named if how == "role"], need.action, resource, context)
    by_account = decision([one for one, how in named if how == "account"], need.action, resource, context)
    if "deny" in (by_identity, by_resource, by_account):
        return False
    if need.action.startswith("kms:"):  # a key's own policy decides; it may leave that to the account's policies
        return by_resource == "allow" or (by_account == "allow" and by_identity == "allow")
    return "allow" in (by_identity, by_resource)


def _request_context(role_arn: str) -> dict[str, str]:
    return {
        "aws:SecureTransport": "true",
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalArn": role_arn,
        "aws:PrincipalIsAWSService": "false",
        "aws:RequestedRegion": REGION,
        "aws:ResourceAccount": ACCOUNT,
        "kms:CallerAccount": ACCOUNT,
    }


def _identity_statements(role: Any) -> list[Statement]:
    backend = iam_backends[ACCOUNT][PARTITION]
    documents = [*role.policies.values(), *(_current_document(policy) for policy in role.managed_policies.values())]
    inline = backend.inline_policies.values()
    documents += [policy.policy_document for policy in inline if role.name in (policy.role_names or [])]
    return [statement for document in documents for statement in statements_of(document)]


def _current_document(policy: Any) -> str:
    return next(str(version.document) for version in policy.versions if version.is_default)


def _resource_statements(resource: str) -> list[Statement]:
    service = resource.split(":")[2] if resource.startswith("arn:") else ""
    document: str | bytes | None = None
    if service == "s3":
        bucket = s3_backends[ACCOUNT][PARTITION].buckets.get(resource.split(":::")[1].split("/")[0])
        document = bucket.policy if bucket else None
    elif service == "kms":
        key = kms_backends[ACCOUNT][REGION].keys.get(resource.split("/")[-1])
        document = key.policy if key else None
    statements = statements_of(document) if document else []
    return [{**one, "Resource": "*"} if service == "kms" else one for one in statements]
