"""The runtime cannot be reached from outside, cannot reach out, and does not start beside real credentials."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request

import pytest

from local.guard import GuardError, is_loopback, refuse_real_credentials
from local.server import Server


@pytest.mark.parametrize(
    "variable",
    ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"],
)
def test_refuses_to_start_with_real_credentials(variable: str) -> None:
    with pytest.raises(GuardError, match=f"got {variable}, expected no real AWS credentials; unset them"):
        refuse_real_credentials({variable: "something"})


@pytest.mark.parametrize(("key", "refused"), [("AKIAEXAMPLE", True), ("localtest", False), ("LSRAMFRGG", False)])
def test_access_key_must_be_a_fake_one(key: str, refused: bool) -> None:
    if not refused:
        refuse_real_credentials({"AWS_ACCESS_KEY_ID": key})
        return
    with pytest.raises(GuardError, match="AWS_ACCESS_KEY_ID"):
        refuse_real_credentials({"AWS_ACCESS_KEY_ID": key})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost:80", "[::1]:80", "[127.0.0.1]"])
def test_loopback_names_and_addresses_are_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "192.0.2.1", "169.254.169.254", "example.com", "127.0.0.1.example.com"])
def test_other_names_and_addresses_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_sockets_of_the_process_connect_to_loopback_only(server: Server) -> None:
    with socket.socket() as connection, pytest.raises(GuardError, match="got 192.0.2.1, expected a loopback address"):
        connection.connect(("192.0.2.1", 80))


def test_request_with_a_foreign_host_name_is_refused(server: Server) -> None:
    request = urllib.request.Request(f"{server.endpoint}/_local/health", headers={"Host": "rebound.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 403


def test_server_listens_on_the_loopback_interface_only(server: Server) -> None:
    """A socket that listens on every interface answers at each address of this machine, 127.0.0.2 among them."""
    port = int(server.endpoint.rsplit(":", 1)[1])
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    with pytest.raises(OSError):  # noqa: PT011, refused or unreachable
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_children_get_fake_credentials_and_no_way_to_find_others(server: Server) -> None:
    environment = server.runtime.child_environment("arn:aws:iam::123456789012:role/job")
    assert environment["AWS_ENDPOINT_URL"] == server.endpoint
    assert environment["AWS_ACCESS_KEY_ID"].startswith("LSRA")
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
    assert {environment["AWS_CONFIG_FILE"], environment["AWS_SHARED_CREDENTIALS_FILE"]} == {"/dev/null"}
