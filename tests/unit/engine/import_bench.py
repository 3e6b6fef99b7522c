"""Imports under the rules of the storage driver into the table of a bench."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from storage.engine.import_rows import import_rows
from storage.engine.import_specs import FileSource, RelationSource, RowCounts, RowImport
from storage.engine.monitor import Monitor
from tests.unit.engine.load_bench import TABLE, Bench

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5)
_OF_FILES = ("format", "columns", "delimiter", "enclosure", "escape", "skipped_lines", "finds_header")


def importing(
    bench: Bench, contents: Sequence[bytes] | RelationSource, *, started: datetime.datetime = NOW, **options: Any
) -> RowCounts:
    """Import files of these contents, or a relation, into the table as it is."""
    directory, scratch = bench.directory / "source", bench.directory / "scratch"
    for path in (directory, scratch):
        path.mkdir()
    of_files = {name: options.pop(name) for name in list(options) if name in _OF_FILES}
    try:
        source = contents if isinstance(contents, RelationSource) else _files(directory, contents, of_files)
        order = RowImport(source, started, **options)
        return import_rows(
            connection=bench.connection,
            table=TABLE,
            spec=bench.spec,
            order=order,
            monitor=Monitor(),
            base_is_empty=bench.count() == 0,
            scratch=scratch,
        )
    finally:
        for path in (directory, scratch):
            shutil.rmtree(path)


def _files(directory: Path, contents: Sequence[bytes], options: dict[str, Any]) -> FileSource:
    paths = [directory / f"{index:06}" for index in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return FileSource(directory, tuple(paths), tuple(f"slice-{path.name}" for path in paths), **options)
