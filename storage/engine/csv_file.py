"""Getting at the bytes of an import file: compression, encoding, and what it is not."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from storage.engine.csv_dialect import Head
from storage.engine.monitor import Monitor
from storage.errors import ImportFailed

CHUNK_BYTES = 1 << 20
_HEAD_BYTES = 1 << 20
_GZIP, _ZSTD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
_BOM = b"\xef\xbb\xbf"
_FOREIGN_BOMS = (b"\xff\xfe", b"\xfe\xff")


def plain_file(path: Path, new_scratch: Callable[[], Path], monitor: Monitor) -> Path:
    """`path` itself, or a decompressed copy in scratch: by its first bytes, whatever its name.

    DuckDB would read a cut-off gzip file to the cut without a word, and checks no checksum; this does.
    Raises ImportFailed for broken compression, an empty file, and a Parquet file.
    """
    magic = _edges(path)
    if magic[:4] == _PARQUET and magic[-4:] == _PARQUET:
        raise ImportFailed("The file is a Parquet file, not CSV.")
    opener = _decompressor(magic)
    if opener is None:
        return path
    target = new_scratch()
    try:
        with opener(path) as source, target.open("wb") as sink:
            for chunk in chunks(source, monitor):
                sink.write(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile, pa.ArrowException) as error:
        raise ImportFailed("The compressed file is damaged or cut off.") from error
    except OSError as error:
        if error.errno is None:  # Arrow reports damage of a stream so, without a number
            raise ImportFailed("The compressed file is damaged or cut off.") from error
        raise
    return target


def _edges(path: Path) -> bytes:
    with path.open("rb") as file:
        first = file.read(4)
        file.seek(max(0, os.fstat(file.fileno()).st_size - 4))
        return first + file.read(4)


def _decompressor(magic: bytes) -> Callable[[Path], BinaryIO] | None:
    if magic.startswith(_GZIP):
        return lambda path: gzip.open(path, "rb")  # type: ignore[return-value]
    if magic.startswith(_ZSTD):
        return lambda path: pa.input_stream(str(path), compression="zstd")
    return None


def chunks(file: BinaryIO, monitor: Monitor) -> Iterator[bytes]:
    """The rest of the file in pieces of 1 MiB; a cancelled monitor ends it."""
    while chunk := file.read(CHUNK_BYTES):
        monitor.check()
        yield chunk


def read_head(path: Path) -> Head:
    """The first MiB as text. Raises ImportFailed for an empty file and for another encoding than UTF-8."""
    with path.open("rb") as file:
        data = file.read(_HEAD_BYTES)
    if data.startswith(_FOREIGN_BOMS):
        raise ImportFailed("The file is not UTF-8 encoded (it begins with a UTF-16 byte-order mark).")
    data = data.removeprefix(_BOM)
    if not data.strip(b"\r\n"):
        raise ImportFailed("The file is empty.")
    return Head(data.decode("utf-8", errors="replace"), complete=path.stat().st_size <= _HEAD_BYTES)


def holds_escape(path: Path, escape: str, quote: str, monitor: Monitor) -> bool:
    """Whether `escape` occurs right before itself or a quote anywhere: only then does it mean anything."""
    mark = escape.encode()
    meaningful = (mark + quote.encode(), mark * 2)
    before = b""
    with path.open("rb") as file:
        for chunk in chunks(file, monitor):
            if mark in chunk or before == mark:
                joined = before + chunk
                if any(pair in joined for pair in meaningful):
                    return True
            before = chunk[-1:]
    return False


def ends_blank(path: Path) -> bool:
    """Whether the last line is a blank one."""
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 4))
        return file.read().replace(b"\r\n", b"\n").endswith(b"\n\n")
