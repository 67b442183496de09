"""The runtime is reachable only from this machine, and reaches nothing but this machine."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Mapping
from typing import Any

from local.identity import OPERATOR_KEY, REGION, SECRET_KEY
from local.patching import wrap

LOOPBACK = "127.0.0.1"

_REAL_CREDENTIALS = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
_FAKE_KEY_PREFIXES = ("local", "LSRA")


class GuardError(Exception):
    """The runtime would not be isolated from a real account, or was asked to leave the machine."""


def refuse_real_credentials(environment: Mapping[str, str]) -> None:
    """Raise GuardError naming every variable that could reach a real account."""
    found = [name for name in _REAL_CREDENTIALS if environment.get(name)]
    key = environment.get("AWS_ACCESS_KEY_ID", OPERATOR_KEY)
    if not key.startswith(_FAKE_KEY_PREFIXES):
        found.append("AWS_ACCESS_KEY_ID")
    if found:
        raise GuardError(f"environment: got {', '.join(found)}, expected no real AWS credentials; unset them")


def isolate_process(port: int) -> None:
    """Give this process fake credentials only, and let its sockets connect to the loopback interface only."""
    os.environ.update(
        AWS_ACCESS_KEY_ID=OPERATOR_KEY,
        AWS_SECRET_ACCESS_KEY=SECRET_KEY,
        AWS_REGION=REGION,
        AWS_DEFAULT_REGION=REGION,
        AWS_ENDPOINT_URL=f"http://{LOOPBACK}:{port}",
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    )
    wrap(socket.socket, "connect", _loopback_only)
    wrap(socket.socket, "connect_ex", _loopback_only)


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address, with or without a port, is this machine."""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return False


def _loopback_only(stock: Any) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(f"[{address[0]}]"):
            raise GuardError(f"connection: got {address[0]}, expected a loopback address; nothing here may leave it")
        return stock(self, address)

    return connect
