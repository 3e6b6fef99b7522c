"""The human-readable tree holds links and directories only, and never anything half-made."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kbstore.errors import InvalidRequest
from storage.engine.config import EngineConfig
from storage.engine.file_backend import FileBackend
from storage.engine.specs import SealedVersion, TableAddress, TableSpec

ORDERS = TableAddress("p1", None, "in.c-sales", "orders")
READ_OFTEN = """
import duckdb
link = sys.argv[2]
seen = set()
print("ready", flush=True)
for _ in range(60):
    with duckdb.connect(link, read_only=True) as connection:
        rows = connection.execute("SELECT count(*), min(name), max(name) FROM data").fetchone()
    seen.add(rows)
print(sorted(seen), flush=True)
"""


def entries(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


@pytest.fixture
def sealed(backend: FileBackend, spec: TableSpec) -> SealedVersion:
    return backend.create("p1", spec)


def test_a_link_is_relative_and_leads_to_the_version(
    backend: FileBackend, config: EngineConfig, sealed: SealedVersion
) -> None:
    backend.make_project("p1")
    backend.make_bucket("p1", "in.c-sales")
    backend.point_link(ORDERS, sealed.ref)
    link = backend.link_path(ORDERS)
    assert not link.readlink().is_absolute()
    assert link.resolve() == backend.version_path(sealed.ref).resolve()
    assert entries(config.duckdb_dir / "project_p1") == ["in.c-sales", "in.c-sales/orders.duckdb"]


def test_the_whole_data_directory_can_move(
    backend: FileBackend, config: EngineConfig, sealed: SealedVersion, tmp_path: Path
) -> None:
    backend.point_link(ORDERS, sealed.ref)
    inside = backend.link_path(ORDERS).relative_to(tmp_path)
    moved = tmp_path / "moved"
    moved.mkdir()
    for directory in (config.duckdb_dir, config.versions_dir):
        directory.rename(moved / directory.name)
    assert (moved / inside).stat().st_size == sealed.size_bytes


def test_removing_what_is_gone_is_no_error(backend: FileBackend) -> None:
    backend.remove_link(ORDERS)
    backend.remove_bucket("p1", "in.c-sales")
    backend.remove_project("p1")


def test_a_bucket_goes_with_its_links_and_versions_stay(backend: FileBackend, sealed: SealedVersion) -> None:
    backend.point_link(ORDERS, sealed.ref)
    backend.remove_bucket("p1", "in.c-sales")
    assert backend.has_project("p1")
    assert not backend.link_path(ORDERS).parent.exists()
    assert backend.version_path(sealed.ref).exists()


def test_a_table_of_main_leaves_its_bucket_and_one_of_a_branch_does_not(
    backend: FileBackend, config: EngineConfig, sealed: SealedVersion
) -> None:
    on_branch = TableAddress("p1", "7", "in.c-sales", "orders")
    backend.make_project("p1", "7")
    for address in (ORDERS, on_branch):
        backend.point_link(address, sealed.ref)
        backend.remove_link(address)
    assert entries(config.duckdb_dir / "project_p1") == ["in.c-sales"]
    assert entries(config.duckdb_dir / "project_p1_branch_7") == []


def test_a_removed_project_takes_its_versions_and_nobody_elses(
    backend: FileBackend, spec: TableSpec, sealed: SealedVersion
) -> None:
    other = backend.create("p1_branch_7", spec)
    for project in ("p1", "p1_branch_7"):
        backend.make_project(project)
    backend.remove_project("p1")
    assert not backend.has_project("p1")
    assert not backend.version_path(sealed.ref).exists()
    assert backend.has_project("p1_branch_7")
    assert backend.version_path(other.ref).exists()


def test_a_removed_branch_takes_no_versions(backend: FileBackend, sealed: SealedVersion) -> None:
    backend.make_project("p1", "7")
    backend.remove_project("p1", "7")
    assert not backend.has_project("p1", "7")
    assert backend.version_path(sealed.ref).exists()


@pytest.mark.parametrize("name", ["..", "../../x", "a/b", "", "\0"])
def test_no_name_leads_out_of_the_tree(
    backend: FileBackend, config: EngineConfig, sealed: SealedVersion, name: str
) -> None:
    before = entries(config.duckdb_dir.parent)
    for action in (
        lambda: backend.point_link(TableAddress("p1", None, "b", name), sealed.ref),
        lambda: backend.remove_bucket("p1", name),
        lambda: backend.remove_project(name),
        lambda: backend.make_bucket("p1", name),
    ):
        with pytest.raises(InvalidRequest):
            action()
    assert entries(config.duckdb_dir.parent) == before


def test_another_process_reads_one_complete_version_while_links_move(
    backend: FileBackend,
    load: Callable[..., SealedVersion],
    csv_of: Callable[..., Path],
    start_python: Callable[..., subprocess.Popen[str]],
) -> None:
    old, new = load(csv_of("1,old", "2,old")), load(csv_of("1,new", "2,new", "3,new"))
    backend.point_link(ORDERS, old.ref)
    reader = start_python(READ_OFTEN, str(backend.link_path(ORDERS)))
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    ended = threading.Event()
    waiter = threading.Thread(target=lambda: (reader.wait(60), ended.set()))
    waiter.start()
    while not ended.is_set():
        for version in (new, old):
            backend.point_link(ORDERS, version.ref)
    waiter.join()
    assert reader.stdout.readline() == "[(2, 'old', 'old'), (3, 'new', 'new')]\n"
