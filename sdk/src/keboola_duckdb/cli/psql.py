"""Starting psql on a workspace."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from keboola_duckdb.cli.failures import UsageFailure

if TYPE_CHECKING:
    from keboola_duckdb.models.workspaces import Connection


def psql_command(connection: Connection, arguments: Sequence[str]) -> list[str]:
    """The words of a psql command line, without the password: other users see command lines."""
    target = (
        f"host={connection.host} port={connection.port} dbname={connection.database} "
        f"user={connection.username} sslmode={connection.ssl_mode}"
    )
    return ["psql", target, *arguments]


def become_psql(connection: Connection, arguments: Sequence[str]) -> NoReturn:
    """Replace this process by psql, which asks for the password unless PGPASSWORD or the connection has it."""
    program = shutil.which("psql")
    if program is None:
        raise UsageFailure("psql is not installed: on Debian or Ubuntu, `apt install postgresql-client`.")
    environment = dict(os.environ)
    if connection.password:
        environment["PGPASSWORD"] = connection.password
    sys.stdout.flush()
    sys.stderr.flush()
    # The program is psql of this machine; its arguments are those that the person gave.
    os.execve(program, psql_command(connection, arguments), environment)  # noqa: S606
