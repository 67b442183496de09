"""A bucket that is gone after each test, for tests that need neither Spark nor a server."""

from __future__ import annotations

from typing import Iterator

import boto3
import pytest
from moto import mock_aws

from medallion.lake.bucket import Bucket


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="lake")
        yield Bucket("lake")
