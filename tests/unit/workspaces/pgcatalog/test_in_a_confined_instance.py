"""The catalogs in the instance that workspaces really run in: locked, with files out of reach."""

from __future__ import annotations

from pathlib import Path

from storage.engine.config import EngineConfig
from storage.engine.native import rows
from storage.engine.workspace_file import make_workspace_file
from storage.engine.workspace_instance import WorkspaceInstance, WorkspaceLimits
from tests.unit.workspaces.pgcatalog.sample_workspace import PROJECT_TABLES
from workspaces.pgcatalog.installation import install, refresh
from workspaces.sql.rewrite.catalog_names import to_emulated


def test_all_sessions_see_the_catalogs_and_nothing_of_the_server(tmp_path: Path) -> None:
    directories = {name: tmp_path / name for name in ("duckdb", "versions", "staging", "locks", "temp")}
    for directory in directories.values():
        directory.mkdir()
    config = EngineConfig(**{f"{name}_dir": directory for name, directory in directories.items()})
    path = directories["duckdb"] / "ws.duckdb"
    make_workspace_file(config, path, workspace_id="ws")
    with WorkspaceInstance.open(
        config, path=path, database="ws", limits=WorkspaceLimits(memory_bytes=200_000_000, threads=1)
    ) as instance:
        install(instance.session(), database="ws", user="workspace_user")
        refresh(instance.session(), PROJECT_TABLES[:1])
        session = instance.session()
        session.run("CREATE TABLE mine (id INTEGER PRIMARY KEY)")
        asked = "SELECT relname FROM pg_class WHERE oid > 16384 ORDER BY relname"
        assert rows(session, to_emulated(asked).text) == [("mine",), ("mine_pkey",), ("orders",), ("orders_pkey",)]
        hidden = "SELECT count(*) FROM information_schema.columns WHERE table_name = '_workspace_info'"
        assert rows(session, to_emulated(hidden).text) == [(0,)]
