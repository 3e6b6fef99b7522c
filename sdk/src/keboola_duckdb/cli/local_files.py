"""Files of the person who calls: what they hold and which of them are meant."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keboola_duckdb.cli.failures import UsageFailure

#: As a path it means stdin or stdout.
STANDARD_STREAM = "-"
FILE_FORMATS = ("csv", "parquet")


def file_format(name: str) -> str | None:
    """By the end of the name; None where it says nothing."""
    lower = name.lower()
    if lower.endswith((".parquet", ".pq")):
        return "parquet"
    return "csv" if ".csv" in lower or ".tsv" in lower else None


def infer_columns(path: str) -> dict[str, str]:
    """Names and types from the beginning of a CSV file with a header."""
    from keboola_duckdb.csv_columns import SAMPLE_BYTES, infer_csv

    size = os.stat(path).st_size
    with Path(path).open("rb") as file:
        shape = infer_csv(file.read(SAMPLE_BYTES), is_complete=size <= SAMPLE_BYTES)
    return {column.name: column.type for column in shape.columns}


def chosen_paths(words: Sequence[str]) -> list[str]:
    """Paths as they are, patterns by what they match (for shells that do not expand them); each file once."""
    found: dict[str, None] = {}
    for word in words:
        matches = [word] if os.path.exists(word) else sorted(glob.glob(word, recursive=True))
        files = [match for match in matches if os.path.isfile(match)]
        if not files:
            raise UsageFailure(f"{word}: there is no such file.")
        found |= dict.fromkeys(files)
    return list(found)


def local_target(output: str) -> Any:
    """A path, or stdout for `-`."""
    return sys.stdout.buffer if output == STANDARD_STREAM else output


def local_source(file: str) -> Any:
    """A path, or stdin for `-`."""
    return sys.stdin.buffer if file == STANDARD_STREAM else file


def check_format(kind: str | None) -> None:
    """Of a file, not of what is printed."""
    if kind is not None and kind not in FILE_FORMATS:
        raise UsageFailure(f"There is no format '{kind}' for files: use csv or parquet.")
