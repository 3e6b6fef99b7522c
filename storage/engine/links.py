"""The human-readable tree: project and bucket directories, and a link per table to its current version."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from storage.engine.layout import Layout
from storage.engine.orphans import remove_any
from storage.engine.specs import TableAddress

_ATTEMPTS = 5


class LinkTree:
    """Directories and links below `duckdb`. Nothing half-made ever shows in them: all changes are renames."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def point(self, address: TableAddress, version: Path) -> None:
        """Make the link of a table point at `version`; a reader finds the old or the new one at any moment."""
        link = self._layout.link_path(address)
        fresh = self._fresh_path()
        for attempt in range(_ATTEMPTS):
            link.parent.mkdir(parents=True, exist_ok=True)
            target = os.path.relpath(version.parent.resolve() / version.name, link.parent.resolve())
            try:
                fresh.symlink_to(target)
                fresh.replace(link)
            except FileNotFoundError:
                # The emptied bucket directory of a branch was removed in between.
                fresh.unlink(missing_ok=True)
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return

    def leads_to(self, address: TableAddress, version: Path) -> bool:
        """Whether the link of a table points at `version`, and that is there."""
        link = self._layout.link_path(address)
        return link.exists() and link.resolve() == version.resolve()

    def remove(self, address: TableAddress) -> None:
        """Remove the link of a table; a branch keeps no empty bucket directory."""
        link = self._layout.link_path(address)
        link.unlink(missing_ok=True)
        if address.branch_id is not None:
            with suppress(OSError):
                link.parent.rmdir()

    def make_project(self, project_id: str, branch_id: str | None = None) -> None:
        self._layout.project_dir(project_id, branch_id).mkdir(parents=True, exist_ok=True)

    def has_project(self, project_id: str, branch_id: str | None = None) -> bool:
        return self._layout.project_dir(project_id, branch_id).is_dir()

    def make_bucket(self, project_id: str, bucket: str, branch_id: str | None = None) -> None:
        self._layout.bucket_dir(project_id, bucket, branch_id).mkdir(parents=True, exist_ok=True)

    def has_bucket(self, project_id: str, bucket: str) -> bool:
        return self._layout.bucket_dir(project_id, bucket).is_dir()

    def remove_bucket(self, project_id: str, bucket: str, branch_id: str | None = None) -> None:
        self._remove_tree(self._layout.bucket_dir(project_id, bucket, branch_id))

    def remove_project(self, project_id: str, branch_id: str | None = None) -> None:
        """Remove one directory. Branches are siblings that cannot be told from projects by name: name each one."""
        self._remove_tree(self._layout.project_dir(project_id, branch_id))

    def _remove_tree(self, directory: Path) -> None:
        # Moved away first, so that it is gone at once and as a whole.
        gone = self._fresh_path()
        with suppress(FileNotFoundError):
            directory.rename(gone)
        remove_any(gone)

    def _fresh_path(self) -> Path:
        path = self._layout.fresh_link_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
