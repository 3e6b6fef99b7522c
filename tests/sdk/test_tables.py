"""Buckets, tables, columns and history, through both clients."""

from __future__ import annotations

import pytest

import keboola_duckdb as sdk
from keboola_duckdb.models import Job, RowDeletion, Table, TableProfile

B, T = "in.c-sales", "orders"
COLUMNS = {"id": "INTEGER", "amount": "DECIMAL(10,2)", "note": "VARCHAR"}
CSV = "id,amount,note\n1,10.50,a\n2,20.00,\n3,5.25,c\n"


@pytest.fixture
def orders(kb, alice, project):
    """Three rows."""
    kb.buckets.create(project, B)
    kb.tables.create(project, B, T, COLUMNS, primary_key=["id"])
    alice.load(CSV, T, bucket=B).raise_for_status()
    return T


def names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def test_a_bucket_lives_and_goes(kb, project):
    made = kb.buckets.create(project, "b", description="raw")
    assert (made.name, made.description, made.is_linked) == ("b", "raw", False)
    assert kb.buckets.get(project, "b") == made
    assert [each.name for each in kb.buckets.list(project)] == ["b"]
    kb.buckets.delete(project, "b")
    with pytest.raises(sdk.NotFoundError) as missing:
        kb.buckets.get(project, "b")
    assert missing.value.code == "bucket_not_found"


def test_a_bucket_with_tables_goes_only_with_them(kb, project, orders):
    with pytest.raises(sdk.ConflictError) as refused:
        kb.buckets.delete(project, B)
    assert refused.value.code == "bucket_not_empty"
    kb.buckets.delete(project, B, cascade=True, force=True)
    assert len(kb.buckets.list(project)) == 0


def test_a_bucket_is_shared_linked_and_unlinked(kb, connect, carol, project, orders):
    other, hers = connect(carol), carol.project_id
    assert kb.buckets.share(project, B, hers).shared_with == [hers]
    link = other.buckets.link(hers, "from_alice", project, B)
    assert (link.is_linked, link.source_project_id, link.source_bucket_name) == (True, project, B)
    sharing = kb.buckets.sharing(project, B)
    assert [(each.project_id, each.bucket_name) for each in sharing.linked_by] == [(hers, "from_alice")]
    assert other.tables.preview(hers, "from_alice", T).total_row_count == 3
    other.buckets.unlink(hers, "from_alice")
    kb.buckets.unshare(project, B, hers)
    assert kb.buckets.sharing(project, B).shared_with == []


def test_readonly_grants_are_acknowledged(kb, project):
    kb.buckets.create(project, "b")
    assert kb.buckets.grant_readonly(project, "b").status == "success"
    assert kb.buckets.revoke_readonly(project, "b") is None


def test_a_table_is_made_from_names_and_types_or_from_definitions(kb, project):
    kb.buckets.create(project, B)
    simple = kb.tables.create(project, B, "simple", COLUMNS)
    assert names(simple) == list(COLUMNS)
    assert simple.primary_key == []
    detailed = kb.tables.create(
        project, B, "detailed", [{"name": "id", "type": "BIGINT", "nullable": False, "default": "0"}]
    )
    assert detailed.columns[0].nullable is False
    assert [each.name for each in kb.tables.iterate(project, B, page_size=1)] == ["detailed", "simple"]


def test_a_definition_that_makes_no_sense_is_explained(kb, project):
    kb.buckets.create(project, B)
    with pytest.raises(sdk.ValidationError) as refused:
        kb.tables.create(project, B, T, [{"name": "id"}])
    assert [error.field for error in refused.value.field_errors] == ["body.columns.0.type"]


@pytest.mark.parametrize("primary_key", ["id", b"id"])
def test_a_text_is_no_list_of_columns(kb, project, primary_key):
    with pytest.raises(sdk.ConfigurationError):
        kb.tables.create(project, B, T, COLUMNS, primary_key=primary_key)


def test_rows_are_looked_at(kb, project, orders):
    preview = kb.tables.preview(project, B, T, limit=2)
    assert (preview.preview_row_count, preview.total_row_count) == (2, 3)
    assert preview.rows[0] == {"id": 1, "amount": "10.50", "note": "a"}


def test_columns_come_change_and_go(kb, project, orders):
    added = kb.tables.add_column(project, B, T, "paid", "BOOLEAN", default="false")
    assert isinstance(added, Table)
    assert names(added) == ["id", "amount", "note", "paid"]
    altered = kb.tables.alter_column(project, B, T, "note", new_name="remark", set_not_null=False)
    assert "remark" in names(altered)
    retyped = kb.tables.alter_column(project, B, T, "amount", new_type="DOUBLE")
    assert {column.name: column.type for column in retyped.columns}["amount"] == "DOUBLE"
    dropped = kb.tables.drop_column(project, B, T, "remark", force=True)
    assert names(dropped) == ["id", "amount", "paid"]
    assert kb.tables.preview(project, B, T, limit=1).rows[0]["paid"] is False


def test_the_primary_key_goes_and_comes(kb, project, orders):
    assert kb.tables.drop_primary_key(project, B, T).primary_key == []
    assert kb.tables.set_primary_key(project, B, T, ["id", "amount"]).primary_key == ["id", "amount"]
    with pytest.raises((sdk.ConflictError, sdk.JobFailedError)):
        kb.tables.set_primary_key(project, B, T, ["id"])


def test_rows_are_deleted(kb, project, orders):
    done = kb.tables.delete_rows(project, B, T, "amount > 9", force=True)
    assert isinstance(done, RowDeletion)
    assert (done.deleted_rows, done.table_rows_after) == (2, 1)


def test_a_condition_that_is_wrong_is_refused(kb, project, orders):
    with pytest.raises((sdk.ValidationError, sdk.JobFailedError)) as refused:
        kb.tables.delete_rows(project, B, T, "no_such_column = 1")
    assert "no_such_column" in str(refused.value)


def test_a_table_is_profiled(kb, project, orders):
    profile = kb.tables.profile(project, B, T, mode="full")
    assert isinstance(profile, TableProfile)
    assert (profile.row_count, profile.column_count) == (3, 3)
    assert {column.column_name: column.max for column in profile.statistics}["id"] == 3
    assert kb.tables.profile(project, B, T, sample=1).correlations is None


def test_long_work_can_be_given_out_as_a_job(kb, project, orders):
    job = kb.tables.add_column(project, B, T, "paid", "BOOLEAN", wait=False)
    assert isinstance(job, Job)
    assert kb.jobs.wait(job.id, timeout=30).state == "success"
    assert "paid" in names(kb.tables.get(project, B, T))


def test_progress_of_long_work_is_told(kb, project, orders):
    told = []
    kb.tables.profile(project, B, T, on_progress=told.append)
    assert (told[-1].stage, told[-1].share) == ("job", 1.0)


def test_history_is_listed_looked_at_and_restored(kb, project, orders):
    kb.tables.delete_rows(project, B, T, "id = 1")
    versions = kb.tables.versions(project, B, T)
    assert versions[0].is_current
    before = versions[1]
    assert (before.row_count, names(before)) == (3, list(COLUMNS))
    assert kb.tables.preview(project, B, T, version=before.version).total_row_count == 3
    assert kb.tables.restore_version(project, B, T, before.id).row_count == 3
    assert kb.tables.versions(project, B, T, limit=1).total == versions.total + 1


def test_a_table_goes(kb, project, orders):
    kb.tables.delete(project, B, T, force=True)
    with pytest.raises(sdk.NotFoundError) as missing:
        kb.tables.get(project, B, T)
    assert missing.value.code == "table_not_found"
    assert missing.value.details["table_name"] == T
