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
#: How many places a walker looks at for the beginning of a row.
_TRIES: Final = 4
_TRAILER: Final = -1
_INT16, _INT32 = struct.Struct(">h"), struct.Struct(">i")
#: Behind the data, so that whatever stands at its end can be read as a number.
PADDING: Final = bytes(16)


@dataclass(frozen=True, slots=True)
class Fields:
    """Whole rows of some data: where each field begins and its length, -1 for NULL, one line of a matrix per column."""

    starts: np.ndarray
    lengths: np.ndarray
    #: Behind the last whole row.
    end: int
    #: Whether the mark of the end stands there.
    is_ended: bool = False

    def __len__(self) -> int:
        return int(self.starts.shape[1])

    def slice(self, first: int, last: int, end: int) -> Fields:
        """Some of the rows, of which the last one ends at `end`."""
        return Fields(self.starts[:, first:last], self.lengths[:, first:last], end)


def _joined(parts: list[Fields]) -> Fields:
    if len(parts) == 1:
        return parts[0]
    starts = np.concatenate([part.starts for part in parts], axis=1)
    lengths = np.concatenate([part.lengths for part in parts], axis=1)
    return Fields(starts, lengths, parts[-1].end, parts[-1].is_ended)


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
    return _joined(found)


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
    all_starts, all_lengths = np.array(starts, np.int64).reshape(shape), np.array(lengths, np.int64).reshape(shape)
    return Fields(all_starts.T, all_lengths.T, position, is_ended)


def _walk_apart(data: bytes, start: int, count: int, row: int) -> Fields | None:
    """The rows that many walkers find together; None where there are too few of them."""
    sample = _walk_exactly(data, start, count, row, most=8)
    ground = _Ground(data, count)
    begins = _likely_rows(data, start, ground, sample) if len(sample) else ()
    if len(begins) < _LEAST_WALKERS:
        return None
    walk = _Walk(ground, np.array(begins, np.int64))
    while walk.step():
        pass
    return walk.result(data, row)


def _likely_rows(data: bytes, start: int, ground: _Ground, sample: Fields) -> list[int]:
    """Places spread over the data that look like the beginnings of rows; the first one is `start`."""
    rows = (ground.size - start) * len(sample) // (sample.end - start)
    walkers = min(_MOST_WALKERS, rows // _ROWS_PER_WALKER)
    if walkers < _LEAST_WALKERS:
        return []
    # A row begins with its number of fields and the length of the first: of a field that is short, as most are.
    first = int(sample.lengths[0, 0])
    is_alike = bool(np.all(sample.lengths[0] == first))
    pattern = _INT16.pack(ground.count) + (_INT32.pack(first) if is_alike else b"\0\0")
    step = (ground.size - start) // walkers
    ends = start + step * np.arange(2, walkers + 1)
    found, places = [start], ends - step
    for _ in range(_TRIES):
        pairs = zip(places.tolist(), ends.tolist(), strict=True)
        places = np.array([data.find(pattern, place, end) for place, end in pairs], np.int64)
        ends, places = ends[places >= 0], places[places >= 0]
        is_row = ground.look_like_rows(places)
        found += places[is_row].tolist()
        places, ends = places[~is_row] + 1, ends[~is_row]
    return sorted(found)


class _Ground:
    """The data that is walked on, with a number to be read at each place."""

    def __init__(self, data: bytes, count: int) -> None:
        self.count = count
        self.size = len(data) - len(PADDING)
        buffer = np.frombuffer(data, np.uint8)
        self.int16 = np.ndarray(len(buffer) - 1, ">i2", buffer.data, 0, (1,))
        # Turned around as a whole: that is quicker than for what is read of it.
        self._int32 = np.ndarray(len(buffer) - 3, ">i4", buffer.data, 0, (1,)).astype(np.int32)

    def rows_at(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Whether whole rows are there, where they end, and where their fields begin with which lengths."""
        is_row = self.int16[places] == self.count
        starts = np.empty((self.count, len(places)), np.int64)
        lengths = np.empty((self.count, len(places)), np.int64)
        at = places + 2
        for start, length in zip(starts, lengths, strict=True):
            length[:] = self._int32.take(at, mode="clip")
            np.add(at, 4, out=start)
            at = start + np.maximum(length, 0)
        is_row &= (lengths >= -1).all(axis=0) & (at <= self.size)
        return is_row, at, starts, lengths

    def look_like_rows(self, places: np.ndarray) -> np.ndarray:
        """Whether there are rows with something like another row behind them."""
        is_row, ends, _, _ = self.rows_at(places)
        after = self.int16[np.minimum(ends, self.size)]
        return is_row & ((after == self.count) | (ends >= self.size - 1) | (after == _TRAILER))


class _Walk:
    """All walkers, one row further with each step; each goes up to where the next one began."""

    def __init__(self, ground: _Ground, begins: np.ndarray) -> None:
        self._ground = ground
        self._begins = begins
        self._goals = np.append(begins[1:], ground.size)
        self._places = begins.copy()
        self._active = np.arange(len(begins))
        self._walkers: list[np.ndarray] = []
        self._starts: list[np.ndarray] = []
        self._lengths: list[np.ndarray] = []

    def step(self) -> bool:
        """Whether anyone goes on. Who meets what is no whole row stays before it."""
        is_row, ends, starts, lengths = self._ground.rows_at(self._places[self._active])
        going = self._active[is_row]
        self._walkers.append(going)
        self._starts.append(starts[:, is_row])
        self._lengths.append(lengths[:, is_row])
        self._places[going] = ends[is_row]
        self._active = going[self._places[going] < self._goals[going]]
        return len(self._active) > 0

    def result(self, data: bytes, row: int) -> Fields:
        """The rows from the first walker's on, as far as one leads to another. Raises CopyDataError."""
        walkers = np.concatenate(self._walkers)
        order = np.argsort(walkers, kind="stable")
        starts = np.concatenate(self._starts, axis=1).take(order, axis=1)
        lengths = np.concatenate(self._lengths, axis=1).take(order, axis=1)
        if np.array_equal(self._places[:-1], self._begins[1:]):
            return Fields(starts, lengths, int(self._places[-1]))
        return self._patched(data, row, Fields(starts, lengths, 0), np.bincount(walkers, minlength=len(self._begins)))

    def _patched(self, data: bytes, row: int, found: Fields, counts: np.ndarray) -> Fields:
        """Without the walkers that began where no row does: their way is gone once more, from where the one before
        has come to."""
        first_rows = np.concatenate([[0], np.cumsum(counts)])
        numbers = {begin: number for number, begin in enumerate(self._begins.tolist())}
        parts: list[Fields] = []
        rows, position = 0, int(self._begins[0])
        while True:
            number = numbers.get(position)
            if number is not None:
                part = found.slice(first_rows[number], first_rows[number + 1], int(self._places[number]))
            else:
                part = _up_to(numbers, _walk_exactly(data, position, self._ground.count, row + rows, most=64))
            if not len(part):
                break
            parts.append(part)
            rows, position = rows + len(part), part.end
        return _joined(parts)


def _up_to(numbers: dict[int, int], part: Fields) -> Fields:
    """The rows before the first one at which a walker has begun."""
    # A row has its number of fields and the length of the first one in front.
    for index, start in enumerate(part.starts[0, 1:].tolist(), start=1):
        if start - 6 in numbers:
            return part.slice(0, index, start - 6)
    return part
