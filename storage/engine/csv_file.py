"""Getting at the bytes of an import file: compression, encoding, and what it is not."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from storage.engine.csv_dialect import Head
from storage.engine.monitor import Monitor
from storage.errors import ImportFailed, UnreadableFile

CHUNK_BYTES = 1 << 20
_HEAD_BYTES = 1 << 20
_BLOCK_BYTES, _PROBE_BYTES = 8 << 20, 16 << 10
#: Text unpacks to some ten times its size; a file that passes both of these is made to fill the disk.
_HARMLESS_BYTES = 256 << 20
_HARMLESS_RATIO = 200
_GZIP, _ZSTD, _PARQUET, _ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1", b"PK\x03\x04"
_BOM = b"\xef\xbb\xbf"
_FOREIGN_BOMS = (b"\xff\xfe", b"\xfe\xff")


def plain_file(path: Path, new_scratch: Callable[[], Path], monitor: Monitor) -> Path:
    """`path` itself, or a decompressed copy in scratch: by its first bytes, whatever its name.

    DuckDB would read a cut-off gzip file to the cut without a word, and checks no checksum; this does.
    Raises ImportFailed for broken compression, a file that unpacks to far more than its size, and a Parquet file.
    """
    magic = _edges(path)
    if magic[:4] == _PARQUET and magic[-4:] == _PARQUET:
        raise UnreadableFile("The file is a Parquet file, not CSV.")
    opener = _decompressor(magic)
    if opener is None:
        return path
    target = new_scratch()
    try:
        with opener(path) as source, target.open("wb") as sink:
            _copy_within_reason(source, sink, path.stat().st_size, monitor)
    except (EOFError, zlib.error, gzip.BadGzipFile, pa.ArrowException) as error:
        raise UnreadableFile("The compressed file is damaged or cut off.") from error
    except OSError as error:
        if error.errno is None:  # Arrow reports damage of a stream so, without a number
            raise UnreadableFile("The compressed file is damaged or cut off.") from error
        raise
    return target


def _copy_within_reason(source: BinaryIO, sink: BinaryIO, packed_bytes: int, monitor: Monitor) -> None:
    left = limit = max(_HARMLESS_BYTES, packed_bytes * _HARMLESS_RATIO)
    for chunk in chunks(source, monitor):
        left -= len(chunk)
        if left < 0:
            raise ImportFailed(
                f"The compressed file unpacks to more than {limit} bytes. Upload it uncompressed or in smaller parts.",
                details={"packed_bytes": packed_bytes, "max_unpacked_bytes": limit},
            )
        sink.write(chunk)


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


def read_head(path: Path, *, blank: bool = False) -> Head:
    """The first MiB as text. Raises ImportFailed for another encoding than UTF-8 and, unless `blank`, for no text."""
    with path.open("rb") as file:
        data = file.read(_HEAD_BYTES)
    return _head(data, complete=path.stat().st_size <= _HEAD_BYTES, blank=blank)


def read_unpacked_head(path: Path) -> Head:
    """The same of a file that may be compressed; no more than its beginning is unpacked."""
    opener = _decompressor(_edges(path))
    if opener is None:
        return read_head(path)
    data = b""
    try:
        with opener(path) as source:
            while len(data) <= _HEAD_BYTES and (block := source.read(_HEAD_BYTES)):
                data += block
    except (EOFError, zlib.error, OSError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise UnreadableFile("The compressed file is damaged or cut off.") from error
    return _head(data[:_HEAD_BYTES], complete=len(data) <= _HEAD_BYTES)


def is_packed(path: Path) -> bool:
    return _decompressor(_edges(path)) is not None


def is_parquet(path: Path) -> bool:
    """By its first and last bytes, whatever its name."""
    magic = _edges(path)
    return magic[:4] == _PARQUET and magic[-4:] == _PARQUET


def is_archive(path: Path) -> bool:
    """A ZIP archive, which workbooks of Excel are too."""
    return _edges(path).startswith(_ZIP)


def _head(data: bytes, *, complete: bool, blank: bool = False) -> Head:
    if data.startswith(_FOREIGN_BOMS):
        raise UnreadableFile("The file is not UTF-8 encoded (it begins with a UTF-16 byte-order mark).")
    data = data.removeprefix(_BOM)
    if not blank and not data.strip(b"\r\n"):
        raise UnreadableFile("The file is empty.")
    return Head(data.decode("utf-8", errors="replace"), complete=complete)


def holds_text(path: Path, text: str, monitor: Monitor) -> bool:
    """Whether one character occurs anywhere."""
    mark = text.encode()
    with path.open("rb") as file:
        return any(mark in chunk for chunk in chunks(file, monitor))


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


def longest_stretch(path: Path, line_end: str) -> int:
    """Bytes without a line end, in whole blocks of 8 MiB: more than 0 for every line over 16 MiB.

    It reads a trace of the file: the begin of a block nearly always holds a line end.
    """
    mark = line_end[-1].encode()
    longest = current = 0
    with path.open("rb", buffering=0) as file:
        for start in range(0, os.fstat(file.fileno()).st_size - _BLOCK_BYTES + 1, _BLOCK_BYTES):
            holds_end = any(mark in _read_at(file, start, size) for size in (_PROBE_BYTES, _BLOCK_BYTES))
            current = 0 if holds_end else current + _BLOCK_BYTES
            longest = max(longest, current)
    return longest


def _read_at(file: io.RawIOBase, start: int, size: int) -> bytes:
    return os.pread(file.fileno(), size, start)


def ends_blank(path: Path) -> bool:
    """Whether the last line is a blank one."""
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 4))
        return file.read().replace(b"\r\n", b"\n").endswith(b"\n\n")
