"""Tables are loaded from S3 services elsewhere if the installation lists them; the secret shows up nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.client import BaseClient

from tests.cast import TABLE, Person, Server, new_project
from tests.live_server import LiveServer
from tests.s3_cast import GLOBAL_PAIR

IMPORT, PREVIEW = TABLE + "/import/file", TABLE + "/preview"
SECRET = GLOBAL_PAIR[1]
WRONG = "wrong-secret-that-nobody-may-see"


@pytest.fixture(scope="module")
def listing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose imports may read from this host; the session's server is the service elsewhere."""
    data_dir = tmp_path_factory.mktemp("listing") / "data"
    with LiveServer(data_dir, IMPORT_S3_HOSTS="127.0.0.1,localhost,listed.invalid", LOG_LEVEL="DEBUG") as live:
        yield Server.of(live)


@pytest.fixture
def dora(listing: Server) -> Iterator[Person]:
    """Owns a project of that server, with a table."""
    with new_project(listing) as owner:
        owner.make_table(owner.make_bucket(), "t", {"a": "INTEGER", "b": "VARCHAR"})
        yield owner


@pytest.fixture
def elsewhere(root_endpoint: str) -> dict[str, Any]:
    """Credentials for the service elsewhere."""
    pair = {"access_key_id": GLOBAL_PAIR[0], "secret_access_key": SECRET}
    return {"endpoint": root_endpoint, "region": "local"} | pair


def load(person: Person, url: str, credentials: dict[str, Any], **body: Any) -> httpx.Response:
    headers = body.pop("headers", {})
    order = {"source_url": url, "source_credentials": credentials} | body
    return person.post(IMPORT, bucket="in.c-sales", table="t", json=order, headers=headers)


def rows(person: Person) -> list[tuple[int, str]]:
    found = person.get(PREVIEW, bucket="in.c-sales", table="t", params={"limit": 1000}).json()["rows"]
    return [(row["a"], row["b"]) for row in found]


def code_of(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["detail"]["error"]


def test_one_object(s3_root: BaseClient, dora: Person, bucket: str, elsewhere: dict[str, Any]) -> None:
    s3_root.put_object(Bucket=bucket, Key="in/a b+c%d=é.csv", Body=b"a,b\n1,x\n")
    reply = load(dora, f"s3://{bucket}/in/a b+c%d=é.csv", elsewhere)
    assert reply.status_code == 200, reply.text
    assert rows(dora) == [(1, "x")]


def test_a_manifest_and_a_prefix(s3_root: BaseClient, dora: Person, bucket: str, elsewhere: dict[str, Any]) -> None:
    for number in range(3):
        s3_root.put_object(Bucket=bucket, Key=f"p/{number}.csv", Body=f"a,b\n{number},x\n".encode())
    entries = [{"url": f"s3://{bucket}/p/1.csv"}, {"url": "2.csv"}, {"url": "missing", "mandatory": False}]
    s3_root.put_object(Bucket=bucket, Key="p/manifest", Body=json.dumps({"entries": entries}).encode())
    load(dora, f"s3://{bucket}/p/manifest", elsewhere, source_type="manifest").raise_for_status()
    assert rows(dora) == [(1, "x"), (2, "x")]
    load(dora, f"s3://{bucket}/p/", elsewhere, source_type="prefix").raise_for_status()
    assert rows(dora) == [(0, "x"), (1, "x"), (2, "x")]


def test_what_the_service_refuses_is_told_without_the_secret(
    s3_root: BaseClient, dora: Person, bucket: str, elsewhere: dict[str, Any]
) -> None:
    s3_root.put_object(Bucket=bucket, Key="x", Body=b"a,b\n")
    reply = load(dora, f"s3://{bucket}/x", elsewhere | {"secret_access_key": WRONG})
    assert code_of(reply) == (400, "object_fetch_failed")
    assert reply.json()["detail"]["message"].endswith("403 SignatureDoesNotMatch")
    assert WRONG not in reply.text
    assert code_of(load(dora, f"s3://{bucket}/missing", elsewhere)) == (404, "object_not_found")


def test_the_secret_is_kept_nowhere_in_plain(
    listing: Server, s3_root: BaseClient, dora: Person, bucket: str, elsewhere: dict[str, Any]
) -> None:
    token = "session-token-that-nobody-may-see"
    s3_root.put_object(Bucket=bucket, Key="x.csv", Body=b"a,b\n1,x\n")
    secrets = elsewhere | {"secret_access_key": WRONG, "session_token": token}
    reply = load(dora, f"s3://{bucket}/x.csv", secrets, headers={"Prefer": "respond-async"})
    job = dora.wait_for(reply.json()["id"])
    assert job["state"] == "error"
    kept = json.dumps([job, listing.execute("SELECT params, result, error FROM storage_job")], default=str)
    kept += json.dumps(listing.execute("SELECT * FROM storage_event"), default=str)
    kept += listing.data_dir.with_name("server.log").read_text()
    assert "x.csv" in kept
    for secret in (WRONG, token):
        assert secret not in kept


@pytest.mark.parametrize(
    "broken",
    [{"region": 7}, {"access_key_id": None}, {"session_token": f"{WRONG} é"}, {"region": "a\r\nx-evil: 1"}],
)
def test_a_refused_body_is_not_repeated(dora: Person, elsewhere: dict[str, Any], broken: dict[str, Any]) -> None:
    reply = load(dora, "s3://b/k", elsewhere | {"secret_access_key": WRONG} | broken)
    assert reply.status_code == 422
    assert WRONG not in reply.text
    without_url = {"source_credentials": elsewhere | {"secret_access_key": WRONG}}
    reply = dora.post(IMPORT, bucket="in.c-sales", table="t", json=without_url)
    assert reply.status_code == 422
    assert WRONG not in reply.text


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://169.254.169.254",
        "http://[::1]:80",
        "https://s3.eu-west-1.amazonaws.com",
        "http://127.0.0.1.nip.io",
        "http://0.0.0.0:1",
        "http://2130706433:1",
        "http://listed.invalid",
        "http://127.0.0.1@evil.example",
        "http://127.0.0.1/path",
        "file:///etc",
        "gopher://127.0.0.1",
        "",
    ],
)
def test_hosts_that_are_not_listed_are_closed(dora: Person, elsewhere: dict[str, Any], endpoint: str) -> None:
    reply = load(dora, "s3://bucket/key", elsewhere | {"endpoint": endpoint})
    assert code_of(reply) == (403, "object_host_not_allowed")
    assert SECRET not in reply.text


def test_it_is_off_by_default(alice: Person, elsewhere: dict[str, Any], bucket: str) -> None:
    alice.make_table(alice.make_bucket(), "t", {"a": "INTEGER", "b": "VARCHAR"})
    reply = load(alice, f"s3://{bucket}/x", elsewhere)
    assert code_of(reply) == (403, "object_host_not_allowed")
    assert "switched off" in reply.json()["detail"]["message"]
