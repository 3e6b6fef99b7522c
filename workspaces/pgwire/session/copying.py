"""COPY between a client and a table or query; never a file of the server."""

from __future__ import annotations

from workspaces.pgwire.session.context import Context
from workspaces.pgwire.session.copy_in import copy_in
from workspaces.pgwire.session.copy_options import read_options
from workspaces.pgwire.session.copy_out import copy_out
from workspaces.pgwire.session.portal import Reply
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.compile_sql import Compiled
from workspaces.sql.statement import Copy


def run_copy(context: Context, compiled: Compiled) -> Reply:
    """Move the rows; all of them or none go into a table. Raises SqlFault."""
    copy = compiled.statement.detail
    assert isinstance(copy, Copy)  # noqa: S101 - by kind
    if copy.file is not None:
        raise SqlFault("42501", "permission denied to COPY to or from a file", hint="Use STDIN or STDOUT.")
    form = read_options(copy)
    if copy.direction == "to":
        return copy_out(context, compiled, copy, form)
    return copy_in(context, compiled, copy, form)
