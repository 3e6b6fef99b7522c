"""Projects of two table backends side by side: who holds what, what is refused, what upkeep makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kbstore.access import SYSTEM
from kbstore.checks import table_backends
from storage import catalog
from storage.engine.monitor import Monitor
from storage.engine.registry import BackendMissing, DifferentBackends, UnknownBackend
from storage.engine.specs import ColumnSpec
from storage.models import Project, Table, TableVersion, project
from storage.runtime import engine
from storage.services.create_bucket import create_bucket
from storage.services.create_project import create_project
from storage.services.create_table import create_table
from storage.services.delete_project import delete_project
from storage.services.describe_backend import describe_backend
from storage.services.doctor import examine
from tests.memory_backend import MemoryBackend
from tests.services.maintenance.conftest import Manage


def make_table(project_id: str, backend: str | None) -> Table:
    """An empty table in a new project."""
    create_project(actor=SYSTEM, project_id=project_id, name=None, project_settings=None, backend=backend)
    create_bucket(actor=SYSTEM, project_id=project_id, branch_id="default", name="in.c-b", description=None)
    place = {"project_id": project_id, "branch_id": "default", "bucket_name": "in.c-b"}
    return create_table(actor=SYSTEM, **place, name="t", columns=[ColumnSpec("id", "INTEGER")], primary_key=[])


@pytest.fixture
def both(settings: Any, data_dir: Path) -> dict[str, Table]:
    """One table in a file, one in memory."""
    settings.TABLE_BACKENDS = ["tests.memory_backend"]
    return {name: make_table(f"in_{name}", name) for name in ("file", "memory")}


def test_each_project_lies_in_its_own(both: dict[str, Table], settings: Any) -> None:
    assert [path.name for path in settings.VERSIONS_DIR.iterdir()] == ["project_in_file"]
    assert list(settings.DUCKDB_DIR.glob("project_in_memory/*/*")) == []
    for table in both.values():
        assert engine().has_version(table.current_version.ref)
    assert isinstance(engine().of("in_memory"), MemoryBackend)
    assert Project.objects.values_list("pk", "backend").order_by("pk").distinct()[1] == ("in_memory", "memory")


def test_the_default_is_the_setting(both: dict[str, Table], settings: Any) -> None:
    settings.DEFAULT_TABLE_BACKEND = "memory"
    make_table("p", None)
    assert Project.objects.get(pk="p").backend == "memory"
    assert Project(pk="older").backend == "file"


def test_an_unknown_one_is_refused_and_nothing_is_made(data_dir: Path) -> None:
    with pytest.raises(UnknownBackend) as refused:
        create_project(actor=SYSTEM, project_id="p", name=None, project_settings=None, backend="lake")
    assert (refused.value.http_status, refused.value.details) == (400, {"backend": "lake", "known": ["file"]})
    assert not Project.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("DEFAULT_TABLE_BACKEND", "lake", "kbstore.E008"),
        ("TABLE_BACKENDS", ["nowhere.lake"], "kbstore.E007"),
        ("TABLE_BACKENDS", ["tests.cast"], "kbstore.E007"),
        ("TABLE_BACKENDS", ["tests.memory_backend"], None),
    ],
)
def test_wrong_settings_stop_the_start(settings: Any, name: str, value: Any, problem: str | None) -> None:
    setattr(settings, name, value)
    assert [found.id for found in table_backends()] == ([problem] if problem else [])


def test_a_project_of_a_backend_that_is_not_here_is_not_written_elsewhere(
    both: dict[str, Table], settings: Any
) -> None:
    settings.TABLE_BACKENDS = []
    with pytest.raises(BackendMissing) as refused:
        engine().create("in_memory", both["memory"].current_version.spec)
    assert refused.value.http_status == 503


def test_a_loaded_project_costs_no_query_and_an_unknown_one_costs_one(
    both: dict[str, Table], monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(project, "_backends", {})
    with django_assert_num_queries(1):
        assert {catalog.backend_of("in_memory") for _ in range(3)} == {"memory"}
    monkeypatch.setattr(project, "_backends", {})
    Table.objects.select_related("bucket__project").get(bucket__project="in_memory")
    with django_assert_num_queries(0):
        assert catalog.backend_of("in_memory") == "memory"
    assert catalog.backend_of("nobody") is None


def test_an_id_may_come_back_in_another_backend(both: dict[str, Table]) -> None:
    delete_project(actor=SYSTEM, project_id="in_memory")
    assert not engine().of("in_memory").has_version(both["memory"].current_version.ref)
    again = make_table("in_memory", "file")
    with engine().local_file(again.current_version.ref) as path:
        assert path.is_file()
        assert path.parent.name == "project_in_memory"


def test_versions_of_two_backends_are_never_mixed(both: dict[str, Table]) -> None:
    sealed = both["file"].current_version.sealed
    with pytest.raises(DifferentBackends) as refused:
        engine().duplicate(sealed, "in_memory")
    assert refused.value.http_status == 501
    with pytest.raises(DifferentBackends):
        engine().compact("in_memory", sealed.spec, sealed.ref, Monitor())


def test_the_doctor_looks_at_each_with_its_own(both: dict[str, Table]) -> None:
    assert examine().is_clean
    spec = both["memory"].current_version.spec
    orphans = [engine().create(f"in_{name}", spec) for name in both]
    lost = both["memory"].current_version.ref
    engine().discard([lost])
    kinds = sorted(finding.kind for finding in examine(repair=True).findings)
    assert kinds == ["missing version file", "orphan version", "orphan version file", "stale link"]
    assert [engine().has_version(orphan.ref) for orphan in orphans] == [False, False]
    assert engine().has_version(both["file"].current_version.ref)


def test_a_young_version_is_no_orphan_beside_running_work(both: dict[str, Table]) -> None:
    young = engine().create("in_memory", both["memory"].current_version.spec)
    assert examine(repair=True, is_beside_own_work=True).is_clean
    assert engine().has_version(young.ref)


def test_a_backup_holds_what_is_durable(both: dict[str, Table], manage: Manage, tmp_path: Path) -> None:
    assert manage("backup", str(tmp_path / "backup")).code == 0
    saved = [path.stem for path in (tmp_path / "backup").glob("versions/*/*.duckdb")]
    assert saved == [both["file"].current_version_id]
    assert TableVersion.objects.count() == 2


def test_operators_see_where_it_lies(both: dict[str, Table], manage: Manage) -> None:
    ended = manage("inspect", "in_memory", "in.c-b", "t")
    assert (ended.code, "in memory: " in ended.out) == (0, True)


def test_capabilities_are_plain_values(both: dict[str, Table]) -> None:
    ours, memory = describe_backend(), describe_backend("in_memory")
    assert json.loads(json.dumps([ours, memory])) == [ours, memory]
    assert (ours["name"], ours["table_backend"], memory["table_backend"]) == ("duckdb", "file", "memory")
    assert (ours["durable"], memory["durable"], memory["links"]) == (True, False, False)
    assert {"BLOB", "JSON", "LIST", "STRUCT", "MAP"} <= set(ours["types_unsupported_in_filters"])
    expected = ("driver_based", "workspaces", "sharing", "dev_branches", "case_sensitive", "time_travel", "snapshots")
    assert all(ours[name] is True for name in expected)
    assert ours["file_storages"] == ["local", "s3"]
