"""Names for the shell to complete with. Whatever goes wrong, nothing is offered and nothing is said."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from keboola_duckdb.cli.failures import UsageFailure
from keboola_duckdb.errors import StorageError

if TYPE_CHECKING:
    from keboola_duckdb import Client

#: A person who presses TAB does not wait longer.
PATIENCE_SECONDS = 1.5
MOST_NAMES = 200


def project_ids(context: typer.Context, incomplete: str) -> list[str]:
    return _names(context, incomplete, lambda kb, _: [item.id for item in kb.projects.list(limit=MOST_NAMES)])


def bucket_names(context: typer.Context, incomplete: str) -> list[str]:
    def fetch(kb: Client, known: dict[str, Any]) -> list[str]:
        return [item.name for item in kb.buckets.list(known["project"], limit=MOST_NAMES)]

    return _names(context, incomplete, fetch)


def table_names(context: typer.Context, incomplete: str) -> list[str]:
    def fetch(kb: Client, known: dict[str, Any]) -> list[str]:
        branch = known.get("branch") or "default"
        page = kb.tables.list(known["project"], known["bucket"], branch=branch, limit=MOST_NAMES)
        return [item.name for item in page]

    return _names(context, incomplete, fetch)


def _names(context: typer.Context, incomplete: str, fetch: Callable[[Client, dict[str, Any]], list[str]]) -> list[str]:
    from keboola_duckdb.cli.session import Session

    session = Session(context.find_root().obj)
    os.environ["KEBOOLA_DUCKDB_MAX_RETRIES"] = "0"
    os.environ["KEBOOLA_DUCKDB_TIMEOUT"] = str(PATIENCE_SECONDS)
    try:
        names = fetch(session.client, context.params)
    except (UsageFailure, StorageError, OSError, KeyError):
        return []
    finally:
        session.close()
    return [name for name in names if name.startswith(incomplete)]
