"""The CSV files of an import, sliced or not: prepared side by side, read many at a time, in their order.

Thousands of slices are read by few statements: those that agree in header, line ends and lines to skip share one, and
DuckDB reads them in parallel. What has to be unpacked or rewritten first lies on the disk for one batch only.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.engine.csv_dialect import Dialect, Head, dialect_from, first_line_end, records
from storage.engine.csv_file import ends_blank, holds_text, longest_stretch, plain_file, read_head
from storage.engine.csv_repair import write_canonical
from storage.engine.csv_source import LINE_ENDS, LINE_LIMITS, LINE_TOO_LONG
from storage.engine.csv_unescape import write_unescaped
from storage.engine.import_cells import file_cell, null_parameters, text_value
from storage.engine.import_plan import ImportPlan
from storage.engine.import_specs import FileSource
from storage.engine.load_source import Reading, file_column
from storage.engine.monitor import Monitor
from storage.engine.specs import CsvOptions
from storage.errors import ImportFailed, UnknownSourceColumns, UnreadableFile

#: How much is prepared before it is read: as many files, or packed bytes.
BATCH_FILES = 256
BATCH_BYTES = 1 << 30
_THREADS = 4
_BOM_BYTES = 3
_HEADER_FOUND = "The first record names the columns: it was read as a header."


@dataclass(frozen=True)
class Shape:
    """What files that one statement reads have in common: columns of the table or None for those to leave out."""

    names: tuple[str | None, ...]
    skip: int
    line_end: str
    line_limit: int


@dataclass(frozen=True)
class Prepared:
    """A file as DuckDB can read it: `index` is its place in the source."""

    index: int
    path: Path
    shape: Shape


@dataclass
class Repairs:
    """What DuckDB could not read as it is, by the place in the source: found out by one attempt for the next."""

    rewritten: set[int] = field(default_factory=set)
    longer: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CsvBatch:
    """Files that are read together, and how to read some of them."""

    files: tuple[Prepared, ...]
    reading: Reading
    together: Callable[[Sequence[Prepared]], Reading]

    def alone(self, one: Prepared) -> Reading:
        return self.together([one])


class CsvFiles:
    """The readable forms of the files of a source; scratch files are made in, and removed from, `scratch`."""

    def __init__(self, source: FileSource, plan: ImportPlan, *, scratch: Path, monitor: Monitor) -> None:
        self._source = source
        self._plan = plan
        self._scratch = scratch
        self._monitor = monitor
        self._numbers = itertools.count()
        self._dialect = dialect_of(source)
        self.repairs = Repairs()
        self.warnings: list[str] = []
        self.supplied: tuple[str, ...] = ()
        self.supplied = self._supplied()

    @contextmanager
    def batches(self) -> Iterator[Iterator[CsvBatch]]:
        """The batches in the order of the files; each is gone when the next is asked for."""
        with ThreadPoolExecutor(_THREADS, "prepare") as pool:
            yield self._batches(pool)

    def _batches(self, pool: ThreadPoolExecutor) -> Iterator[CsvBatch]:
        for left_over in self._scratch.iterdir():
            left_over.unlink()
        for indexes in self._portions():
            found = [one for one in pool.map(self._prepare, indexes) if one is not None]
            for _, files in itertools.groupby(found, key=lambda one: one.shape):
                yield self._batch(tuple(files))
            for one in found:
                if one.path.parent == self._scratch:
                    one.path.unlink(missing_ok=True)

    def _portions(self) -> Iterator[list[int]]:
        portion: list[int] = []
        size = 0
        for index, path in enumerate(self._source.paths):
            portion.append(index)
            size += path.stat().st_size
            if len(portion) >= BATCH_FILES or size >= BATCH_BYTES:
                yield portion
                portion, size = [], 0
        if portion:
            yield portion

    # --- one file

    def _prepare(self, index: int) -> Prepared | None:
        try:
            return self._prepared(index)
        except ImportFailed as error:
            raise error.in_file(self._source.names[index]) from error.__cause__

    def _prepared(self, index: int) -> Prepared | None:
        """None for a file without a row."""
        self._monitor.check()
        path = plain_file(self._source.paths[index], self._new_scratch, self._monitor)
        single = len(self._source.columns or ()) == 1
        if path.stat().st_size <= _BOM_BYTES and not path.read_bytes().removeprefix(b"\xef\xbb\xbf").strip(b"\r\n"):
            if self._source.columns is None and len(self._source.paths) == 1:
                raise UnreadableFile("The file is empty.")
            if not single or path.stat().st_size == 0:
                return None
        if self._is_escaped(path):
            path = self._rewritten(path, write_unescaped)
        head = read_head(path, blank=True)
        skip, names = self._layout(head)
        line_end = first_line_end(head, self._dialect)
        ignores_end = len(names) == 1 and names[0] is not None and not self._plan.column(names[0]).nullable
        if index in self.repairs.rewritten or (ignores_end and ends_blank(path)):
            path = self._canonical(path, trim_end=ignores_end)
            line_end = "\n"
        limit = max(self._line_limit(path, line_end), self.repairs.longer.get(index, 0))
        return Prepared(index, path, Shape(names, skip, line_end, limit))

    def _is_escaped(self, path: Path) -> bool:
        return self._dialect.escapes and holds_text(path, self._dialect.escape, self._monitor)

    def _rewritten(self, path: Path, write: Callable[[Path, Path, Dialect, Monitor], None]) -> Path:
        target = self._new_scratch()
        write(path, target, self._dialect, self._monitor)
        if path.parent == self._scratch:
            path.unlink()
        return target

    def _canonical(self, path: Path, *, trim_end: bool) -> Path:
        def write(source: Path, target: Path, dialect: Dialect, monitor: Monitor) -> None:
            plain = Dialect(delimiter=dialect.delimiter, quote=dialect.quote, escape=dialect.quote)
            write_canonical(source, target, plain, monitor, trim_end=trim_end)

        return self._rewritten(path, write)

    def _new_scratch(self) -> Path:
        return self._scratch / f"{next(self._numbers)}.csv"

    def _line_limit(self, path: Path, line_end: str) -> int:
        stretch = longest_stretch(path, line_end)
        if stretch > LINE_LIMITS[-1][0]:
            raise UnreadableFile(LINE_TOO_LONG)
        return len(LINE_LIMITS) - 1 if stretch else 0

    # --- what is on its first lines

    def _layout(self, head: Head) -> tuple[int, tuple[str | None, ...]]:
        """How many records to skip, blank ones included, and the columns of the file."""
        columns = self._source.columns
        if columns is None:
            return self._header(head)
        if self._source.skipped_lines:
            self._check_skipped(head)
            return self._source.skipped_lines, self._kept(columns)
        if self._source.finds_header and next(records(head.text, self._dialect), None) == list(columns):
            self.warnings.append(_HEADER_FOUND)
            return 1, self._kept(columns)
        return 0, self._kept(columns)

    def _header(self, head: Head) -> tuple[int, tuple[str | None, ...]]:
        """Raises ImportFailed, also for a header with other columns than the first one."""
        for skipped, record in enumerate(records(head.text, self._dialect)):
            if record != [""]:
                chosen = header_columns(record, self._plan)
                missing = [name for name in self.supplied if name not in chosen]
                if missing:
                    raise UnknownSourceColumns(missing, missing_in="the header of the file")
                return skipped + 1, self._kept(chosen)
        raise UnreadableFile("The header cannot be read with these CSV options.", details={"line": 1})

    def _kept(self, columns: Sequence[str | None]) -> tuple[str | None, ...]:
        """The columns that the import fills; all, until that is known."""
        return tuple(name if not self.supplied or name in self.supplied else None for name in columns)

    def _supplied(self) -> tuple[str, ...]:
        """The table's columns that all files fill: those named, or those that the first header names."""
        if self._source.columns is not None:
            return self._plan.supplied(self._source.columns)
        for index in range(len(self._source.paths)):
            first = self._prepare(index)
            if first is not None:
                if first.path.parent == self._scratch:
                    first.path.unlink()
                return tuple(name for name in first.shape.names if name is not None)
        return ()

    def _check_skipped(self, head: Head) -> None:
        """A quote that does not end would take the rest of the file with it."""
        wanted = self._source.skipped_lines
        found = sum(1 for _ in itertools.islice(records(head.text, self._dialect), wanted))
        if found < wanted and (not head.complete or found < _line_count(head.text)):
            raise UnreadableFile("The lines to ignore cannot be read with these CSV options.")

    # --- readings

    def _batch(self, files: tuple[Prepared, ...]) -> CsvBatch:
        return CsvBatch(files, self._reading(files), self._reading)

    def _reading(self, files: Sequence[Prepared]) -> Reading:
        shape = files[0].shape
        names = [name for name in shape.names if name is not None]
        targets = tuple(self._plan.column(name) for name in names)
        places = [index for index, name in enumerate(shape.names) if name is not None]
        cells = ", ".join(
            f"{file_cell(f'f{place}', column, self._plan)} AS {file_column(index)}"
            for index, (place, column) in enumerate(zip(places, targets, strict=True))
        )
        parameters = reader_parameters(shape, self._dialect)
        arguments = ", ".join(f"{name} => ${name}" for name in parameters)
        relation = f"(SELECT {cells} FROM read_csv($paths, {arguments}))"
        bound = parameters | {"paths": [str(one.path) for one in files]} | null_parameters(self._plan)
        return Reading(
            targets=targets,
            relation=relation,
            parameters=bound,
            values=tuple(text_value(file_column(index), column) for index, column in enumerate(targets)),
            raw_relation=relation,
            raw_parameters=bound,
            first_line=1 + shape.skip,
        )


def dialect_of(source: FileSource) -> Dialect:
    """Raises InvalidCsvOptions."""
    options = CsvOptions(
        delimiter=source.delimiter, quote=source.enclosure, escape=source.escape or source.enclosure, header=False
    )
    return dialect_from(options)


def header_columns(header: Sequence[str], plan: ImportPlan) -> tuple[str | None, ...]:
    """The table's columns in a header, None for others. Raises UnknownSourceColumns, DuplicateSourceColumns."""
    chosen = tuple(name if name in plan.spec.column_names else None for name in header)
    missing = [name for name in plan.picks if name not in chosen]
    if missing:
        raise UnknownSourceColumns(missing, missing_in="the header of the file")
    kept = set(plan.supplied([name for name in chosen if name is not None]))
    return tuple(name if name in kept else None for name in chosen)


def reader_parameters(shape: Shape, dialect: Dialect) -> dict[str, Any]:
    """The arguments of read_csv: every cell is text, NULL where it is empty and not enclosed."""
    parameters: dict[str, Any] = {
        "columns": {f"f{index}": "VARCHAR" for index in range(len(shape.names))},
        "auto_detect": False,
        "compression": "none",
        "header": False,
        "skip": shape.skip,
        "delim": dialect.delimiter,
        "new_line": LINE_ENDS[shape.line_end],
        "quote": dialect.quote,
        "escape": dialect.quote,
        "nullstr": "",
        "allow_quoted_nulls": False,
    }
    longest, buffer = LINE_LIMITS[shape.line_limit]
    if longest:
        parameters.update(max_line_size=longest, buffer_size=buffer)
    return parameters


def _line_count(text: str) -> int:
    return len(text.splitlines())
