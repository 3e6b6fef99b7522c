"""Who gets in under /s3 and what others are told (s3.md A.3 and A.7)."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import httpx
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.cast import Person, Server
from tests.live_server import ADMIN_KEY
from tests.s3_cast import SignedHttp, boto_client

HEADERS = ("x-api-key", "x-amz-security-token")
UNSIGNED_OBJECT = {"Code": "AccessDenied", "Message": "Missing authentication"}
UNSIGNED_BUCKET = {
    "error": "unauthorized",
    "message": "Missing API key. Use Authorization: Bearer, X-Api-Key, or x-amz-security-token header",
}
WRONG_OBJECT = {"Code": "AccessDenied", "Message": "Access denied to this bucket"}
MISMATCH = {
    "Code": "SignatureDoesNotMatch",
    "Message": "The request signature we calculated does not match the signature you provided",
}
NO_BUCKET = {"Code": "NoSuchBucket", "Message": "The specified bucket does not exist"}
NO_SIGNATURE = {"error": "unauthorized", "message": "Invalid AWS Signature V4"}


def detail(reply: httpx.Response) -> tuple[int, Any]:
    assert reply.headers["content-type"] == "application/json"
    return reply.status_code, reply.json()["detail"]


def forbidden(bucket: str) -> dict[str, str]:
    return {"error": "forbidden", "message": f"Access denied to bucket {bucket}"}


@pytest.fixture
def http(server: Server) -> httpx.Client:
    return server.http


@pytest.fixture
def anywhere(project_bucket: str) -> str:
    return f"/s3/{project_bucket}/{uuid.uuid4().hex}.csv"


class TestWithoutCredentials:
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
    def test_an_object(self, http: httpx.Client, anywhere: str, method: str) -> None:
        query = "?uploads" if method == "POST" else ""
        assert detail(http.request(method, anywhere + query)) == (401, UNSIGNED_OBJECT)

    def test_a_head_has_no_body(self, http: httpx.Client, anywhere: str) -> None:
        reply = http.head(anywhere)
        assert (reply.status_code, reply.content) == (401, b"")

    @pytest.mark.parametrize(("method", "path"), [("GET", ""), ("GET", "/"), ("POST", "/presign")])
    def test_a_bucket(self, http: httpx.Client, project_bucket: str, method: str, path: str) -> None:
        reply = http.request(method, f"/s3/{project_bucket}{path}", json={"key": "a"} if method == "POST" else None)
        assert detail(reply) == (401, UNSIGNED_BUCKET)
        assert reply.headers["www-authenticate"] == "Bearer"

    def test_the_list_of_buckets(self, http: httpx.Client) -> None:
        assert detail(http.get("/s3/")) == (401, UNSIGNED_BUCKET)

    def test_a_missing_bucket_is_not_told(self, http: httpx.Client) -> None:
        assert detail(http.get("/s3/nope/a")) == (401, UNSIGNED_OBJECT)


@pytest.mark.parametrize(
    "header", [("authorization", "Bearer {}"), ("authorization", "bearer {}"), *((name, "{}") for name in HEADERS)]
)
class TestKeys:
    def test_the_admins_and_the_projects_key_open_the_bucket(
        self, http: httpx.Client, project: Person, project_bucket: str, header: tuple[str, str], anywhere: str
    ) -> None:
        for key in (ADMIN_KEY, project.key):
            headers = {header[0]: header[1].format(key)}
            assert http.put(anywhere, content=b"id\n1\n", headers=headers).status_code == 200
            assert http.get(anywhere, headers=headers).content == b"id\n1\n"
            assert http.head(anywhere, headers=headers).status_code == 200
            listed = http.get(f"/s3/{project_bucket}", headers=headers)
            assert anywhere.rpartition("/")[2] in listed.text
            assert http.delete(anywhere, headers=headers).status_code == 204

    def test_any_other_key_is_refused(
        self, http: httpx.Client, carol: Person, project_bucket: str, header: tuple[str, str], anywhere: str
    ) -> None:
        for key in ("wrong", carol.key):
            headers = {header[0]: header[1].format(key)}
            assert detail(http.get(anywhere, headers=headers)) == (403, WRONG_OBJECT)
            assert detail(http.put(anywhere, content=b"x", headers=headers)) == (403, WRONG_OBJECT)
            assert detail(http.delete(anywhere, headers=headers)) == (403, WRONG_OBJECT)
            listed = http.get(f"/s3/{project_bucket}", headers=headers)
            assert detail(listed) == (403, forbidden(project_bucket))
            signed = http.post(f"/s3/{project_bucket}/presign", json={"key": "a"}, headers=headers)
            assert detail(signed) == (403, forbidden(project_bucket))


def test_both_names_of_a_bucket_lead_to_the_same_objects(project: Person, project_bucket: str) -> None:
    name = uuid.uuid4().hex
    assert project.put(f"/s3/{{p}}/{name}", content=b"1").status_code == 200
    assert project.get(f"/s3/{project_bucket}/{name}").content == b"1"


def test_which_projects_exist_is_not_told_to_strangers(project: Person) -> None:
    assert detail(project.get("/s3/project_nope/a")) == (403, WRONG_OBJECT)
    assert detail(project.get("/s3/project_nope")) == (403, forbidden("project_nope"))


def test_the_admin_is_told_of_a_missing_project(admin: Person) -> None:
    for reply in (
        admin.get("/s3/project_nope/a"),
        admin.put("/s3/project_nope/a", content=b"x"),
        admin.delete("/s3/nope/a"),
        admin.get("/s3/project_nope"),
        admin.post("/s3/nope/presign", json={"key": "a"}),
    ):
        assert detail(reply) == (404, NO_BUCKET)


def test_the_first_form_that_is_present_decides(project: Person, http: httpx.Client, anywhere: str) -> None:
    assert project.put(anywhere, content=b"x", headers=dict.fromkeys(HEADERS, "wrong")).status_code == 200
    both = {"authorization": "Bearer wrong", "x-api-key": project.key or ""}
    assert detail(http.get(anywhere, headers=both)) == (403, WRONG_OBJECT)


class TestBranchKeys:
    def test_a_readers_key_opens_no_files(self, alice: Person, bob: Person) -> None:
        bucket = f"project_{alice.project_id}"
        assert detail(bob.get(f"/s3/{bucket}/a")) == (403, WRONG_OBJECT)
        assert detail(bob.put(f"/s3/{bucket}/a", content=b"x")) == (403, WRONG_OBJECT)
        assert detail(bob.get(f"/s3/{bucket}")) == (403, forbidden(bucket))

    def test_an_admin_of_a_branch_uses_the_projects_files(self, alice: Person) -> None:
        body = {"description": "b", "scope": "branch_admin", "branch_id": alice.make_branch()}
        key = alice.post("/projects/{p}/api-keys", json=body).json()["api_key"]
        person = Person(alice.server, key=key, project_id=alice.project_id)
        assert person.put("/s3/{p}/a", content=b"x").status_code == 200
        assert person.get("/s3/{p}/a").content == b"x"


class TestSignatures:
    def test_the_global_pair(self, s3_contract: BaseClient, project_bucket: str) -> None:
        key = f"a b+c%d/ü/{uuid.uuid4().hex}"
        s3_contract.put_object(Bucket=project_bucket, Key=key, Body=b"x")
        assert s3_contract.get_object(Bucket=project_bucket, Key=key)["Body"].read() == b"x"

    @pytest.mark.parametrize("pair", [("duckdb", "wrong"), ("nobody", ADMIN_KEY)])
    def test_a_wrong_pair(self, contract_endpoint: str, project_bucket: str, pair: tuple[str, str]) -> None:
        client = boto_client(contract_endpoint, pair)
        with pytest.raises(ClientError) as caught:
            client.put_object(Bucket=project_bucket, Key="a", Body=b"x")
        assert caught.value.response["Error"]["Code"] == "403"
        raw = SignedHttp(contract_endpoint, pair)
        assert detail(raw.get(f"{project_bucket}/a")) == (403, MISMATCH)
        assert detail(raw.get(project_bucket)) == (401, NO_SIGNATURE)
        assert detail(raw.post(f"{project_bucket}/presign", content=b'{"key": "a"}')) == (401, NO_SIGNATURE)
        raw.close()

    def test_a_missing_project(self, raw_contract: SignedHttp, s3_contract: BaseClient) -> None:
        with pytest.raises(ClientError) as caught:
            s3_contract.put_object(Bucket="project_nope", Key="a", Body=b"x")
        assert caught.value.response["Error"]["Code"] == "404"
        assert detail(raw_contract.get("project_nope/a")) == (404, NO_BUCKET)
        expected = {"error": "forbidden", "message": "Bucket project_nope does not exist"}
        assert detail(raw_contract.get("project_nope")) == (403, expected)
        assert detail(raw_contract.post("project_nope/presign", content=b'{"key": "a"}')) == (403, expected)

    def test_a_missing_key(self, s3_contract: BaseClient, project_bucket: str) -> None:
        with pytest.raises(ClientError) as caught:
            s3_contract.get_object(Bucket=project_bucket, Key="nope")
        assert caught.value.response["Error"]["Code"] == "NoSuchKey"
        assert caught.value.response["Error"]["Message"] == "The specified key does not exist."
        with pytest.raises(ClientError) as caught:
            s3_contract.head_object(Bucket=project_bucket, Key="nope")
        assert caught.value.response["Error"]["Code"] == "404"

    @pytest.mark.parametrize("seconds", [-1000, 1000])
    def test_a_stale_signature(
        self, raw_contract: SignedHttp, project_bucket: str, monkeypatch: pytest.MonkeyPatch, seconds: int
    ) -> None:
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(seconds=seconds)
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: now)
        assert detail(raw_contract.get(f"{project_bucket}/a")) == (403, MISMATCH)
        assert detail(raw_contract.get(project_bucket)) == (401, NO_SIGNATURE)

    @pytest.mark.parametrize("header", ["AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=x, Signature=y"])
    def test_a_malformed_header(self, http: httpx.Client, anywhere: str, project_bucket: str, header: str) -> None:
        headers = {"authorization": header}
        assert detail(http.get(anywhere, headers=headers)) == (403, MISMATCH)
        assert detail(http.get(f"/s3/{project_bucket}", headers=headers)) == (401, NO_SIGNATURE)

    def test_a_signature_beats_a_key(self, project_bucket: str, http: httpx.Client, anywhere: str) -> None:
        headers = {"authorization": "AWS4-HMAC-SHA256 Credential=x", "x-api-key": ADMIN_KEY}
        assert detail(http.get(anywhere, headers=headers)) == (403, MISMATCH)

    def test_urls_signed_as_aws_does_have_its_errors(self, s3_contract: BaseClient, project_bucket: str) -> None:
        url = s3_contract.generate_presigned_url("get_object", {"Bucket": project_bucket, "Key": "nope"})
        reply = httpx.get(url)
        assert (reply.status_code, "<Code>NoSuchKey</Code>" in reply.text) == (404, True)
        reply = httpx.get(url.replace("/nope", "/other"))
        assert (reply.status_code, "<Code>SignatureDoesNotMatch</Code>" in reply.text) == (403, True)
