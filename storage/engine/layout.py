"""Where every file of the engine lies; the only place that turns ids and names into paths."""

from __future__ import annotations

import hashlib
from pathlib import Path

from kbstore.errors import InvalidRequest
from storage.engine.config import EngineConfig
from storage.engine.ownership import fresh_name
from storage.engine.specs import TableAddress, VersionRef

VERSION_SUFFIX = ".duckdb"
LINKS_DIR_NAME = "_links"
WORKSPACES_DIR_NAME = "_workspaces"
_MAX_NAME_BYTES = 240


class Layout:
    """Paths below the roots of one configuration.

    No path leaves its root: names that could (separators, NUL, dots) are refused with InvalidRequest `invalid_name`,
    also where a door should have refused them already.
    """

    def __init__(self, config: EngineConfig) -> None:
        self.config = config

    @property
    def roots(self) -> tuple[Path, ...]:
        """The directories that must exist before any work."""
        config = self.config
        return (config.duckdb_dir, config.versions_dir, config.staging_dir, config.locks_dir, config.temp_dir)

    def make_roots(self) -> None:
        for root in self.roots:
            root.mkdir(parents=True, exist_ok=True)

    def versions_project_dir(self, project_id: str) -> Path:
        return _below(self.config.versions_dir, f"project_{safe_part(project_id)}")

    def version_path(self, ref: VersionRef) -> Path:
        return _below(self.versions_project_dir(ref.project_id), safe_part(ref.version_id) + VERSION_SUFFIX)

    def project_dir(self, project_id: str, branch_id: str | None = None) -> Path:
        name = f"project_{safe_part(project_id)}"
        if branch_id is not None:
            name += f"_branch_{safe_part(branch_id)}"
        return _below(self.config.duckdb_dir, name)

    def bucket_dir(self, project_id: str, bucket: str, branch_id: str | None = None) -> Path:
        return _below(self.project_dir(project_id, branch_id), safe_part(bucket))

    def link_path(self, address: TableAddress) -> Path:
        bucket_dir = self.bucket_dir(address.project_id, address.bucket, address.branch_id)
        return _below(bucket_dir, safe_part(address.table) + VERSION_SUFFIX)

    def workspace_path(self, project_id: str, branch_id: str | None, workspace_id: str) -> Path:
        directory = self.project_dir(project_id, branch_id) / WORKSPACES_DIR_NAME
        return _below(directory, safe_part(workspace_id) + VERSION_SUFFIX)

    def fresh_link_path(self) -> Path:
        """A name for a link in the making: beside the projects, as a rename needs the same file system."""
        return self.config.duckdb_dir / LINKS_DIR_NAME / fresh_name(self.config.locks_dir)

    def staging_path(self, suffix: str = VERSION_SUFFIX) -> Path:
        """A fresh name that nobody has used before and nobody will use again."""
        return _below(self.config.staging_dir, fresh_name(self.config.locks_dir) + safe_part(suffix))

    def lock_path(self, key: str) -> Path:
        """The lock file of a key of any characters and length."""
        return self.config.locks_dir / (hashlib.sha256(key.encode()).hexdigest()[:32] + ".lock")


def safe_part(name: str) -> str:
    """`name` unchanged if it is one plain component of a path, else InvalidRequest `invalid_name`."""
    if not name or name in {".", ".."} or any(character in name for character in "/\\\0"):
        raise InvalidRequest("This name cannot be used.", code="invalid_name")
    if len(name.encode(errors="surrogatepass")) > _MAX_NAME_BYTES:
        raise InvalidRequest("This name is too long.", code="invalid_name")
    return name


def _below(root: Path, part: str) -> Path:
    path = root / part
    if path.parent != root:
        raise InvalidRequest("This name cannot be used.", code="invalid_name")
    return path
