"""Arguments and options that many commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from keboola_duckdb.cli.completion import bucket_names, project_ids, table_names

ProjectArgument = Annotated[
    str, typer.Argument(metavar="PROJECT", help="Id of the project.", autocompletion=project_ids)
]
BucketArgument = Annotated[
    str, typer.Argument(metavar="BUCKET", help="Name of the bucket.", autocompletion=bucket_names)
]
TableArgument = Annotated[str, typer.Argument(metavar="TABLE", help="Name of the table.", autocompletion=table_names)]
BranchOption = Annotated[
    str, typer.Option("--branch", "-b", metavar="ID", help="A development branch instead of the default one.")
]
LimitOption = Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, help="At most so many.")]
AllOption = Annotated[bool, typer.Option("--all", "-a", help="All of them, however many.")]
PrimaryKeyOption = Annotated[
    str | None, typer.Option("--primary-key", "-k", metavar="A,B", help="Columns of the primary key.")
]
DEFAULT_BRANCH = "default"
DEFAULT_LIMIT = 100


def names_in(text: str | None) -> list[str]:
    """`a, b` as a list; a column whose name holds a comma cannot be given this way."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]
