"""One lock a project for whoever makes or removes its directories."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from storage.runtime import engine


def structure_locked(project_id: str) -> AbstractContextManager[None]:
    """Held while rows and directories of projects, buckets and new tables come and go together.

    Without it a deletion could remove the directory that a creation of the same name has just made. Loads do not take
    it; whoever holds it may take table locks, never the other way round. Raises Locked.
    """
    return engine().write_lock(f"structure-{project_id}")


@contextmanager
def branch_structure_locked(project_id: str, branch_id: str) -> Iterator[None]:
    """The same for whoever makes or removes a branch, whose directory a project of the right id would have, too."""
    with structure_locked(project_id), structure_locked(f"{project_id}_branch_{branch_id}"):
        yield
