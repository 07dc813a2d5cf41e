"""Fixtures of the kernel's tests."""

import secrets
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from config.runtime.processes import free_port


@pytest.fixture
def bucket(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket of a real S3 protocol server."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "test")
    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{port}"
    name = f"files-{secrets.token_hex(4)}"
    made = boto3.resource("s3", endpoint_url=endpoint, region_name="eu-west-1").Bucket(name)
    made.create(CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    settings.STORAGE_URL = f"s3://{name}?region=eu-west-1&endpoint={endpoint}"
    yield made
    server.stop()
