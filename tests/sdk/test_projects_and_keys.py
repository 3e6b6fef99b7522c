"""Projects, their keys, and the server itself, through both clients."""

from __future__ import annotations

import uuid

import pytest

import keboola_duckdb as sdk
from keboola_duckdb.models import ApiKey, NewApiKey, NewProject, Project


@pytest.fixture
def root(connect, admin):
    return connect(admin)


def new_name() -> str:
    return f"test_{uuid.uuid4().hex[:12]}"


def test_a_project_lives_and_goes(root):
    name = new_name()
    made = root.projects.create(name, name="Sales", settings={"region": "eu"})
    assert isinstance(made, NewProject)
    assert (made.id, made.name, made.settings, made.status) == (name, "Sales", {"region": "eu"}, "active")
    assert root.projects.update(name, name="Sales 2").settings == {"region": "eu"}
    found = root.projects.get(name)
    assert isinstance(found, Project)
    assert found.name == "Sales 2"
    stats = root.projects.stats(name)
    assert (stats.id, stats.bucket_count, stats.table_count) == (name, 0, 0)
    assert root.projects.delete(name) is None
    with pytest.raises(sdk.NotFoundError):
        root.projects.get(name)


def test_a_project_exists_once(root, project):
    with pytest.raises(sdk.ConflictError) as refused:
        root.projects.create(project)
    assert refused.value.code == "project_exists"


def test_a_list_is_a_page_with_its_total_and_iterating_goes_on_to_the_end(root):
    names = [new_name() for _ in range(3)]
    for name in names:
        root.projects.create(name)
    page = root.projects.list(limit=2)
    assert (len(page), page.limit, page.offset) == (2, 2, 0)
    assert page.total >= 3
    assert page[0].id == next(iter(page)).id
    found = [each.id for each in root.projects.iterate(page_size=2)]
    assert set(names) <= set(found)
    assert len(found) == len(set(found))
    for name in names:
        root.projects.delete(name)


def test_iterating_asks_for_the_next_page_only_when_it_is_needed(connect):
    from tests.sdk.scripted_server import Scripted, scripted

    bucket = {"name": "b"}
    with scripted(Scripted(200, {"buckets": [bucket, bucket], "total": 100})) as server:
        going = iter(connect(server).buckets.iterate("p", page_size=2))
        for _ in range(3):
            next(going)
        assert [asked.path.partition("?")[2] for asked in server.asked] == ["limit=2", "limit=2&offset=2"]


def test_iterating_over_nothing_ends(kb, project):
    assert list(kb.buckets.iterate(project)) == []


def test_the_admin_key_is_needed_for_the_list_of_projects(kb):
    with pytest.raises(sdk.AuthenticationError):
        kb.projects.list()


def test_a_project_is_closed_to_the_keys_of_others(connect, carol, project):
    with pytest.raises(sdk.PermissionDeniedError):
        connect(carol).projects.get(project)


def test_without_a_key_one_is_asked_for(connect, server, project):
    with pytest.raises(sdk.AuthenticationError):
        connect(server.url).projects.get(project)


def test_keys_are_made_rotated_and_revoked(kb, connect, alice, project):
    made = kb.api_keys.create(project, description="ETL", expires_in_days=1)
    assert isinstance(made, NewApiKey)
    assert (made.scope, made.branch_id, made.description) == ("project_admin", None, "ETL")
    assert made.expires_at > made.created_at
    assert connect(alice.server.url, made.api_key).projects.get(project).id == project
    rotated = kb.api_keys.rotate(project, made.id)
    assert rotated.api_key != made.api_key
    found = kb.api_keys.get(project, rotated.id)
    assert isinstance(found, ApiKey)
    assert not found.is_revoked
    assert found.id in [key.id for key in kb.api_keys.iterate(project)]
    kb.api_keys.revoke(project, rotated.id)
    with pytest.raises(sdk.PermissionDeniedError):
        connect(alice.server.url, rotated.api_key).projects.get(project)


def test_a_key_may_be_one_of_a_branch(kb, connect, alice, project):
    branch = kb.branches.create(project, "dev")
    key = kb.api_keys.create(project, description="reader", scope="branch_read", branch=branch.id)
    assert (key.scope, key.branch_id) == ("branch_read", branch.id)
    with pytest.raises(sdk.PermissionDeniedError):
        connect(alice.server.url, key.api_key).buckets.create(project, "b", branch=branch.id)


def test_the_last_key_cannot_be_revoked(kb, project):
    (key,) = kb.api_keys.list(project)
    with pytest.raises(sdk.ValidationError) as refused:
        kb.api_keys.revoke(project, key.id)
    assert refused.value.code == "cannot_revoke_last_admin_key"


def test_secrets_are_given_but_not_shown(kb, project):
    key = kb.api_keys.create(project, description="x")
    credential = kb.s3_credentials.create(project)
    for thing, secret in ((key, key.api_key), (credential, credential.secret_access_key)):
        assert len(secret) > 20
        assert secret not in repr(thing) + str(thing) + repr([thing])
        assert secret in thing.model_dump_json()


@pytest.mark.parametrize("level", ["project", "installation"])
def test_s3_credentials_are_made_and_revoked(kb, root, project, level):
    client, owner = (kb, project) if level == "project" else (root, None)
    made = client.s3_credentials.create(owner, description="rclone", read_only=True, expires_in_days=2)
    assert (made.project_id, made.read_only, made.description) == (owner, True, "rclone")
    assert client.s3_credentials.get(owner, made.access_key_id).enabled
    assert made.access_key_id in [each.access_key_id for each in client.s3_credentials.iterate(owner)]
    client.s3_credentials.revoke(owner, made.access_key_id)
    assert made.access_key_id not in [each.access_key_id for each in client.s3_credentials.list(owner) if each.enabled]


def test_the_server_tells_about_itself_without_a_key(connect, server):
    installation = connect(server.url).installation
    assert installation.info().service
    assert installation.health().storage_available
    assert installation.live().status
    assert installation.ready().details


def test_the_installation_is_the_admins(root, kb):
    assert root.installation.init().success
    assert "no-op" in root.installation.remove().message
    with pytest.raises(sdk.AuthenticationError):
        kb.installation.init()


def test_the_audit_log_is_read(kb, project):
    kb.buckets.create(project, "b")
    with pytest.raises(sdk.ConflictError):
        kb.buckets.create(project, "b")
    done = kb.operations.list(project, command="create_bucket", status="success")
    assert [each.bucket for each in done] == ["b"]
    operation = kb.operations.get(project, done[0].id)
    assert operation == done[0]
    assert operation.id in [each.id for each in kb.operations.iterate(project, since=operation.timestamp, page_size=1)]
    assert list(kb.operations.list(project, until=operation.timestamp.replace(year=2020))) == []
    stats = kb.operations.stats(project, period="1h")
    assert stats.period == "1h"
    assert stats.since < stats.until
    assert {each.command for each in stats.commands} >= {"create_bucket"}
    assert "from" in stats.model_dump()


def test_fields_that_the_server_will_have_one_day_are_kept():
    from keboola_duckdb.models import Bucket

    bucket = Bucket.model_validate({"name": "b", "owner": {"id": 5}})
    assert bucket.model_dump()["owner"] == {"id": 5}
    assert bucket.owner == {"id": 5}
