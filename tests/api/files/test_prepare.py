"""POST .../files/prepare: a session, or the reason why not."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.files.conftest import FILES, MAX_FILE_BYTES, MAX_FILES
from tests.cast import Person, error_of
from tests.endpoint_contract import EndpointContract

PREPARE = FILES + "/prepare"


class TestPrepareContract(EndpointContract):
    path, method, needs, has_body = PREPARE, "POST", "files", True


def test_the_session_lives_a_day_and_its_url_is_relative(alice: Person, prepare: Callable[..., dict[str, Any]]) -> None:
    session = prepare()
    assert list(session) == ["upload_key", "upload_url", "expires_at"]
    assert str(uuid.UUID(session["upload_key"])) == session["upload_key"]
    assert session["upload_url"] == f"/projects/{alice.project_id}/files/upload/{session['upload_key']}"
    left = datetime.datetime.fromisoformat(session["expires_at"]) - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(hours=23, minutes=59) < left <= datetime.timedelta(hours=24)


def test_an_unknown_project_is_404_for_the_admin(admin: Person) -> None:
    reply = admin.post(PREPARE, p="nowhere", json={"filename": "x"})
    assert error_of(reply) == (404, "project_not_found")
    assert reply.json()["detail"]["details"] == {"project_id": "nowhere"}


@pytest.mark.parametrize("name", ["", ".", "..", "a\0b", "a\nb", "\x7f", "x" * 256, "é" * 128])
def test_a_name_that_cannot_be_stored_is_refused(alice: Person, name: str) -> None:
    assert error_of(alice.post(PREPARE, json={"filename": name})) == (400, "invalid_filename")


def test_a_lone_surrogate_in_a_name_is_refused(alice: Person) -> None:
    reply = alice.post(PREPARE, content=b'{"filename": "\\ud800"}', headers={"Content-Type": "application/json"})
    assert reply.status_code in (400, 422)


def test_a_content_type_that_is_no_header_is_refused(alice: Person) -> None:
    reply = alice.post(PREPARE, json={"filename": "x", "content_type": "text/csv\r\nSet-Cookie: a=b"})
    assert error_of(reply) == (400, "invalid_content_type")


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("filename", 5, "string_type"),
        ("size_bytes", "many", "int_parsing"),
        ("size_bytes", -1, "greater_than_equal"),
        ("tags", {"a": 1}, "string_type"),
        ("tags", [], "dict_type"),
    ],
)
def test_a_field_of_the_wrong_type_is_422(alice: Person, field: str, value: Any, kind: str) -> None:
    reply = alice.post(PREPARE, json={"filename": "x"} | {field: value})
    assert (reply.status_code, reply.json()["detail"][0]["type"]) == (422, kind)
    assert reply.json()["detail"][0]["loc"][:2] == ["body", field]


def test_exactly_the_limit_may_be_declared_and_one_byte_more_may_not(dora: Person) -> None:
    assert dora.post(PREPARE, json={"filename": "x", "size_bytes": MAX_FILE_BYTES}).status_code == 200
    reply = dora.post(PREPARE, json={"filename": "x", "size_bytes": MAX_FILE_BYTES + 1})
    assert error_of(reply) == (400, "file_too_large")
    assert reply.json()["detail"]["message"] == f"File size exceeds maximum of {MAX_FILE_BYTES} bytes"
    details = {"max_size_bytes": MAX_FILE_BYTES, "requested_size_bytes": MAX_FILE_BYTES + 1}
    assert reply.json()["detail"]["details"] == details


def test_open_sessions_are_limited(dora: Person) -> None:
    for _ in range(MAX_FILES):
        assert dora.post(PREPARE, json={"filename": "x"}).status_code == 200
    assert error_of(dora.post(PREPARE, json={"filename": "x"})) == (400, "quota_exceeded")
