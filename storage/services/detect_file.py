"""See what a file of the project holds before it is loaded."""

from __future__ import annotations

from collections.abc import Sequence

from files.services.open_file import local_file
from files.services.projects import require_project
from kbstore.access import Actor, Need
from storage.engine.specs import CsvOptions, DetectedFile
from storage.engine.type_fit import misfits
from storage.runtime import engine
from storage.services.import_table import check_csv_options

SHOWN_ROWS = 20


def detect_file(
    *, actor: Actor, project_id: str, file_id: str, options: CsvOptions | None = None, rows: int = SHOWN_ROWS
) -> DetectedFile:
    """Format, dialect, columns, types and the first rows, from the beginning of the file.

    `options` are the dialect to read CSV in, None to find it out. Raises FileNotFound, ImportFailed, InvalidCsvOptions.
    """
    actor.require(Need.FILES_READ, project_id=project_id)
    require_project(project_id)
    if options is not None:
        check_csv_options(options)
    with local_file(project_id=project_id, file_id=file_id) as file:
        return engine().detect(file.path, options=options, rows=rows)


def refused_values(found: DetectedFile, types: Sequence[str]) -> set[tuple[int, int]]:
    """Row and column, from 0, of each value of the first rows of CSV that a column of such a type would refuse."""
    return misfits(types, found.rows) if found.format == "csv" else set()
