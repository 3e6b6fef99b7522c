"""What somebody chose in the wizard: parsed from its form, or from a job that is to be tried again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict

from storage.engine.specs import ColumnSpec, CsvOptions, DetectedFile
from storage.models import Job
from storage.names import DEFAULT_BRANCH

FULL, INCREMENTAL = "full", "incremental"
DEDUP_MODES = ("update_duplicates", "fail_on_duplicates")


@dataclass(frozen=True)
class ChosenColumn:
    """A column of a table that is made by the load."""

    name: str
    type: str
    is_key: bool = False
    nullable: bool = True


@dataclass(frozen=True)
class LoadChoices:
    """All of the form. `csv` None: find it out. `columns` None: as they were found. `mode` empty: not chosen yet.

    `columns_of` is the dialect that `columns` were found in, as text: in another one the file has others.
    """

    branch: str = DEFAULT_BRANCH
    bucket: str = ""
    table: str = ""
    csv: CsvOptions | None = None
    columns: tuple[ChosenColumn, ...] | None = None
    columns_of: str = ""
    mode: str = ""
    dedup_mode: str = DEDUP_MODES[0]
    replaces: bool = False

    def column_specs(self) -> list[ColumnSpec]:
        return [
            ColumnSpec(column.name, column.type, nullable=column.nullable and not column.is_key)
            for column in self.columns or ()
        ]

    @property
    def key(self) -> list[str]:
        return [column.name for column in self.columns or () if column.is_key]


def from_form(form: QueryDict) -> LoadChoices:
    """Anything at all may have been sent: what is not understood is left out."""
    return LoadChoices(
        branch=form.get("branch") or DEFAULT_BRANCH,
        bucket=form.get("bucket", "").strip(),
        table=form.get("table", "").strip(),
        csv=_csv_options(form) if "delimiter" in form else None,
        columns=_columns(form.get("columns", "")),
        columns_of=form.get("columns_of", ""),
        mode=form.get("mode", "") if form.get("mode") in (FULL, INCREMENTAL) else "",
        dedup_mode=_known(form.get("dedup_mode", ""), DEDUP_MODES),
        replaces=form.get("replaces") == "on",
    )


def _known(value: str, known: tuple[str, ...]) -> str:
    return value if value in known else known[0]


def _csv_options(form: QueryDict) -> CsvOptions:
    return CsvOptions(
        delimiter=form.get("delimiter", ","),
        quote=form.get("quote", '"'),
        escape=form.get("escape", ""),
        header=form.get("header") == "on",
        null_string=form.get("null_string", ""),
        quoted_null=False,
    )


def _columns(text: str) -> tuple[ChosenColumn, ...] | None:
    try:
        return tuple(
            ChosenColumn(str(item["name"]), str(item["type"]), bool(item["key"]), bool(item["nullable"]))
            for item in json.loads(text)
        )
    except (ValueError, KeyError, TypeError):
        return None


def from_job(job: Job) -> LoadChoices:
    """What a load that was made by the wizard had been told."""
    params: Mapping[str, Any] = job.params
    keys = params.get("primary_key") or ()
    columns = params.get("table_columns")
    options = CsvOptions(**params["csv"]) if params.get("csv") else None
    return LoadChoices(
        branch=params.get("branch_id") or DEFAULT_BRANCH,
        bucket=job.bucket_name,
        table=job.table_name,
        csv=options,
        columns=columns
        and tuple(
            ChosenColumn(column["name"], column["type"], column["name"] in keys, column["nullable"])
            for column in columns
        ),
        columns_of=dialect_mark(options),
        mode=INCREMENTAL if params.get("incremental") else FULL,
        dedup_mode=_known(params.get("dedup_mode", ""), DEDUP_MODES),
    )


def dialect_mark(options: CsvOptions | None) -> str:
    """Of what decides which columns a file has."""
    return "" if options is None else json.dumps([options.delimiter, options.quote, options.escape, options.header])


def completed(choices: LoadChoices, found: DetectedFile, *, file_name: str, first_bucket: str) -> LoadChoices:
    """With a proposal for all that is not chosen yet."""
    mark = dialect_mark(found.csv)
    columns = choices.columns
    if columns is None or len(columns) != len(found.columns) or choices.columns_of != mark:
        columns = tuple(ChosenColumn(column.name, column.type) for column in found.columns)
    return replace(
        choices,
        bucket=choices.bucket or first_bucket,
        table=choices.table or table_name_of(file_name),
        csv=found.csv,
        columns=columns,
        columns_of=mark,
    )


def table_name_of(file_name: str) -> str:
    """A name for a table, from that of a file."""
    stem = re.sub(r"(\.(csv|tsv|txt|parquet|pq|gz|zst|dat))+$", "", file_name, flags=re.IGNORECASE)
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_-")[:96]
    return name or "data"


@dataclass(frozen=True)
class Matching:
    """How the columns of a file meet those of a table: for each of the file the name of the table's, or a problem."""

    names: tuple[str, ...] = ()
    problem: str = ""
    note: str = ""
    #: What the import has to be told: None where the file has all columns of the table in order.
    order: tuple[str, ...] | None = field(default=None)


def match_columns(found: DetectedFile, names: list[str]) -> Matching:
    """By name where the file has names that the table knows, whatever their case; else by position."""
    headers = [column.header for column in found.columns]
    by_fold = {name.casefold(): name for name in names}
    known = [by_fold.get(header.casefold()) for header in headers]
    wanted = tuple(name for name in known if name is not None)
    if all(known) and len(set(wanted)) == len(headers):
        missing = len(names) - len(wanted)
        note = f"{missing} columns of the table are not in the file: they get their default or NULL." if missing else ""
        return Matching(wanted, note=note, order=None if list(wanted) == names else wanted)
    if len(headers) == len(names):
        has_names = any(headers)
        note = "The names in the file are not those of the table: columns are matched by their position."
        return Matching(tuple(names), note=note if has_names else "")
    strangers = [header for header, name in zip(headers, known, strict=True) if name is None and header]
    problem = f"The file has {len(headers)} columns, the table {len(names)}."
    if strangers:
        problem += f" The table does not have {', '.join(strangers[:5])}{' …' if len(strangers) > 5 else ''}."
    return Matching(problem=problem)
