"""People know workspaces and branches by name, the server by id."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from keboola_duckdb.cli.failures import UsageFailure
from keboola_duckdb.cli.session import Session

_BRANCH_ID = re.compile(r"[0-9a-f]{8}")
_WORKSPACE_ID = re.compile(r"ws_[0-9a-f]{8}")


def branch_id(session: Session, project: str, text: str) -> str:
    """The id for an id or a name; `default` is main. What nobody knows is left to the server to refuse."""
    if text == "default" or _BRANCH_ID.fullmatch(text):
        return text
    return _only(text, session.client.branches.iterate(project), "branches")


def workspace_id(session: Session, project: str, text: str) -> str:
    """Likewise for a workspace."""
    if _WORKSPACE_ID.fullmatch(text):
        return text
    return _only(text, session.client.workspaces.iterate(project), "workspaces")


def _only(text: str, items: Iterable[Any], what: str) -> str:
    found = [str(item.id) for item in items if item.name == text]
    if len(found) > 1:
        raise UsageFailure(f"Several {what} are called '{text}': use an id, one of {', '.join(found)}.")
    return found[0] if found else text
