"""Dev branches, snapshots and their settings, through both clients."""

from __future__ import annotations

import io

import pytest

import keboola_duckdb as sdk
from keboola_duckdb.models import Job, RestoreResult, Snapshot

B, T = "in_c_sales", "orders"


@pytest.fixture
def orders(kb, alice, project):
    """Two rows in main."""
    kb.buckets.create(project, B)
    kb.tables.create(project, B, T, {"id": "INTEGER"}, primary_key=["id"])
    alice.load("id\n1\n2\n", T, bucket=B).raise_for_status()
    return T


def rows(kb, project, branch="default"):
    return kb.tables.get(project, B, T, branch=branch).row_count


def test_a_branch_lives_and_goes(kb, project):
    made = kb.branches.create(project, "dev", description="try")
    assert (made.name, made.description, made.table_count) == ("dev", "try", 0)
    assert kb.branches.get(project, made.id).copied_tables == []
    assert [each.id for each in kb.branches.iterate(project)] == [made.id]
    renamed = kb.branches.update(project, made.id, name="dev 2")
    assert (renamed.name, renamed.description) == ("dev 2", "try")
    assert kb.branches.update(project, made.id, description=None).description is None
    assert kb.branches.delete(project, made.id) is None
    with pytest.raises(sdk.NotFoundError):
        kb.branches.get(project, made.id)


def test_a_branch_may_go_as_a_job(kb, project):
    branch = kb.branches.create(project, "dev")
    job = kb.branches.delete(project, branch.id, wait=False)
    assert isinstance(job, Job)
    assert kb.jobs.wait(job.id, timeout=30).is_finished


def test_a_branch_copies_on_write_and_is_compared_pushed_and_pulled(kb, project, orders):
    branch = kb.branches.create(project, "dev").id
    kb.tables.delete_rows(project, B, T, "id = 1", branch=branch)
    assert (rows(kb, project), rows(kb, project, branch)) == (2, 1)
    (difference,) = kb.branches.diff(project, branch)
    assert (difference.table_name, difference.change, difference.main_changed_since) == (T, "changed", False)
    assert (difference.main.row_count, difference.branch.row_count) == (2, 1)
    assert [each.table_name for each in kb.branches.get(project, branch).copied_tables] == [T]
    pushed = kb.branches.push(project, branch, B, T, keep=True)
    assert (pushed.row_count, rows(kb, project)) == (1, 1)
    assert kb.branches.pull(project, branch, B, T).was_local


def test_a_push_over_newer_rows_needs_force(kb, project, orders):
    branch = kb.branches.create(project, "dev").id
    kb.tables.delete_rows(project, B, T, "id = 1", branch=branch)
    kb.tables.delete_rows(project, B, T, "id = 2")
    with pytest.raises(sdk.ConflictError) as refused:
        kb.branches.push(project, branch, B, T)
    assert refused.value.code == "push_conflict"
    assert kb.branches.push(project, branch, B, T, force=True).row_count == 1


def test_a_snapshot_is_made_restored_and_deleted(kb, project, orders):
    made = kb.snapshots.create(project, B, T, description="before")
    assert isinstance(made, Snapshot)
    assert (made.row_count, made.snapshot_type, made.description) == (2, "manual", "before")
    detail = kb.snapshots.get(project, made.id)
    assert ([column.name for column in detail.schema_columns], detail.primary_key) == (["id"], ["id"])
    kb.tables.delete_rows(project, B, T, "id = 1")
    restored = kb.snapshots.restore(project, made.id, target_table="orders_before")
    assert isinstance(restored, RestoreResult)
    assert (restored.restored_to.bucket, restored.restored_to.table, restored.row_count) == (B, "orders_before", 2)
    assert kb.snapshots.restore(project, made.id, force=True).restored_to.table == T
    assert rows(kb, project) == 2
    assert made.id in [each.id for each in kb.snapshots.iterate(project, bucket=B, table=T, type="manual")]
    kb.snapshots.delete(project, made.id)
    assert len(kb.snapshots.list(project, type="manual")) == 0


def test_a_snapshot_may_be_made_as_a_job(kb, project, orders):
    job = kb.snapshots.create(project, B, T, wait=False)
    assert kb.jobs.wait(job.id, timeout=30).result["table_name"] == T


@pytest.mark.parametrize("kind", ["path", "file"])
def test_a_snapshot_is_downloaded(kb, project, orders, tmp_path, kind):
    snapshot = kb.snapshots.create(project, B, T)
    told = []
    target = tmp_path / "rows.csv" if kind == "path" else io.BytesIO()
    count = kb.snapshots.download(project, snapshot.id, target, format="csv", on_progress=told.append)
    content = target.read_bytes() if kind == "path" else target.getvalue()
    assert content.split() in ([b"id", b"1", b"2"], [b'"id"', b"1", b"2"], [b'"id"', b'"1"', b'"2"'])
    assert (len(content), told[-1].done) == (count, count)


def test_a_download_that_is_refused_leaves_nothing(kb, project, tmp_path):
    with pytest.raises(sdk.NotFoundError):
        kb.snapshots.download(project, "no-such-snapshot", tmp_path / "rows.parquet")
    assert list(tmp_path.iterdir()) == []


def test_settings_are_inherited_changed_and_reset_at_each_level(kb, project, orders):
    levels = {"project": (project,), "bucket": (project, B), "table": (project, B, T)}
    for number, (level, place) in enumerate(levels.items(), start=11):
        changed = kb.snapshot_settings.update(*place, triggers={"drop_column": True}, retention={"auto_days": number})
        assert changed.effective_config.retention.auto_days == number
        assert changed.inheritance["retention.auto_days"] == level
    found = kb.snapshot_settings.get(project, B, T)
    assert found.effective_config.auto_snapshot_triggers.drop_column
    assert found.local_config["retention"] == {"auto_days": 13}
    for level in ("table", "bucket", "project"):
        kb.snapshot_settings.reset(*levels[level])
        assert kb.snapshot_settings.get(*levels[level]).local_config is None
    assert kb.snapshot_settings.get(project).inheritance["enabled"] == "system"


def test_a_table_without_its_bucket_has_no_settings(kb, project):
    with pytest.raises(sdk.ConfigurationError):
        kb.snapshot_settings.reset(project, table=T)
