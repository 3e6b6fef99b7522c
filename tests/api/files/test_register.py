"""POST .../files: an uploaded session becomes a permanent file."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.files.conftest import FILES, MAX_BYTES, MAX_FILE_BYTES, MAX_FILES
from tests.cast import Person, Server, error_of
from tests.endpoint_contract import EndpointContract

Prepare = Callable[..., dict[str, Any]]


class TestRegisterContract(EndpointContract):
    path, method, needs, has_body = FILES, "POST", "files", True


def uploaded(person: Person, content: bytes = b"id\n1\n", filename: str = "data.csv", **body: Any) -> str:
    """The key of a session with content."""
    session = person.post(FILES + "/prepare", json={"filename": filename, **body}).json()
    person.put(session["upload_url"], content=content).raise_for_status()
    return session["upload_key"]


def test_the_answer_describes_the_file(alice: Person) -> None:
    key = uploaded(alice, b"abc", "report.csv", content_type="text/csv", tags={"a": "1", "b": "1"})
    reply = alice.post(FILES, json={"upload_key": key, "name": "final.csv", "tags": {"b": "2"}})
    assert reply.status_code == 201
    file = reply.json()
    created = datetime.datetime.fromisoformat(file.pop("created_at"))
    assert abs(datetime.datetime.now(datetime.UTC) - created) < datetime.timedelta(minutes=1)
    identity = file.pop("id")
    assert identity != key
    assert file == {
        "project_id": alice.project_id,
        "name": "final.csv",
        "path": f"project_{alice.project_id}/{created:%Y/%m/%d}/{identity}_final.csv",
        "size_bytes": 3,
        "content_type": "text/csv",
        "checksum_sha256": hashlib.sha256(b"abc").hexdigest(),
        "is_staged": False,
        "expires_at": None,
        "tags": {"a": "1", "b": "2"},
    }


@pytest.mark.parametrize("name", [None, ""])
def test_without_a_name_it_keeps_the_prepared_one_and_without_tags_it_has_none(alice: Person, name: str | None) -> None:
    file = alice.post(FILES, json={"upload_key": uploaded(alice), "name": name, "tags": {}}).json()
    assert (file["name"], file["tags"]) == ("data.csv", None)


def test_registration_consumes_the_session(alice: Person) -> None:
    key = uploaded(alice)
    assert alice.post(FILES, json={"upload_key": key}).status_code == 201
    assert error_of(alice.post(FILES, json={"upload_key": key})) == (404, "upload_session_not_found")
    assert error_of(alice.put(f"{FILES}/upload/{key}", content=b"x")) == (404, "upload_session_not_found")


def test_only_one_of_many_at_the_same_time_registers(alice: Person, server: Server) -> None:
    key = uploaded(alice)
    with ThreadPoolExecutor(8) as pool:
        replies = list(
            pool.map(lambda number: alice.post(FILES, json={"upload_key": key, "name": f"{number}"}), range(8))
        )
    winner = [reply for reply in replies if reply.status_code == 201]
    assert len(winner) == 1
    assert {error_of(reply) for reply in replies if reply not in winner} <= {
        (404, "upload_session_not_found"),
        (404, "staged_file_not_found"),
    }
    stored = (server.data_dir / "files" / f"project_{alice.project_id}").rglob("*_*")
    assert [path.name for path in stored if path.is_file()] == [winner[0].json()["path"].rsplit("/", 1)[1]]


def test_a_session_without_bytes_is_400(alice: Person, prepare: Prepare) -> None:
    key = prepare()["upload_key"]
    reply = alice.post(FILES, json={"upload_key": key})
    assert error_of(reply) == (400, "file_not_uploaded")
    assert reply.json()["detail"]["details"] == {"upload_key": key}


def test_another_projects_session_cannot_be_taken_over(alice: Person, carol: Person) -> None:
    reply = carol.post(FILES, json={"upload_key": uploaded(alice)})
    assert error_of(reply) == (403, "upload_session_mismatch")


def test_lost_bytes_are_404(alice: Person, server: Server) -> None:
    key = uploaded(alice)
    for path in (server.data_dir / "_uploads").glob(f"{key}.*"):
        path.unlink()
    assert error_of(alice.post(FILES, json={"upload_key": key})) == (404, "staged_file_not_found")


@pytest.mark.parametrize(
    "name",
    ["../../../etc/passwd", "/etc/passwd", "..\\..\\x", "a/b/c.csv", "~/x", "$(id)", 'née 🙂 "q".csv', "x" * 255],
)
def test_any_allowed_name_stays_in_the_projects_directory(alice: Person, server: Server, name: str) -> None:
    file = alice.post(FILES, json={"upload_key": uploaded(alice, filename=name)}).json()
    assert file["name"] == name
    stored = server.data_dir / "files" / file["path"]
    assert stored.read_bytes() == b"id\n1\n"
    assert stored.resolve().parents[3] == (server.data_dir / "files" / f"project_{alice.project_id}").resolve()
    assert stored.name.startswith(file["id"] + "_")
    assert alice.get(f"{FILES}/{file['id']}/download").content == b"id\n1\n"


def test_a_bad_name_is_400_and_leaves_the_session(alice: Person) -> None:
    key = uploaded(alice)
    assert error_of(alice.post(FILES, json={"upload_key": key, "name": ".."})) == (400, "invalid_filename")
    assert alice.post(FILES, json={"upload_key": key}).status_code == 201


def test_the_quota_counts_files_and_bytes(dora: Person) -> None:
    def register(size: int) -> Any:
        return dora.post(FILES, json={"upload_key": uploaded(dora, b"x" * size)})

    assert register(MAX_FILE_BYTES).status_code == 201
    refused = register(MAX_BYTES - MAX_FILE_BYTES + 1)
    assert error_of(refused) == (400, "quota_exceeded")
    assert refused.json()["detail"]["details"] == {"quota": "bytes", "limit": MAX_BYTES, "used": MAX_FILE_BYTES}
    file = register(1)
    assert file.status_code == 201


def test_the_quota_of_files_frees_itself_with_a_delete(dora: Person) -> None:
    ids = [dora.upload(b"x") for _ in range(MAX_FILES)]
    key = uploaded(dora, b"x")
    refused = dora.post(FILES, json={"upload_key": key})
    assert refused.json()["detail"]["details"] == {"quota": "files", "limit": MAX_FILES, "used": MAX_FILES}
    dora.delete(f"{FILES}/{ids[0]}").raise_for_status()
    assert dora.post(FILES, json={"upload_key": key}).status_code == 201


def test_every_change_is_in_the_audit_log(alice: Person, server: Server) -> None:
    key = uploaded(alice)
    file_id = alice.post(FILES, json={"upload_key": key}).json()["id"]
    alice.request("PATCH", f"{FILES}/{file_id}", json={"name": "other"}).raise_for_status()
    alice.delete(f"{FILES}/{file_id}").raise_for_status()
    events = [event for event in server.events(alice.project_id) if event[2] == "file"]
    assert events == [
        ("prepare_file", "success", "file", key),
        ("upload_file", "success", "file", key),
        ("register_file", "success", "file", file_id),
        ("update_file", "success", "file", file_id),
        ("delete_file", "success", "file", file_id),
    ]
