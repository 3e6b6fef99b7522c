"""The running server is held against its own OpenAPI document: no fault, no undocumented status, no other shape.

Schemathesis makes the requests: valid and invalid ones, with and without the names of things that exist.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cast import TABLE, Person, start_server
from tests.live_server import ADMIN_KEY

#: How many requests are made up for each operation, after the systematic ones.
EXAMPLES = 3
TIMEOUT_SECONDS = 300
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
#: The first would take the project away from under all others; the second does nothing, to everything.
EXCLUDED = ("delete_project", "remove_backend")
#: What an operation may destroy or change for good, so that the others keep theirs.
SCRATCH = {
    "delete_bucket": {"bucket_name": "scratch"},
    "unlink_bucket": {"bucket_name": "linked"},
    "link_bucket": {"bucket_name": "new_link"},
    "delete_table": {"table_name": "scratch"},
    "drop_column": {"column_name": "scratch"},
    "delete_rows": {"table_name": "rows"},
    "delete_file": {"file_id": "{scratch_file}"},
    "revoke_api_key": {"key_id": "{scratch_key}"},
    "delete_branch": {"branch_id": "{scratch_branch}"},
    "delete_snapshot": {"snapshot_id": "{scratch_snapshot}"},
    **{name: {"branch_id": "{branch}"} for name in ("get_branch", "update_branch", "diff_branch", "pull_table")},
    "push_table": {"branch_id": "{branch}", "table_name": "changed"},
}
#: Values that a made-up body would never hit.
VALUES = {
    "body.name": ["made", "made_2", "a b"],
    "body.format": ["csv", "parquet"],
    "body.columns[*].type": ["INTEGER", "VARCHAR", "DECIMAL(5,2)", "TIMESTAMPTZ", "INTEGER[]", "nonsense"],
    "body.type": ["INTEGER", "VARCHAR", "nonsense"],
    "body.where_filter": ["id > 1", "name IS NULL", "id = 'x'", "(SELECT 1)"],
    "body.where_clause": ["id > 1", "name IS NULL", "id = 'x'", "(SELECT 1)"],
    "body.source_bucket_name": ["sales", "none"],
    "body.scope": ["project_admin", "branch_read", "x"],
    "query.version": ["1", "99", "x"],
}


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Person, dict[str, str]]]:
    """The admin of a server of its own, and the names of one of everything in it."""
    running = start_server(tmp_path_factory.mktemp("schemathesis"), KBSTORE_FAILED_LOGINS_PER_MINUTE="100000")
    admin = Person(running, key=ADMIN_KEY, project_id="mine")
    for project in ("mine", "other"):
        admin.post("/projects", json={"id": project}).raise_for_status()
    yield admin, make_things(admin)
    running.stop()


def make_things(admin: Person) -> dict[str, str]:
    for bucket in ("sales", "scratch"):
        admin.make_bucket(bucket)
    for table in ("orders", "scratch", "rows", "changed"):
        admin.make_table("sales", table, {"id": "INTEGER", "name": "VARCHAR", "scratch": "DOUBLE"}, ["id"])
        admin.load("id,name,scratch\n1,a,0.5\n2,,\n", table, bucket="sales").raise_for_status()
    body = {"source_project_id": "mine", "source_bucket_name": "sales"}
    admin.post("/projects/{p}/branches/{br}/buckets/linked/link", json=body).raise_for_status()
    branch = admin.make_branch("dev")
    developer = Person(admin.server, key=ADMIN_KEY, project_id="mine", branch_id=branch)
    developer.load("id,name,scratch\n3,c,1\n", "changed", bucket="sales").raise_for_status()
    exported = admin.post(TABLE + "/export", bucket="sales", table="orders", json={}).json()
    prepared = admin.post("/projects/{p}/files/prepare", json={"filename": "x.csv"}).json()
    return {
        "branch": branch,
        "scratch_branch": admin.make_branch("scratch"),
        "file": exported["file_id"],
        "scratch_file": admin.upload("id\n1\n"),
        "upload_key": prepared["upload_key"],
        "snapshot": made_snapshot(admin),
        "scratch_snapshot": made_snapshot(admin),
        "key": made_key(admin),
        "scratch_key": made_key(admin),
        "job": admin.get("/projects/{p}/jobs").json()["jobs"][0]["id"],
        "operation": admin.get("/projects/{p}/operations").json()["operations"][0]["id"],
    }


def made_snapshot(admin: Person) -> str:
    body = {"bucket": "sales", "table": "orders"}
    reply = admin.post("/projects/{p}/branches/{br}/snapshots", json=body)
    reply.raise_for_status()
    snapshot_id: str = reply.json()["id"]
    return snapshot_id


def made_key(admin: Person) -> str:
    key_id: str = admin.post("/projects/{p}/api-keys", json={"description": "d"}).json()["id"]
    return key_id


def configuration(names: dict[str, str]) -> str:
    """Schemathesis' own file (TOML): which names to put into paths and bodies."""
    paths = {
        "project_id": "mine",
        "branch_id": "default",
        "bucket_name": "sales",
        "table_name": "orders",
        "column_name": "name",
        "version": "1",
        **{f"{name}_id": names[name] for name in ("file", "snapshot", "key", "job", "operation")},
        "upload_key": names["upload_key"],
    }
    values = VALUES | {"body.file_id": [names["file"], "none"], "body.target_project_id": ["other", "none"]}
    lines = ["[dictionaries]"]
    lines += [f"{quoted(slug(place))} = {{ values = {json.dumps(words)} }}" for place, words in values.items()]
    # Wrong methods and repeated parameters have tests of their own, at each endpoint.
    lines += ["[phases.coverage]", "unexpected-methods = []", "generate-duplicate-query-parameters = false"]
    lines += ["[parameters]", *path_lines(paths)]
    lines += [f'{quoted(place)} = {{ dictionary = "{slug(place)}", probability = 0.8 }}' for place in values]
    for operation, scratch in SCRATCH.items():
        filled = {name: value.format(**names) for name, value in scratch.items()}
        lines += ["[[operations]]", f'include-operation-id = "{operation}"']
        lines += ["[operations.parameters]", *path_lines(paths | filled)]
    return "\n".join(lines) + "\n"


def path_lines(names: dict[str, str]) -> list[str]:
    return [f'"path.{name}" = {quoted(value)}' for name, value in names.items()]


def quoted(text: str) -> str:
    return json.dumps(text)


def slug(place: str) -> str:
    return "".join(character if character.isalnum() else "_" for character in place)


def test_every_answer_is_one_that_the_document_names(things: tuple[Person, dict[str, str]], tmp_path: Path) -> None:
    admin, names = things
    config = tmp_path / "schemathesis.toml"
    config.write_text(configuration(names))
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={config}",
        "run",
        f"{admin.server.url}/openapi.json",
        f"--header=Authorization: Bearer {ADMIN_KEY}",
        "--phases=coverage,fuzzing",
        f"--max-examples={EXAMPLES}",
        f"--checks={','.join(CHECKS)}",
        *(f"--exclude-operation-id={name}" for name in EXCLUDED),
        "--generation-deterministic",
        "--continue-on-failure",
        "--no-shrink",
        "--workers=2",
        "--warnings=off",
        "--no-color",
    ]
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-4000:]
    assert "No issues found" in run.stdout, run.stdout[-4000:]
