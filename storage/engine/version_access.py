"""What building and reading versions have in common: the store, the readers, and errors told in the user's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from storage.engine.config import EngineConfig
from storage.engine.connection import ReaderPool
from storage.engine.errors import VersionGone, translated_errors
from storage.engine.layout import Layout
from storage.engine.monitor import Monitor
from storage.engine.specs import VersionRef
from storage.engine.sql import qualified_name
from storage.engine.versions import VersionStore

#: The alias under which a version is attached for reading, and its table.
BASE = "base"
BASE_TABLE = qualified_name(BASE)


class VersionAccess:
    """The version files of one configuration."""

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._layout = Layout(config)
        self._layout.make_roots()
        self._versions = VersionStore(config)
        self._readers = ReaderPool(config)

    @contextmanager
    def _reading(self, ref: VersionRef, monitor: Monitor | None = None) -> Iterator[Path]:
        """The path of a version; errors inside are translated, and VersionGone if the file is why."""
        path = self._versions.path(ref)
        with translated_errors(monitor):
            try:
                yield path
            except (duckdb.IOException, FileNotFoundError) as error:
                if path.exists():
                    raise
                raise VersionGone from error
