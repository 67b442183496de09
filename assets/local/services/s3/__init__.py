"""S3: bucket policies that moto would read as denying everything, and access logs that it would refuse."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from local.patching import replace, wrap
from local.policies import Statement, statements_of
from local.runtime import Runtime

_EVERYONE = ("*", {"AWS": "*"})


def install(runtime: Runtime) -> None:
    """Keep moto from applying what it cannot evaluate: a Deny whose condition is not met denies there."""
    wrap(FakeBucket, "get_permission", _evaluating_plain_statements)
    replace(FakeBucket, "_log_permissions_enabled_acl", staticmethod(_accept_any_log_target))


def _accept_any_log_target(target_bucket: Any) -> bool:
    """The service does not look at the target's policy when logging is set, and a stack sets the policy later."""
    return True


def _evaluating_plain_statements(stock: Any) -> Any:
    def get_permission(self: Any, action: str, resource: str) -> Any:
        if self.policy is None:
            return PermissionResult.NEUTRAL
        plain = [statement for statement in statements_of(self.policy) if _is_plain(statement)]
        if not plain:
            return PermissionResult.NEUTRAL
        full, self.policy = self.policy, json.dumps({"Version": "2012-10-17", "Statement": plain}).encode()
        try:
            return stock(self, action, resource)
        finally:
            self.policy = full

    return get_permission


def _is_plain(statement: Statement) -> bool:
    return not statement.get("Condition") and statement.get("Principal") in _EVERYONE
