"""Walks the URL conf: who may call what. An endpoint without a rule in this table fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.cast import Person, Server, new_project

_PROJECT = "/projects/<str:project_id>"
_BUCKETS = f"{_PROJECT}/branches/<str:branch_id>/buckets"
_TABLES = f"{_BUCKETS}/<str:bucket_name>/tables"
_TABLE = f"{_TABLES}/<str:table_name>"
_FILES = f"{_PROJECT}/files"

#: What each method of each path asks of its caller. `open` is for everybody, `internal` for the operator's own hosts
#: whatever key they send (tests/api/workspaces/test_internal.py).
RULES: dict[str, dict[str, str]] = {
    "/": {"GET": "open"},
    "/health": {"GET": "open"},
    "/health/live": {"GET": "open"},
    "/health/ready": {"GET": "open"},
    "/metrics": {"GET": "open"},
    "/openapi.json": {"GET": "open"},
    "/backend/init": {"POST": "admin"},
    "/backend/remove": {"POST": "admin"},
    "/projects": {"GET": "admin", "POST": "admin"},
    _PROJECT: {"GET": "project_read", "PUT": "manage", "DELETE": "manage"},
    f"{_PROJECT}/stats": {"GET": "manage"},
    f"{_PROJECT}/jobs": {"GET": "project_read"},
    f"{_PROJECT}/operations": {"GET": "manage"},
    f"{_PROJECT}/operations/stats": {"GET": "manage"},
    f"{_PROJECT}/operations/<str:operation_id>": {"GET": "manage"},
    f"{_PROJECT}/api-keys": {"GET": "manage", "POST": "manage"},
    f"{_PROJECT}/api-keys/<str:key_id>": {"GET": "manage", "DELETE": "manage"},
    f"{_PROJECT}/api-keys/<str:key_id>/rotate": {"POST": "manage"},
    f"{_PROJECT}/branches": {"GET": "manage", "POST": "manage"},
    f"{_PROJECT}/branches/<str:branch_id>": {"GET": "read", "PATCH": "manage", "DELETE": "manage"},
    f"{_PROJECT}/branches/<str:branch_id>/diff": {"GET": "read"},
    f"{_PROJECT}/branches/<str:branch_id>/tables/<str:bucket_name>/<str:table_name>/pull": {"POST": "write"},
    f"{_PROJECT}/branches/<str:branch_id>/tables/<str:bucket_name>/<str:table_name>/push": {"POST": "manage"},
    _BUCKETS: {"GET": "read", "POST": "write"},
    f"{_BUCKETS}/<str:bucket_name>": {"GET": "read", "DELETE": "write"},
    f"{_BUCKETS}/<str:bucket_name>/share": {"GET": "manage", "POST": "manage", "DELETE": "manage"},
    f"{_BUCKETS}/<str:bucket_name>/link": {"POST": "manage", "DELETE": "manage"},
    f"{_BUCKETS}/<str:bucket_name>/grant-readonly": {"POST": "manage", "DELETE": "manage"},
    _TABLES: {"GET": "read", "POST": "write"},
    _TABLE: {"GET": "read", "DELETE": "write"},
    f"{_TABLE}/preview": {"GET": "read"},
    f"{_TABLE}/profile": {"POST": "read"},
    f"{_TABLE}/import/file": {"POST": "write"},
    f"{_TABLE}/export": {"POST": "write"},
    f"{_TABLE}/columns": {"POST": "write"},
    f"{_TABLE}/columns/<str:column_name>": {"PUT": "write", "DELETE": "write"},
    f"{_TABLE}/primary-key": {"POST": "write", "DELETE": "write"},
    f"{_TABLE}/rows": {"DELETE": "write"},
    _FILES: {"GET": "files", "POST": "files"},
    f"{_FILES}/prepare": {"POST": "files"},
    f"{_FILES}/upload/<str:upload_key>": {"POST": "files", "PUT": "files"},
    f"{_FILES}/<str:file_id>": {"GET": "files", "PATCH": "files", "DELETE": "files"},
    f"{_FILES}/<str:file_id>/download": {"GET": "files"},
    f"{_PROJECT}/s3-credentials": {"GET": "manage", "POST": "manage"},
    f"{_PROJECT}/s3-credentials/<str:access_key_id>": {"GET": "manage", "DELETE": "manage"},
    "/s3-credentials": {"GET": "admin", "POST": "admin"},
    "/s3-credentials/<str:access_key_id>": {"GET": "admin", "DELETE": "admin"},
    f"{_PROJECT}/branches/<str:branch_id>/snapshots": {"GET": "read", "POST": "write"},
    f"{_PROJECT}/branches/<str:branch_id>/snapshots/<str:snapshot_id>": {"GET": "read", "DELETE": "write"},
    f"{_PROJECT}/branches/<str:branch_id>/snapshots/<str:snapshot_id>/restore": {"POST": "write"},
    f"{_PROJECT}/branches/<str:branch_id>/snapshots/<str:snapshot_id>/download": {"GET": "read"},
    f"{_PROJECT}/settings/snapshots": {"GET": "manage", "PUT": "manage", "DELETE": "manage"},
    f"{_BUCKETS}/<str:bucket_name>/settings/snapshots": {"GET": "read", "PUT": "manage", "DELETE": "manage"},
    f"{_TABLE}/settings/snapshots": {"GET": "read", "PUT": "manage", "DELETE": "manage"},
    f"{_TABLE}/versions": {"GET": "read"},
    f"{_TABLE}/versions/<str:version>/restore": {"POST": "write"},
    f"{_PROJECT}/workspaces/<str:workspace_id>/sessions": {"GET": "read"},
    f"{_PROJECT}/workspaces/<str:workspace_id>/sessions/<str:session_id>": {"DELETE": "write"},
    f"{_PROJECT}/workspaces/<str:workspace_id>/disconnect-all": {"POST": "write"},
    "/internal/pgwire/auth": {"POST": "internal"},
    "/internal/pgwire/sessions": {"GET": "internal", "POST": "internal"},
    "/internal/pgwire/sessions/cleanup": {"POST": "internal"},
    "/internal/pgwire/sessions/<str:session_id>": {"GET": "internal", "DELETE": "internal"},
    "/internal/pgwire/sessions/<str:session_id>/activity": {"PATCH": "internal"},
    f"{_PROJECT}/workspaces": {"GET": "project_read", "POST": "manage"},
    f"{_PROJECT}/workspaces/<str:workspace_id>": {"GET": "read", "DELETE": "write"},
    f"{_PROJECT}/workspaces/<str:workspace_id>/clear": {"POST": "write"},
    f"{_PROJECT}/workspaces/<str:workspace_id>/objects/<path:object_name>": {"DELETE": "write"},
    f"{_PROJECT}/workspaces/<str:workspace_id>/load": {"POST": "write"},
    f"{_PROJECT}/workspaces/<str:workspace_id>/credentials/reset": {"POST": "write"},
    f"{_PROJECT}/branches/<str:branch_id>/workspaces": {"GET": "read", "POST": "write"},
    f"{_PROJECT}/branches/<str:branch_id>/workspaces/<str:workspace_id>": {"GET": "read", "DELETE": "write"},
    f"{_PROJECT}/workspaces/<str:workspace_id>/queries": {"GET": "read", "POST": "read"},
    f"{_PROJECT}/branches/<str:branch_id>/workspaces/<str:workspace_id>/queries": {"GET": "read", "POST": "read"},
    "/jobs/<str:job_id>": {"GET": "job"},
    "/jobs/<str:job_id>/cancel": {"POST": "job"},
    "/driver/execute": {"POST": "command"},
    "/driver/commands": {"GET": "open"},
}

#: Pages with rules of their own: the console, and documentation that exists in debug mode only.
PAGES = ("/admin/", "/docs", "/redoc")

#: What a `branch_read` key may do inside its own branch.
_READERS = {"read", "project_read", "open", "internal"}

#: Rules of endpoints that look at the key themselves: tests/driver/test_bridge.py.
_OWN = {"command"}

#: Rules that look at no key.
_KEYLESS = ("open", "internal")

CASES = [(path, method, rule) for path, methods in RULES.items() for method, rule in methods.items()]
CLOSED = [case for case in CASES if case[2] not in (*_KEYLESS, *_OWN)]


def endpoints(patterns: list[Any], prefix: str = "/") -> Iterator[tuple[str, Any]]:
    """(path, view class) of every pattern of the URL conf."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if path.startswith(PAGES):
            continue
        if isinstance(pattern, URLResolver):
            yield from endpoints(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.callback.cls


def test_every_endpoint_is_in_the_table() -> None:
    found = {path: set(view.needs) for path, view in endpoints(get_resolver().url_patterns)}
    assert found == {path: set(methods) for path, methods in RULES.items()}


def test_every_open_endpoint_is_meant_to_be_open() -> None:
    for path, view in endpoints(get_resolver().url_patterns):
        for method, need in view.needs.items():
            assert (need is None) == (RULES[path][method] in _KEYLESS), (method, path)


def call(person: Person, method: str, path: str) -> tuple[int, Any]:
    """Names that exist nowhere: whoever may call gets past the rule to a 404 or 422."""
    filled = path.replace("<str:project_id>", "{p}").replace("<str:branch_id>", "{br}")
    reply = person.request(method, re.sub("<[^>]+>", "none", filled))
    is_json = "json" in reply.headers.get("Content-Type", "")
    return reply.status_code, reply.json() if reply.content and is_json else None


@pytest.fixture(scope="module")
def keys(server: Server) -> Iterator[dict[str, Person]]:
    """Callers that every endpoint has to refuse, all of one project; a refusal changes nothing, so they are shared."""
    with new_project(server) as owner, new_project(server) as stranger:
        project_id = owner.project_id
        expired, revoked = (
            owner.post("/projects/{p}/api-keys", json={"description": name}).json() for name in ("expired", "revoked")
        )
        server.expire_key(expired["id"])
        owner.delete("/projects/{p}/api-keys/{key}", key=revoked["id"]).raise_for_status()
        branch_id = owner.make_branch()
        body = {"description": "reader", "scope": "branch_read", "branch_id": branch_id}
        reader = owner.post("/projects/{p}/api-keys", json=body).json()
        yield {
            "none": Person(server, key=None, project_id=project_id),
            "stranger": Person(server, key=stranger.key, project_id=project_id),
            "expired": Person(server, key=expired["api_key"], project_id=project_id),
            "revoked": Person(server, key=revoked["api_key"], project_id=project_id),
            "reader": Person(server, key=reader["api_key"], project_id=project_id, branch_id=branch_id),
            "reader elsewhere": Person(server, key=reader["api_key"], project_id=project_id),
        }


@pytest.mark.parametrize(("path", "method", "rule"), CLOSED)
def test_without_a_key(keys: dict[str, Person], path: str, method: str, rule: str) -> None:
    assert call(keys["none"], method, path) == (401, {"detail": "Not authenticated"})


@pytest.mark.parametrize("who", ["stranger", "expired", "revoked"])
@pytest.mark.parametrize(("path", "method", "rule"), CLOSED)
def test_with_a_key_that_is_no_good(keys: dict[str, Person], who: str, path: str, method: str, rule: str) -> None:
    assert_refused(keys[who], method, path, rule)


@pytest.mark.parametrize(("path", "method", "rule"), CASES)
def test_with_a_readers_key_in_its_own_branch(keys: dict[str, Person], path: str, method: str, rule: str) -> None:
    if rule in _OWN:
        return
    if rule in _READERS:
        assert call(keys["reader"], method, path)[0] not in (401, 403)
    elif rule != "job":  # a job that does not exist is 404 for everybody whose key is good
        assert_refused(keys["reader"], method, path, rule)


@pytest.mark.parametrize(("path", "method", "rule"), [case for case in CASES if "branch_id" in case[0]])
def test_with_a_readers_key_outside_its_branch(keys: dict[str, Person], path: str, method: str, rule: str) -> None:
    status, body = call(keys["reader elsewhere"], method, path)
    assert (status, body["detail"]["message"]) == (403, "Access denied to branch default")


@pytest.mark.parametrize(("path", "method", "rule"), [case for case in CASES if case[2] not in ("open", "admin")])
def test_the_owner_gets_past_the_rule(alice: Person, path: str, method: str, rule: str) -> None:
    assert call(alice, method, path)[0] not in (401, 403)


def assert_refused(person: Person, method: str, path: str, rule: str) -> None:
    status, body = call(person, method, path)
    if rule == "job" and status == 404:
        return  # whether a job exists is not told to those who may not see it
    assert status == (401 if rule == "admin" else 403)
    assert body["detail"]["error"] == ("unauthorized" if rule == "admin" else "forbidden")
    assert "details" not in body["detail"]
