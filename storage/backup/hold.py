"""Second names for files that others may remove while they are copied."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.engine.layout import Layout
from storage.runtime import engine_config

_NO_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS}


class Hold:
    """A directory of hard links, which cost no space: what has a second name there stays readable."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._places: dict[str, Path] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def keep(self, name: str, source: Path) -> bool:
        """Whether `source` is held, or at least there where the disk knows no second names."""
        if name in self._places:
            return True
        target = self._directory / str(len(self._places))
        try:
            os.link(source, target)
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            if not source.exists():
                return False
            target = source
        self._places[name] = target
        return True

    def path(self, name: str) -> Path:
        return self._places[name]

    def new_file(self, name: str) -> Path:
        """A path for a file that goes with the hold."""
        directory = self._directory / "new"
        directory.mkdir(mode=0o700, exist_ok=True)
        return directory / name


@contextmanager
def hold() -> Iterator[Hold]:
    """A hold that ends with the block; should the process die, the sweep of staging removes it."""
    layout = Layout(engine_config())
    layout.make_roots()
    directory = layout.staging_path(".hold")
    directory.mkdir(mode=0o700)
    try:
        yield Hold(directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
