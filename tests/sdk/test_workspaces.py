"""Workspaces and SQL in them, through both clients."""

from __future__ import annotations

import pytest

import keboola_duckdb as sdk
from keboola_duckdb.models import Job, NewWorkspace, QueryFile, WorkspaceLoad
from tests.sdk.cast import until

B, T = "in_c_sales", "orders"


@pytest.fixture
def orders(kb, alice, project):
    """Two rows."""
    kb.buckets.create(project, B)
    kb.tables.create(project, B, T, {"id": "INTEGER", "amount": "DECIMAL(10,2)"}, primary_key=["id"])
    alice.load("id,amount\n1,1.50\n2,2.50\n", T, bucket=B).raise_for_status()
    return T


@pytest.fixture
def workspace(kb, project, orders):
    made = kb.workspaces.create(project, "analysis")
    yield made.id
    kb.workspaces.delete(project, made.id)


def test_a_workspace_lives_and_goes(kb, project, orders):
    made = kb.workspaces.create(project, "analysis", ttl_hours=1, size_limit_gb=2, preload=[f"{B}.{T}", "no.such"])
    assert isinstance(made, NewWorkspace)
    assert (made.name, made.size_limit_gb, made.branch_id) == ("analysis", 2, None)
    assert made.expires_at is not None
    assert [each.status for each in made.preloaded] == ["loaded", "failed"]
    found = kb.workspaces.get(project, made.id)
    assert [(each.schema_name, each.table, each.rows) for each in found.attached_tables] == [(B, T, 2)]
    assert found.model_dump()["attached_tables"][0]["schema"] == B
    assert [each.id for each in kb.workspaces.iterate(project)] == [made.id]
    kb.workspaces.delete(project, made.id)
    with pytest.raises(sdk.NotFoundError):
        kb.workspaces.get(project, made.id)


def test_a_branch_has_workspaces_of_its_own(kb, project, orders):
    branch = kb.branches.create(project, "dev").id
    made = kb.workspaces.create(project, "analysis", branch=branch)
    assert made.branch_id == branch
    assert kb.workspaces.get(project, made.id, branch=branch).id == made.id
    assert [each.id for each in kb.workspaces.list(project, branch=branch)] == [made.id]
    assert kb.workspaces.query(project, made.id, "SELECT 1 AS x", branch=branch).rows == [[1]]
    until(lambda: len(kb.workspaces.queries(project, made.id, branch=branch)) == 1)
    kb.workspaces.delete(project, made.id, branch=branch)
    assert len(kb.workspaces.list(project)) == 0


def test_sql_is_run(kb, project, workspace):
    found = kb.workspaces.query(
        project, workspace, f"SELECT id, amount FROM {B}.{T} WHERE id > $1 ORDER BY id", parameters=[0], limit=1
    )
    assert ([column.name for column in found.columns], found.rows, found.truncated) == (
        ["id", "amount"],
        [[1, "1.50"]],
        True,
    )
    assert found.records() == [{"id": 1, "amount": "1.50"}]


def test_sql_that_is_wrong_is_explained(kb, project, workspace):
    with pytest.raises(sdk.ValidationError) as refused:
        kb.workspaces.query(project, workspace, "SELECT no_such_column")
    assert refused.value.code == "query_failed"
    assert refused.value.details["sqlstate"] == "42703"


def test_a_query_ends_when_its_time_is_over_and_is_not_run_again(kb, project, workspace):
    with pytest.raises(sdk.ServerError) as refused:
        kb.workspaces.query(
            project,
            workspace,
            "SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range % 7 = b.range",
            timeout=0.3,
        )
    assert refused.value.code == "operation_timeout"
    until(lambda: len(kb.workspaces.queries(project, workspace)) > 0)
    assert len(kb.workspaces.queries(project, workspace, status="timeout")) == 1


@pytest.mark.parametrize(("format", "beginning"), [("csv", b"range\n0\n1\n"), ("parquet", b"PAR1")])
def test_rows_are_streamed(kb, project, workspace, format, beginning):
    with kb.workspaces.query_stream(project, workspace, "FROM range(300000)", format=format) as blocks:
        content = b"".join(blocks)
    assert content.startswith(beginning)
    if format == "csv":
        assert content.count(b"\n") == 300_001


def test_who_stops_reading_ends_the_query(kb, project, workspace):
    with kb.workspaces.query_stream(project, workspace, "FROM range(100000000)") as blocks:
        assert next(iter(blocks)).startswith(b"range\n")
    until(lambda: all(each.status != "active" for each in kb.workspaces.sessions(project, workspace)))


def test_rows_become_a_file(kb, alice, project, workspace):
    made = kb.workspaces.query_to_file(project, workspace, "FROM range(5)")
    assert isinstance(made, QueryFile)
    assert made.row_count == 5
    assert alice.get("/projects/{p}/files/{f}/download", f=made.file_id).text == "range\n0\n1\n2\n3\n4\n"
    job = kb.workspaces.query_to_file(project, workspace, "FROM range(5)", format="parquet", wait=False)
    assert isinstance(job, Job)
    assert kb.jobs.wait(job.id, timeout=30).result["row_count"] == 5


def test_a_query_that_fails_as_a_job_says_why(kb, project, workspace):
    with pytest.raises((sdk.JobFailedError, sdk.ValidationError)) as failed:
        kb.workspaces.query_to_file(project, workspace, "SELECT no_such_column")
    assert "no_such_column" in str(failed.value)


def test_tables_are_loaded_dropped_and_cleared(kb, project, workspace):
    loaded = kb.workspaces.load(
        project, workspace, [f"{B}.{T}", {"source": f"{B}.{T}", "destination": "big", "where": "id > 1"}, "no.such"]
    )
    assert isinstance(loaded, WorkspaceLoad)
    assert [(each.destination, each.rows, each.status) for each in loaded.loaded[:2]] == [
        (T, 2, "loaded"),
        ("big", 1, "loaded"),
    ]
    assert loaded.loaded[2].error.message
    kb.workspaces.drop_object(project, workspace, "big")
    assert [each.name for each in kb.workspaces.get(project, workspace).workspace_objects] == [T]
    kb.workspaces.clear(project, workspace)
    assert kb.workspaces.get(project, workspace).workspace_objects == []


def test_sessions_are_listed_and_ended(kb, project, workspace):
    with kb.workspaces.query_stream(project, workspace, "FROM range(100000000)") as blocks:
        next(iter(blocks))
        session = until(lambda: next(iter(kb.workspaces.sessions(project, workspace, status="active")), None))
        assert kb.workspaces.disconnect(project, workspace, session.session_id).session_id == session.session_id
    ended = kb.workspaces.disconnect_all(project, workspace)
    assert (ended.count, ended.session_ids) == (0, [])


def test_the_password_is_given_once_and_not_shown(kb, project, workspace):
    connection = kb.workspaces.reset_credentials(project, workspace)
    assert len(connection.password) > 10
    assert connection.password not in repr(connection)
    made = kb.workspaces.create(project, "second")
    assert made.connection is None or made.connection.password not in repr(made)
    kb.workspaces.delete(project, made.id)
