"""A workspace as every door shows it: plain values, the password only where it has just been made."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings

from workspaces.models import Credential, Workspace
from workspaces.services.workspace_place import size_of

GIB = 1024**3


def describe_workspace(workspace: Workspace, *, password: str | None = None) -> dict[str, Any]:
    """The workspace object of the wire; `connection` is None where it has no credentials."""
    credential = getattr(workspace, "credential", None)
    return {
        "id": workspace.pk,
        "name": workspace.name,
        "project_id": workspace.project_id,
        "branch_id": workspace.branch_id,
        "created_at": workspace.created_at,
        "expires_at": workspace.expires_at,
        "size_bytes": size_of(workspace),
        "size_limit_gb": workspace.size_limit_bytes // GIB,
        "status": "expired" if workspace.is_expired() else str(workspace.status),
        "connection": None if credential is None else describe_connection(workspace, credential, password=password),
    }


def describe_connection(workspace: Workspace, credential: Credential, *, password: str | None = None) -> dict[str, Any]:
    """How to reach the workspace with SQL. The strings for tools never hold the password."""
    place = {
        "host": settings.PGWIRE_HOST,
        "port": settings.PGWIRE_PORT,
        "database": workspace.database,
        "username": credential.username,
        "ssl_mode": settings.PGWIRE_SSL_MODE,
    }
    strings = _strings(**place)
    return place | {
        "password": password,
        "connection_string": strings["url"] if settings.PGWIRE_CONNECTION_STRING else None,
        "connection_strings": {name: text for name, text in strings.items() if name != "url"},
    }


def _strings(*, host: str, port: int, database: str, username: str, ssl_mode: str) -> dict[str, str]:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    user, name, mode = (quote(part, safe="") for part in (username, database, ssl_mode))
    url = f"{user}@{address}/{name}?sslmode={mode}"
    return {
        "url": f"postgresql://{url}",
        "psql": f'psql "host={host} port={port} dbname={database} user={username} sslmode={ssl_mode}"',
        "jdbc": f"jdbc:postgresql://{address}/{name}?user={user}&sslmode={mode}",
        "sqlalchemy": f"postgresql+psycopg://{url}",
        "dbt": "\n".join((
            "type: postgres",
            f'host: "{host}"',
            f"port: {port}",
            f"user: {username}",
            "password: \"{{ env_var('PGPASSWORD') }}\"",
            f"dbname: {database}",
            "schema: public",
            f"sslmode: {ssl_mode}",
            "threads: 4",
            "",
        )),
    }  # fmt: skip
