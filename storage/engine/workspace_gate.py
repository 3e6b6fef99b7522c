"""The only place from which an open workspace can attach files: empty but for the moment of an attach.

What an instance may read is fixed when it is opened, while the tables of its project come and go. So a version gets a
second name here when it is attached, which is gone right after; DuckDB goes on with the open file.
"""

from __future__ import annotations

import errno
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from storage.engine.clone import clone_file
from storage.engine.config import EngineConfig
from storage.engine.connection import COMPANION_SUFFIXES
from storage.engine.errors import VersionGone
from storage.engine.layout import VERSION_SUFFIX, Layout

_NO_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS}


class Gate:
    """A directory of its own for each instance; what a dead process leaves of it the sweep of staging removes."""

    def __init__(self, directory: Path) -> None:
        """Made by `make`."""
        self.directory = directory
        self._numbers = itertools.count()

    @classmethod
    def make(cls, config: EngineConfig) -> Self:
        directory = Layout(config).staging_path(".gate")
        directory.mkdir(mode=0o700, parents=True)
        return cls(directory)

    @contextmanager
    def opened(self, version: Path) -> Iterator[Path]:
        """A name in the gate for a version file, until the block ends. Raises VersionGone where it is not there.

        Where the file system has no second names it is a copy, which goes when it is detached.
        """
        name = self.directory / f"{next(self._numbers)}{VERSION_SUFFIX}"
        try:
            _link(version, name)
            yield name
        finally:
            name.unlink(missing_ok=True)

    @contextmanager
    def empty(self) -> Iterator[Path]:
        """A name in the gate for a file to be made; the file is gone, with its log, when the block ends."""
        name = self.directory / f"{next(self._numbers)}{VERSION_SUFFIX}"
        try:
            yield name
        finally:
            for suffix in ("", *COMPANION_SUFFIXES):
                Path(f"{name}{suffix}").unlink(missing_ok=True)

    def remove(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)


def _link(version: Path, name: Path) -> None:
    try:
        os.link(version, name)
    except FileNotFoundError as error:
        raise VersionGone from error
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        _copy(version, name)


def _copy(version: Path, name: Path) -> None:
    try:
        clone_file(version, name)
    except FileNotFoundError as error:
        raise VersionGone from error
