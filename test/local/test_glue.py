"""Glue tables under concurrent commits, as Iceberg makes them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.server import Server
from local.template import Deployed


@pytest.fixture
def table(server: Server, sample: Deployed) -> Iterator[dict[str, str]]:
    names = {"DatabaseName": sample.outputs["DatabaseName"], "Name": "silver"}
    glue = server.runtime.client("glue")
    glue.create_table(DatabaseName=names["DatabaseName"], TableInput={"Name": "silver", "Parameters": {"count": "0"}})
    yield dict(names)
    glue.delete_table(**names)


def _version(server: Server, table: dict[str, str]) -> tuple[str, int]:
    found = server.runtime.client("glue").get_table(**table)["Table"]
    return found["VersionId"], int(found["Parameters"]["count"])


def _commit(server: Server, table: dict[str, str], version: str, count: int, **more: Any) -> None:
    table_input = {"Name": table["Name"], "Parameters": {"count": str(count)}}
    server.runtime.client("glue").update_table(
        DatabaseName=table["DatabaseName"], TableInput=table_input, VersionId=version, SkipArchive=True, **more
    )


def test_update_of_another_version_is_refused(server: Server, table: dict[str, str]) -> None:
    version, _ = _version(server, table)
    _commit(server, table, version, 1)
    with pytest.raises(ClientError, match="ConcurrentModificationException"):
        _commit(server, table, version, 2)
    assert _version(server, table)[1] == 1


def test_no_increment_is_lost_under_concurrent_commits(server: Server, table: dict[str, str]) -> None:
    """4 writers of 10 increments each, every one retried until its version stands: 4 x 10 = 40."""

    def increment(_: int) -> None:
        for _ in range(10):
            while True:
                version, count = _version(server, table)
                try:
                    _commit(server, table, version, count + 1)
                    break
                except ClientError as error:
                    if error.response["Error"]["Code"] != "ConcurrentModificationException":
                        raise

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(increment, range(4)))
    assert _version(server, table)[1] == 40


def test_skipped_archive_keeps_one_version(server: Server, table: dict[str, str]) -> None:
    for count in range(1, 4):
        _commit(server, table, _version(server, table)[0], count)
    versions = server.runtime.client("glue").get_table_versions(
        DatabaseName=table["DatabaseName"], TableName=table["Name"]
    )["TableVersions"]
    assert len(versions) == 1
