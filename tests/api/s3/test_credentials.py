"""S3 credentials: issued over REST, used over S3, revoked."""

from __future__ import annotations

import datetime
import re
import time
import uuid
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.cast import Person, error_of
from tests.endpoint_contract import EndpointContract
from tests.s3_cast import boto_client
from tests.s3_signer import Draft

ALL = "/projects/{p}/s3-credentials"
ONE = ALL + "/{key}"
FIELDS = {
    "access_key_id", "project_id", "description", "read_only", "key_prefix", "enabled", "created_at", "expires_at",
    "last_used_at", "endpoint", "root_endpoint", "region", "bucket",
}  # fmt: skip


def make(owner: Person, path: str = ALL, **body: Any) -> dict[str, Any]:
    reply = owner.post(path, json=body)
    assert reply.status_code == 201, reply.text
    return reply.json()


def client_of(endpoint: str, made: dict[str, Any]) -> BaseClient:
    return boto_client(endpoint, (made["access_key_id"], made["secret_access_key"]))


def refusal(client: BaseClient, operation: str, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**arguments)
    return str(caught.value.response["Error"]["Code"])


class TestCreate(EndpointContract):
    path, method, needs, has_body = ALL, "POST", "manage", True

    def test_it_says_all_that_a_client_needs(self, alice: Person) -> None:
        made = make(alice)
        assert made.keys() == FIELDS | {"secret_access_key"}
        assert re.fullmatch(r"KB[A-Z0-9]{18}", made["access_key_id"])
        assert re.fullmatch(r"[A-Za-z0-9]{40}", made["secret_access_key"])
        assert (made["bucket"], made["region"]) == (f"project_{alice.project_id}", "local")
        assert made["endpoint"] == "http://localhost:8000/s3"
        assert (made["description"], made["read_only"], made["key_prefix"]) == ("", False, "")
        assert (made["enabled"], made["expires_at"], made["last_used_at"]) == (True, None, None)

    @pytest.mark.parametrize("where", ["root_endpoint", "contract_endpoint"])
    def test_it_opens_the_projects_bucket_and_no_other(
        self, request: pytest.FixtureRequest, alice: Person, carol: Person, where: str
    ) -> None:
        made = make(alice)
        client = client_of(request.getfixturevalue(where), made)
        client.put_object(Bucket=made["bucket"], Key="a", Body=b"x")
        assert client.get_object(Bucket=made["bucket"], Key="a")["Body"].read() == b"x"
        expected = "AccessDenied" if where == "root_endpoint" else "403"
        assert refusal(client, "get_object", Bucket=f"project_{carol.project_id}", Key="a") == expected

    def test_one_that_only_reads(self, alice: Person, root_endpoint: str) -> None:
        made = make(alice, read_only=True)
        alice.put("/s3/{p}/a", content=b"x").raise_for_status()
        client = client_of(root_endpoint, made)
        where = {"Bucket": made["bucket"], "Key": "a"}
        assert client.get_object(**where)["Body"].read() == b"x"
        assert refusal(client, "put_object", **where, Body=b"y") == "AccessDenied"
        assert refusal(client, "delete_object", **where) == "AccessDenied"
        assert refusal(client, "create_multipart_upload", **where) == "AccessDenied"
        copied = {"Bucket": made["bucket"], "Key": "b", "CopySource": where}
        assert refusal(client, "copy_object", **copied) == "AccessDenied"
        several = {"Bucket": made["bucket"], "Delete": {"Objects": [{"Key": "a"}]}}
        assert refusal(client, "delete_objects", **several) == "AccessDenied"
        assert client.get_object(**where)["Body"].read() == b"x"

    def test_one_for_keys_that_begin_so(self, alice: Person, root_endpoint: str) -> None:
        made = make(alice, key_prefix="in/")
        alice.put("/s3/{p}/out/a", content=b"x").raise_for_status()
        client = client_of(root_endpoint, made)
        client.put_object(Bucket=made["bucket"], Key="in/a", Body=b"x")
        for key in ("out/a", "in", "i", "in/../out/a/.."):
            code = refusal(client, "get_object", Bucket=made["bucket"], Key=key)
            assert code == ("NoSuchKey" if key.startswith("in/") else "AccessDenied")
        assert refusal(client, "list_objects_v2", Bucket=made["bucket"]) == "AccessDenied"
        assert client.list_objects_v2(Bucket=made["bucket"], Prefix="in/")["KeyCount"] == 1
        several = client.delete_objects(Bucket=made["bucket"], Delete={"Objects": [{"Key": "out/a"}]})
        assert several["Errors"][0]["Code"] == "AccessDenied"
        source = {"Bucket": made["bucket"], "Key": "out/a"}
        assert refusal(client, "copy_object", Bucket=made["bucket"], Key="in/b", CopySource=source) == "AccessDenied"

    def test_one_that_ends(self, alice: Person, root_endpoint: str) -> None:
        made = make(alice, expires_in_days=1)
        ends = datetime.datetime.fromisoformat(made["expires_at"])
        assert abs(ends - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(days=1, minutes=1)
        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=3)
        client = client_of(root_endpoint, made := make(alice, expires_at=soon.isoformat()))
        client.list_objects_v2(Bucket=made["bucket"])
        while datetime.datetime.now(datetime.UTC) <= soon:
            time.sleep(0.1)
        assert refusal(client, "list_objects_v2", Bucket=made["bucket"]) == "InvalidAccessKeyId"

    @pytest.mark.parametrize(
        "body",
        [
            {"description": "x" * 256},
            {"description": None},
            {"key_prefix": "x" * 1025},
            {"read_only": "perhaps"},
            {"expires_in_days": 0},
            {"expires_at": "soon"},
            {"expires_in_days": 1, "expires_at": "2100-01-01T00:00:00Z"},
        ],
    )
    def test_bad_values_are_422(self, alice: Person, body: dict[str, Any]) -> None:
        assert alice.post(ALL, json=body).status_code == 422

    def test_not_for_the_past(self, alice: Person) -> None:
        reply = alice.post(ALL, json={"expires_at": "2020-01-01T00:00:00"})
        assert error_of(reply) == (400, "expiry_in_the_past")

    def test_of_an_unknown_project(self, admin: Person) -> None:
        assert error_of(admin.post(ALL, p="nope", json={})) == (404, "project_not_found")

    def test_secrets_are_stored_nowhere_in_clear(self, alice: Person) -> None:
        made = make(alice)
        stored = alice.server.execute("SELECT * FROM files_s3credential WHERE access_key_id = ?", made["access_key_id"])
        events = alice.server.execute("SELECT details FROM storage_event WHERE project_id = ?", alice.project_id)
        assert made["secret_access_key"] not in repr(stored) + repr(events)
        last = alice.server.events(alice.project_id or "")[-1]
        assert last == ("create_s3_credential", "success", "s3_credential", made["access_key_id"])


class TestList(EndpointContract):
    path, method, needs = ALL, "GET", "manage"

    def test_newest_first_without_revoked_ones_and_without_secrets(self, alice: Person) -> None:
        first, second, third = make(alice), make(alice), make(alice)
        alice.delete(ONE, key=second["access_key_id"])
        body = alice.get(ALL).json()
        ids = [one["access_key_id"] for one in body["s3_credentials"]]
        assert ids == [third["access_key_id"], first["access_key_id"]]
        assert (body["count"], body["total"]) == (2, 2)
        assert all(one.keys() == FIELDS for one in body["s3_credentials"])
        page = alice.get(ALL, params={"limit": 1, "offset": 1}).json()
        assert (page["s3_credentials"][0]["access_key_id"], page["total"]) == (first["access_key_id"], 2)


class TestGet(EndpointContract):
    path, method, needs = ONE, "GET", "manage"

    def test_it_tells_the_last_use(self, alice: Person, root_endpoint: str) -> None:
        made = make(alice)
        client_of(root_endpoint, made).list_objects_v2(Bucket=made["bucket"])
        shown = alice.get(ONE, key=made["access_key_id"]).json()
        assert shown.keys() == FIELDS
        assert shown["last_used_at"] is not None

    def test_a_wrong_secret_is_no_use(self, alice: Person, root_endpoint: str) -> None:
        made = make(alice)
        reply = Draft(root_endpoint).signed(pair=(made["access_key_id"], "wrong")).send()
        assert reply.error == (403, "SignatureDoesNotMatch")
        assert alice.get(ONE, key=made["access_key_id"]).json()["last_used_at"] is None

    def test_not_those_of_others(self, alice: Person, carol: Person, admin: Person) -> None:
        others = make(carol)["access_key_id"]
        assert error_of(alice.get(ONE, key=others)) == (404, "s3_credential_not_found")
        assert error_of(alice.delete(ONE, key=others)) == (404, "s3_credential_not_found")
        assert error_of(admin.get("/s3-credentials/{key}", key=others)) == (404, "s3_credential_not_found")
        assert carol.get(ONE, key=others).json()["enabled"]


class TestRevoke(EndpointContract):
    path, method, needs = ONE, "DELETE", "manage"

    def test_it_is_refused_at_once(self, alice: Person, root_endpoint: str) -> None:
        made = make(alice)
        client = client_of(root_endpoint, made)
        client.list_objects_v2(Bucket=made["bucket"])
        for _ in range(2):
            assert alice.delete(ONE, key=made["access_key_id"]).status_code == 204
        assert refusal(client, "list_objects_v2", Bucket=made["bucket"]) == "InvalidAccessKeyId"
        assert not alice.get(ONE, key=made["access_key_id"]).json()["enabled"]

    def test_it_goes_with_its_project(self, admin: Person, carol: Person, root_endpoint: str) -> None:
        made = make(carol)
        admin.delete("/projects/{p}", p=carol.project_id).raise_for_status()
        code = refusal(client_of(root_endpoint, made), "get_object", Bucket=made["bucket"], Key="a")
        assert code == "InvalidAccessKeyId"


class TestOfTheInstallation:
    def test_it_opens_every_bucket_and_lists_its_own(self, admin: Person, alice: Person, root_endpoint: str) -> None:
        made = make(admin, "/s3-credentials", description="backups")
        assert (made["project_id"], made["bucket"]) == (None, None)
        client = client_of(root_endpoint, made)
        client.put_object(Bucket=f"project_{alice.project_id}", Key="a", Body=b"x")
        assert client.list_buckets()["Buckets"] == []
        name = f"own-{uuid.uuid4().hex[:12]}"
        client.create_bucket(Bucket=name)
        assert [bucket["Name"] for bucket in client.list_buckets()["Buckets"]] == [name]
        client.delete_bucket(Bucket=name)

    def test_it_is_listed_and_revoked_by_admins(self, admin: Person, alice: Person, root_endpoint: str) -> None:
        made = make(admin, "/s3-credentials")
        listed = admin.get("/s3-credentials").json()["s3_credentials"]
        assert made["access_key_id"] in {one["access_key_id"] for one in listed}
        assert all(one["project_id"] is None for one in listed)
        assert alice.get("/s3-credentials").status_code == 401
        assert admin.delete("/s3-credentials/{key}", key=made["access_key_id"]).status_code == 204
        assert refusal(client_of(root_endpoint, made), "list_buckets") == "InvalidAccessKeyId"
