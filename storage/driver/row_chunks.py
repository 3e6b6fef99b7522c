"""Rows on their way to a caller who takes them as they come, in chunks of at most 1 MiB."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from storage.driver.generated.kbstore.stream_pb2 import PreviewRows, Rows
from storage.driver.generated.table_pb2 import PreviewTableResponse

MAX_BYTES: Final = 1 << 20
#: What a row takes beside itself, at most.
_FRAME_BYTES: Final = 8

Send = Callable[[Rows], None]


def send_arrow(block: bytes, send: Send) -> None:
    """The next bytes of an Arrow IPC stream."""
    for start in range(0, len(block), MAX_BYTES):
        send(Rows(arrowIpc=block[start : start + MAX_BYTES]))


def send_preview(response: PreviewTableResponse, send: Send) -> None:
    """The rows of a preview; they leave the response. A row that is larger than a chunk has one for itself."""
    chunk, room = PreviewRows(), MAX_BYTES
    for row in response.rows:
        size = row.ByteSize() + _FRAME_BYTES
        if size > room and chunk.rows:
            send(Rows(preview=chunk))
            chunk, room = PreviewRows(), MAX_BYTES
        chunk.rows.append(row)
        room -= size
    if chunk.rows:
        send(Rows(preview=chunk))
    response.ClearField("rows")
