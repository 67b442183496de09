"""Who is calling: the one account and region, and access keys that name the role that signs with them."""

from __future__ import annotations

import base64
import re

ACCOUNT = "123456789012"
REGION = "us-east-1"
PARTITION = "aws"
SECRET_KEY = "local"
OPERATOR_KEY = "local"
"""The key of whoever stands outside the platform: a test, the demo, the deployment itself."""

_ROLE_KEY_PREFIX = "LSRA"
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/([^/]+)/([^/]+)/")


def key_for_role(role_arn: str) -> str:
    """Return the access key of a role; moto does not know it and so serves its default account."""
    role_name = role_arn.split("/")[-1]
    return _ROLE_KEY_PREFIX + base64.b32encode(role_name.encode()).decode().rstrip("=")


def role_of_key(access_key: str) -> str | None:
    """Return the role name inside an access key, or None when the caller is not a role."""
    if not access_key.startswith(_ROLE_KEY_PREFIX):
        return None
    encoded = access_key[len(_ROLE_KEY_PREFIX) :]
    return base64.b32decode(encoded + "=" * (-len(encoded) % 8)).decode()


def signature(authorization: str) -> tuple[str, str] | None:
    """Return (access key, signing service) of an AWS signature version 4 header, or None."""
    match = _CREDENTIAL.search(authorization)
    return (match[1], match[3]) if match else None
