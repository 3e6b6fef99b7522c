"""The commit of a new version when its table went away while the version was made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kbstore.access import SYSTEM
from storage.engine.specs import ColumnSpec, SealedVersion
from storage.errors import TableNotFound
from storage.models import Branch, Bucket, Project, Table, TableVersion
from storage.runtime import close_engine, engine
from storage.services import publish_version
from storage.services.create_table import create_table
from storage.services.drop_tables import drop_rows
from storage.services.publish_version import Publication
from storage.services.snapshot_before import RESTORE, snapshot_before
from storage.services.write_target import WriteTarget


@pytest.fixture
def table(settings: Any, tmp_path: Path, transactional_db: None) -> Iterator[Table]:
    settings.DUCKDB_DIR, settings.VERSIONS_DIR = tmp_path / "duckdb", tmp_path / "versions"
    settings.STAGING_DIR, settings.LOCKS_DIR = tmp_path / "staging", tmp_path / "locks"
    project = Project.objects.create(id="p1")
    Bucket.objects.create(project=project, name="b")
    engine().make_project("p1")
    engine().make_bucket("p1", "b")
    place = {"project_id": "p1", "branch_id": "default", "bucket_name": "b"}
    yield create_table(actor=SYSTEM, **place, name="t", columns=[ColumnSpec("a", "INTEGER")], primary_key=[])
    close_engine()


def publish(table: Table, base: TableVersion, sealed: SealedVersion, **more: Any) -> None:
    target = WriteTarget(table.bucket, None, table.name, base, table)
    publish_version.publish(target, sealed, Publication("import", "alice", **more))


@pytest.mark.parametrize("what", ["table", "project"])
def test_the_version_of_a_table_that_is_gone_is_thrown_away(table: Table, what: str) -> None:
    base = table.current_version
    sealed = engine().create("p1", base.spec)
    if what == "table":
        drop_rows(Table.objects.filter(pk=table.pk))
    else:
        Project.objects.filter(pk="p1").delete()
    with pytest.raises(TableNotFound) as refused:
        publish(table, base, sealed)
    assert (refused.value.http_status, refused.value.code) == (404, "table_not_found")
    assert not engine().has_version(sealed.ref)
    assert not TableVersion.objects.filter(pk=sealed.ref.version_id).exists()


def test_what_a_branch_that_is_gone_would_keep_is_refused_as_its_table_is(table: Table) -> None:
    base = table.current_version
    Table.objects.filter(pk=table.pk).update(branch=Branch.objects.create(id="dev", project_id="p1", name="dev"))
    own = Table.objects.select_related("bucket__project", "current_version").get(pk=table.pk)
    sealed = engine().create("p1", base.spec)
    Branch.objects.filter(pk="dev").delete()
    with pytest.raises(TableNotFound):
        publish(own, base, sealed, also=lambda: snapshot_before(RESTORE, table=own, actor_label="alice"))
    assert not engine().has_version(sealed.ref)


def test_nothing_is_kept_of_a_table_whose_bucket_was_deleted_meanwhile(table: Table) -> None:
    base = table.current_version
    sealed = engine().create("p1", base.spec)
    engine().discard(drop_rows(Table.objects.filter(pk=table.pk)))
    with pytest.raises(TableNotFound):
        publish(table, base, sealed, also=lambda: snapshot_before(RESTORE, table=table, actor_label="alice"))
    assert not engine().has_version(sealed.ref)
