"""Views of users over PostgreSQL's catalogs, which are not in the workspace's file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from workspaces.models import Workspace
from workspaces.services.compile_sql import Compiler
from workspaces.services.prepare_sql import prepare
from workspaces.services.sql_session import SqlSession


def _read(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return function(*arguments, **named)


@contextmanager
def _session(workspace: Workspace) -> Iterator[Callable[[str], list[Any]]]:
    """Opens the workspace, as nobody else has it open, and closes it at the end."""
    sql = SqlSession(workspace, read=_read)
    compiler = Compiler(sql.policy)

    def run(text: str) -> list[Any]:
        query, _ = prepare(sql, compiler.compile(text))
        with closing(query.execute([])) as result:
            return [row for batch in result.batches() for row in batch.to_pylist()]

    try:
        yield run
    finally:
        sql.close()


@pytest.mark.parametrize("relation", ["pg_catalog.pg_database", "information_schema.schemata"])
def test_a_view_over_the_catalogs_works_when_the_workspace_is_opened_again(workspace: Workspace, relation: str) -> None:
    with _session(workspace) as run:
        run(f"CREATE VIEW kept AS SELECT count(*) > 0 AS found FROM {relation}")
        assert run("SELECT found FROM kept") == [{"found": True}]
    with _session(workspace) as run:
        assert run("SELECT found FROM kept") == [{"found": True}]
