"""Clients of the S3 endpoint: boto3 as applications use it, and signed requests without its opinions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import boto3
import httpx
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import Credentials

from tests.live_server import ADMIN_KEY

#: The global pair, which opens every bucket.
GLOBAL_PAIR = ("duckdb", ADMIN_KEY)
REGION = "local"


def boto_client(
    endpoint: str, pair: tuple[str, str] = GLOBAL_PAIR, *, verify: str | bool = True, **config: Any
) -> BaseClient:
    """A boto3 client in path style that tries once; `config` are more fields of botocore's Config."""
    options: dict[str, Any] = {"signature_version": "s3v4", "retries": {"total_max_attempts": 1}, "read_timeout": 60}
    options["s3"] = {"addressing_style": "path"} | config.pop("s3", {})
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=pair[0],
        aws_secret_access_key=pair[1],
        region_name=REGION,
        config=Config(**(options | config)),
        verify=verify,
    )


class _AsSaid(S3SigV4Auth):
    """botocore would sign what it finds to be the hash of the body; here the test says what the hash is."""

    def payload(self, request: AWSRequest) -> str:
        return str(request.context["payload"])


class SignedHttp:
    """Requests signed with a pair, their headers and bodies as the test says. Paths are below the endpoint."""

    def __init__(self, endpoint: str, pair: tuple[str, str] = GLOBAL_PAIR, *, verify: Any = True) -> None:
        self.endpoint = endpoint
        self._credentials = Credentials(*pair)
        self._http = httpx.Client(timeout=60, verify=verify)

    def request(
        self,
        method: str,
        path: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: str = "",
    ) -> httpx.Response:
        """`path` is decoded; `query` is as on the wire."""
        url = f"{self.endpoint}/{quote(path.lstrip('/'))}" + (f"?{query}" if query else "")
        fields = {"x-amz-content-sha256": hashlib.sha256(content).hexdigest()} | dict(headers or {})
        signed = {name: value.encode() for name, value in self.sign(method, url, fields).items()}
        return self._http.request(method, url, content=content, headers=signed)

    def sign(self, method: str, url: str, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers with their signature; one of them says what the hash of the body is."""
        signed = AWSRequest(method=method, url=url, headers=dict(headers))
        signed.context["payload"] = headers["x-amz-content-sha256"]
        _AsSaid(self._credentials, "s3", REGION).add_auth(signed)
        return dict(signed.headers.items())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def head(self, path: str, **options: Any) -> httpx.Response:
        return self.request("HEAD", path, **options)

    def put(self, path: str, **options: Any) -> httpx.Response:
        return self.request("PUT", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self.request("DELETE", path, **options)

    def close(self) -> None:
        self._http.close()


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of an error in XML."""
    text = answer.text
    return answer.status_code, text.partition("<Code>")[2].partition("</Code>")[0]


def empty_bucket(client: BaseClient, bucket: str) -> None:
    """Delete all objects and open uploads."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys = [{"Key": entry["Key"]} for entry in page.get("Contents", [])]
        if keys:
            client.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    for upload in client.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
        client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
