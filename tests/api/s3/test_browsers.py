"""What browsers ask before they use pre-signed URLs, and addresses that name the bucket in their host."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest
from botocore.client import BaseClient

from tests.cast import Server, start_server
from tests.live_server import ADMIN_KEY
from tests.s3_cast import SignedHttp, boto_client

ORIGIN = "https://app.example.org"


@pytest.mark.parametrize("where", ["root_endpoint", "contract_endpoint"])
def test_any_origin_may_by_default(request: pytest.FixtureRequest, project_bucket: str, where: str) -> None:
    url = f"{request.getfixturevalue(where)}/{project_bucket}/a"
    headers = {
        "origin": ORIGIN,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "content-type,x-amz-meta-a",
    }
    reply = httpx.options(url, headers=headers)
    assert reply.status_code == 200
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "PUT" in reply.headers["access-control-allow-methods"]
    assert reply.headers["access-control-allow-headers"] == "content-type,x-amz-meta-a"
    refused = httpx.get(url, headers={"origin": ORIGIN})
    assert refused.status_code in (401, 403)
    assert refused.headers["access-control-allow-origin"] == "*"
    assert "ETag" in refused.headers["access-control-expose-headers"]


@pytest.mark.parametrize("where", ["root_endpoint", "contract_endpoint"])
def test_options_without_a_question_is_400(request: pytest.FixtureRequest, project_bucket: str, where: str) -> None:
    assert httpx.options(f"{request.getfixturevalue(where)}/{project_bucket}/a").status_code == 400


def test_nothing_is_said_of_origins_to_those_that_name_none(root_endpoint: str, project_bucket: str) -> None:
    assert "access-control-allow-origin" not in httpx.get(f"{root_endpoint}/{project_bucket}/a").headers


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a domain and a list of origins."""
    server = start_server(
        tmp_path_factory.mktemp("server"), S3_DOMAIN="localhost", S3_CORS_ORIGINS=ORIGIN, S3_PREFIX_PROFILE="aws"
    )
    yield server
    server.stop()


def test_other_origins_are_refused(own: Server) -> None:
    url = f"http://127.0.0.1:{own.s3_port}/some-bucket/a"
    asked = {"access-control-request-method": "GET"}
    allowed = httpx.options(url, headers=asked | {"origin": ORIGIN})
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert "Origin" in allowed.headers["vary"]
    refused = httpx.options(url, headers=asked | {"origin": "https://evil.example.org"})
    assert refused.status_code == 403
    assert "access-control-allow-origin" not in refused.headers


@pytest.fixture(scope="module")
def by_host(own: Server) -> BaseClient:
    """boto3 that writes the bucket into the host; every name below localhost leads to this machine."""
    return boto_client(f"http://localhost:{own.s3_port}", s3={"addressing_style": "virtual"})


def test_a_bucket_in_the_host(own: Server, by_host: BaseClient) -> None:
    name = f"host-{uuid.uuid4().hex[:12]}"
    by_path = boto_client(f"http://localhost:{own.s3_port}")
    by_path.create_bucket(Bucket=name)
    url = by_host.generate_presigned_url("put_object", {"Bucket": name, "Key": "dir/a b+c"})
    assert f"{name}.localhost" in url
    port = own.s3_port
    host = {"host": f"{name}.localhost:{port}"}
    reply = httpx.put(url.replace(f"{name}.localhost", "127.0.0.1"), content=b"x", headers=host)
    assert reply.status_code == 200
    assert by_path.get_object(Bucket=name, Key="dir/a b+c")["Body"].read() == b"x"
    listed = by_host.generate_presigned_url("list_objects_v2", {"Bucket": name})
    reply = httpx.get(listed.replace(f"{name}.localhost", "127.0.0.1"), headers=host)
    assert "<KeyCount>1</KeyCount>" in reply.text
    by_path.delete_object(Bucket=name, Key="dir/a b+c")
    by_path.delete_bucket(Bucket=name)


def test_the_domain_itself_is_path_style(own: Server, by_host: BaseClient) -> None:
    assert by_host.list_buckets()["Owner"]["ID"] == "admin"


class TestThePrefixInTheOtherProfile:
    def test_errors_are_those_of_aws(self, own: Server) -> None:
        reply = own.http.get("/s3/some-bucket/a")
        assert (reply.status_code, "<Code>AccessDenied</Code>" in reply.text) == (403, True)
        reply = own.http.get("/s3/some-bucket/a", headers={"authorization": f"Bearer {ADMIN_KEY}"})
        assert reply.status_code == 400

    def test_own_urls_open_all_the_same(self, own: Server) -> None:
        client = boto_client(f"{own.url}/s3")
        client.create_bucket(Bucket="own-urls")
        raw = SignedHttp(f"{own.url}/s3")
        signed = raw.post("own-urls/presign", content=b'{"key": "a", "method": "PUT"}')
        raw.close()
        url = signed.json()["url"].removeprefix("http://localhost:8000")
        assert own.http.put(url, content=b"x").status_code == 200
        assert own.http.put(url.replace("signature=", "signature=A"), content=b"x").status_code == 403
