"""s3fs, pyarrow and DuckDB's httpfs: files of data read and written in place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import duckdb_extension_httpfs
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest
import s3fs

from tests.clients.s3.conftest import REGION, Account

ROWS = 50_000
(EXTENSION,) = (Path(duckdb_extension_httpfs.__file__).parent / "extensions").rglob("httpfs.duckdb_extension")


@pytest.fixture
def files(account: Account) -> s3fs.S3FileSystem:
    s3fs.S3FileSystem.clear_instance_cache()
    return s3fs.S3FileSystem(
        key=account.access_key,
        secret=account.secret_key,
        endpoint_url=account.endpoint,
        client_kwargs={"region_name": REGION},
    )


@pytest.fixture
def arrow(account: Account) -> pyarrow.fs.S3FileSystem:
    return pyarrow.fs.S3FileSystem(
        access_key=account.access_key,
        secret_key=account.secret_key,
        endpoint_override=account.endpoint.removeprefix("http://"),
        scheme="http",
        region=REGION,
    )


@pytest.fixture(params=["root", "below"])
def duck(
    request: pytest.FixtureRequest, account: Account, account_below: Account
) -> Iterator[duckdb.DuckDBPyConnection]:
    chosen = account if request.param == "root" else account_below
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        connection.execute(f"LOAD '{EXTENSION}'")
        connection.execute(
            f"CREATE SECRET (TYPE s3, KEY_ID '{chosen.access_key}', SECRET '{chosen.secret_key}', REGION '{REGION}', "
            f"ENDPOINT '{chosen.endpoint.removeprefix('http://')}', URL_STYLE 'path', USE_SSL false)"
        )
        yield connection


def _table() -> pa.Table:
    return pa.table({"id": range(ROWS), "name": [f"name {number % 97}" for number in range(ROWS)]})


def test_s3fs_reads_writes_lists_and_removes(files: s3fs.S3FileSystem, account: Account) -> None:
    root = f"{account.bucket}/s3fs"
    with files.open(f"{root}/a b.txt", "wb") as target:
        target.write(b"one\ntwo\n")
    files.pipe(f"{root}/sub/large.bin", b"x" * (12 << 20))
    assert files.cat(f"{root}/a b.txt") == b"one\ntwo\n"
    assert sorted(files.ls(root)) == [f"{root}/a b.txt", f"{root}/sub"]
    assert files.info(f"{root}/sub/large.bin")["size"] == 12 << 20
    assert not files.exists(f"{root}/nothing")
    files.copy(f"{root}/a b.txt", f"{root}/copy.txt")
    assert files.find(root) == [f"{root}/a b.txt", f"{root}/copy.txt", f"{root}/sub/large.bin"]
    files.rm(root, recursive=True)
    files.invalidate_cache()
    assert files.find(root) == []


def test_pyarrow_writes_and_reads_parquet(arrow: pyarrow.fs.S3FileSystem, account: Account) -> None:
    path = f"{account.bucket}/arrow/part=1/data.parquet"
    arrow.create_dir(f"{account.bucket}/arrow/part=1")
    pq.write_table(_table(), path, filesystem=arrow)
    assert pq.read_table(path, filesystem=arrow, partitioning=None).equals(_table())
    found = arrow.get_file_info(pyarrow.fs.FileSelector(f"{account.bucket}/arrow", recursive=True))
    assert path in [each.path for each in found]
    assert arrow.get_file_info(f"{account.bucket}/arrow/none").type == pyarrow.fs.FileType.NotFound
    arrow.delete_dir(f"{account.bucket}/arrow")
    assert arrow.get_file_info(path).type == pyarrow.fs.FileType.NotFound


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_duckdb_writes_and_reads_by_glob(duck: duckdb.DuckDBPyConnection, account: Account, suffix: str) -> None:
    root = f"s3://{account.bucket}/duck+db {suffix}"
    for number in range(2):
        duck.execute(f"COPY (SELECT range AS id, {number} AS part FROM range({ROWS})) TO '{root}/{number}.{suffix}'")
    found = duck.execute(f"SELECT count(*), sum(id), count(DISTINCT part) FROM '{root}/*.{suffix}'").fetchone()
    assert found == (2 * ROWS, ROWS * (ROWS - 1), 2)
    with pytest.raises(duckdb.HTTPException, match="404"):
        duck.execute(f"SELECT * FROM '{root}/none.{suffix}'")
