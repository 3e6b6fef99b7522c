"""Where the fields of a binary COPY are: each says how long it is, so that the next one can only be found from it.

Many walkers go through the data at once, each from a place that looks like the beginning of a row. A walker that comes
out exactly where the next one began shows that this was one.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

from workspaces.pgwire.values.copy_errors import BAD_FORMAT, CopyDataError

_MOST_WALKERS: Final = 1024
#: With fewer of them one after the other is as fast.
_LEAST_WALKERS: Final = 64
_ROWS_PER_WALKER: Final = 16
_TRAILER: Final = -1
_INT16, _INT32 = struct.Struct(">h"), struct.Struct(">i")
#: Behind the data, so that whatever stands at its end can be read as a number.
PADDING: Final = bytes(16)


@dataclass(frozen=True, slots=True)
class Fields:
    """Whole rows of some data: where each field begins and its length, -1 for NULL, one line of a matrix per row."""

    starts: np.ndarray
    lengths: np.ndarray
    #: Behind the last whole row.
    end: int
    #: Whether the mark of the end stands there.
    is_ended: bool = False

    def __len__(self) -> int:
        return len(self.starts)


def find_fields(data: bytes, start: int, *, count: int, first_row: int) -> Fields:
    """The whole rows of `count` fields from `start` on; `data` has PADDING behind it.

    Raises CopyDataError for a row that is none; `first_row` is the number of the first one.
    """
    found: list[Fields] = []
    rows, position = 0, start
    while True:
        part = _walk_apart(data, position, count, first_row + rows) or _walk_exactly(
            data, position, count, first_row + rows
        )
        found.append(part)
        rows, position = rows + len(part), part.end
        if part.is_ended or not len(part):
            break
    if len(found) == 1:
        return found[0]
    starts = np.concatenate([part.starts for part in found])
    lengths = np.concatenate([part.lengths for part in found])
    return Fields(starts, lengths, position, found[-1].is_ended)


def _walk_exactly(data: bytes, position: int, count: int, row: int, *, most: int = 4096) -> Fields:
    """Some rows, one after the other."""
    starts: list[int] = []
    lengths: list[int] = []
    size, rows, is_ended = len(data) - len(PADDING), 0, False
    int16, int32 = _INT16.unpack_from, _INT32.unpack_from
    while position + 2 <= size and rows < most:
        fields = int16(data, position)[0]
        if fields != count:
            is_ended = fields == _TRAILER
            if is_ended:
                break
            raise CopyDataError(
                BAD_FORMAT, f"row field count is {fields}, expected {count}", place=f"line {row + rows}"
            )
        at, row_starts, row_lengths = position + 2, [], []
        for _ in range(count):
            if at + 4 > size:
                break
            length = int32(data, at)[0]
            if length < -1:
                raise CopyDataError(BAD_FORMAT, "invalid field size", place=f"line {row + rows}")
            row_starts.append(at + 4)
            row_lengths.append(length)
            at += 4 + max(length, 0)
        if at > size or len(row_starts) < count:
            break
        starts += row_starts
        lengths += row_lengths
        position, rows = at, rows + 1
    shape = (rows, count)
    return Fields(
        np.array(starts, np.int64).reshape(shape), np.array(lengths, np.int32).reshape(shape), position, is_ended
    )


def _walk_apart(data: bytes, start: int, count: int, row: int) -> Fields | None:
    """All rows that many walkers find together; None where there are too few, or no rows to be sure of."""
    begins = _likely_rows(data, start, count, row)
    if len(begins) < _LEAST_WALKERS:
        return None
    walk = _Walk(data, begins, count)
    while walk.step():
        pass
    return walk.result()


def _likely_rows(data: bytes, start: int, count: int, row: int) -> np.ndarray:
    """Places spread over the data that look like the beginnings of rows; the first one is `start`."""
    sample = _walk_exactly(data, start, count, row, most=8)
    if not len(sample):
        return np.empty(0, np.int64)
    size = len(data) - len(PADDING)
    rows = (size - start) * len(sample) // (sample.end - start)
    walkers = min(_MOST_WALKERS, rows // _ROWS_PER_WALKER)
    if walkers < _LEAST_WALKERS:
        return np.empty(0, np.int64)
    # A row begins with its number of fields and the length of the first: of a field that is short, as most are.
    first = int(sample.lengths[0, 0])
    is_alike = bool(np.all(sample.lengths[:, 0] == first))
    pattern = _INT16.pack(count) + (_INT32.pack(first) if is_alike else b"\0\0")
    step = (size - start) // walkers
    found = (data.find(pattern, start + index * step, start + (index + 1) * step) for index in range(1, walkers))
    return np.array([start, *(place for place in found if place >= 0)], np.int64)


class _Walk:
    """All walkers, one row further with each step; each goes up to where the next one began."""

    def __init__(self, data: bytes, begins: np.ndarray, count: int) -> None:
        self._count = count
        self._size = len(data) - len(PADDING)
        buffer = np.frombuffer(data, np.uint8)
        self._int16 = np.ndarray(len(buffer) - 1, ">i2", buffer.data, 0, (1,))
        self._int32 = np.ndarray(len(buffer) - 3, ">i4", buffer.data, 0, (1,))
        self._begins = begins
        self._goals = np.append(begins[1:], self._size)
        self._places = begins.copy()
        self._stopped = np.zeros(len(begins), bool)
        self._active = np.arange(len(begins))
        self._walkers: list[np.ndarray] = []
        self._starts: list[np.ndarray] = []
        self._lengths: list[np.ndarray] = []

    def step(self) -> bool:
        """Whether anyone goes on. Who meets what is no whole row stays before it."""
        at = self._places[self._active]
        is_row = self._int16[at] == self._count
        starts = np.empty((len(at), self._count), np.int64)
        lengths = np.empty((len(at), self._count), np.int32)
        at = at + 2
        for field in range(self._count):
            length = self._int32[np.minimum(at, self._size)]
            starts[:, field] = at + 4
            lengths[:, field] = length
            is_row &= length >= -1
            at = at + 4 + np.maximum(length, 0)
        is_row &= at <= self._size
        self._stopped[self._active[~is_row]] = True
        going = self._active[is_row]
        self._walkers.append(going)
        self._starts.append(starts[is_row])
        self._lengths.append(lengths[is_row])
        self._places[going] = at[is_row]
        self._active = going[self._places[going] < self._goals[going]]
        return len(self._active) > 0

    def result(self) -> Fields | None:
        """The rows of the walkers whose beginnings are proven."""
        meets = (self._places[:-1] == self._begins[1:]) & ~self._stopped[:-1]
        proven = len(meets) if meets.all() else int(np.argmin(meets))
        walkers = np.concatenate(self._walkers)
        order = np.argsort(walkers, kind="stable")
        order = order[: int(np.count_nonzero(walkers <= proven))]
        if not len(order):
            return None
        starts, lengths = np.concatenate(self._starts)[order], np.concatenate(self._lengths)[order]
        return Fields(starts, lengths, int(self._places[proven]))
