"""How to connect to a workspace, ready to be copied."""

from __future__ import annotations

import shlex
from typing import Any, NamedTuple
from urllib.parse import quote

_TOOLS = (("psql", "psql"), ("jdbc", "JDBC"), ("sqlalchemy", "SQLAlchemy"), ("dbt", "dbt profile"))


class Copied(NamedTuple):
    """One text with a button that copies it; `element_id` is that of the text on the page."""

    name: str
    text: str
    element_id: str


def connection_rows(connection: dict[str, Any] | None, password: str | None) -> list[Copied]:
    """The parts, then how tools spell them; with the password only while it is shown. Empty without credentials."""
    if connection is None:
        return []
    rows = [Copied(name.capitalize(), str(connection[name]), f"connection-{name}") for name in _PARTS]
    if password is not None:
        rows += _with_password(connection, password)
    strings = connection["connection_strings"]
    return rows + [Copied(title, strings[name], f"connection-{name}") for name, title in _TOOLS]


_PARTS = ("host", "port", "database", "username")


def _with_password(connection: dict[str, Any], password: str) -> list[Copied]:
    psql = f"PGPASSWORD={shlex.quote(password)} {connection['connection_strings']['psql']}"
    host = f"[{connection['host']}]" if ":" in connection["host"] else connection["host"]
    user, database = quote(connection["username"], safe=""), quote(connection["database"], safe="")
    login = f"{user}:{quote(password, safe='')}@{host}:{connection['port']}"
    url = f"postgresql://{login}/{database}?sslmode={connection['ssl_mode']}"
    return [
        Copied("psql with the password", psql, "connection-psql-now"),
        Copied("URL with the password", url, "connection-url-now"),
    ]
