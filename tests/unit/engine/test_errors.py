"""Errors of DuckDB and of the file system become ours, without paths or SQL."""

from __future__ import annotations

import errno

import duckdb
import pytest

from kbstore.errors import InvalidRequest, KbstoreError, Kind, NoSpace, OperationCancelled, ServiceUnavailable
from storage.engine.errors import clean_message, translate


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Conversion Error: Could not convert string 'abc' to INT32\n\nLINE 1: SELECT 'abc'::INT\n     ^",
         "Could not convert string 'abc' to INT32"),
        ('IO Error: Cannot open file "/srv/data/x.duckdb": No such file or directory',
         "Cannot open the file: No such file or directory"),
        ("Invalid Input Error: boom in /srv/kb/_staging/a1.duckdb now", "boom in the file now"),
        ("Out of Memory Error: failed\n\nPossible solutions:\n* Reducing the number of threads", "failed"),
        ("Conversion Error: Could not convert '1/2/2020' and '/x'", "Could not convert '1/2/2020' and '/x'"),
        ("Constraint Error: NOT NULL constraint failed: data.id", "NOT NULL constraint failed: data.id"),
    ],
)  # fmt: skip
def test_a_message_keeps_what_is_for_the_user(raw: str, clean: str) -> None:
    assert clean_message(raw) == clean


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_no_space(number: int) -> None:
    error = translate(OSError(number, "full", "/srv/data/x"))
    assert isinstance(error, NoSpace)
    assert "/srv" not in error.message


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (duckdb.IOException("Could not write file: No space left on device"), NoSpace),
        (duckdb.OutOfMemoryException("limit was set by the 'max_temp_directory_size' setting"), NoSpace),
        (duckdb.OutOfMemoryException("failed to allocate"), ServiceUnavailable),
        (duckdb.InterruptException("INTERRUPT Error: Interrupted!"), OperationCancelled),
        (duckdb.ConversionException("Conversion Error: x"), InvalidRequest),
    ],
)
def test_an_error_gets_the_class_of_its_meaning(raised: duckdb.Error, expected: type[KbstoreError]) -> None:
    assert isinstance(translate(raised), expected)


def test_a_failure_of_ours_says_nothing_of_the_inside() -> None:
    error = translate(duckdb.InternalException("INTERNAL Error: assertion in /build/duckdb.cpp"))
    assert (error.kind, error.code) == (Kind.INTERNAL, "internal_server_error")
    assert "duckdb" not in error.message
