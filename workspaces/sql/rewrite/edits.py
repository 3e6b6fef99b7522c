"""Edits of a text, and the way back from a place in the new text to the place in the user's."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Edit(NamedTuple):
    """Put `text` in the place of the characters from `start` to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule wants: edits that do not overlap, and statements to run first."""

    edits: tuple[Edit, ...] = ()
    before: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.edits or self.before)


NOTHING = Change()


class Layer:
    """One application of edits; knows where each character of its result came from."""

    def __init__(self, text: str, edits: Sequence[Edit]) -> None:
        ordered = sorted(edits, key=lambda edit: (edit.start, edit.end))
        pieces: list[str] = []
        self._starts: list[int] = []
        self._origins: list[tuple[int, bool]] = []
        length = position = 0
        for edit in ordered:
            for piece, origin, is_new in (
                (text[position : edit.start], position, False),
                (edit.text, edit.start, True),
            ):
                if piece:
                    self._starts.append(length)
                    self._origins.append((origin, is_new))
                    pieces.append(piece)
                    length += len(piece)
            position = edit.end
        self._starts.append(length)
        self._origins.append((position, False))
        pieces.append(text[position:])
        self.text = "".join(pieces)

    def origin(self, position: int) -> int:
        """The place in the text before the edits; all of a replacement comes from where it was put."""
        place = bisect_right(self._starts, max(position, 0)) - 1
        origin, is_new = self._origins[place]
        return origin if is_new else origin + position - self._starts[place]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The text for the engine; `before` are statements of ours to run first, in the same transaction."""

    text: str
    before: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = field(default=(), repr=False, compare=False)

    def original_position(self, position: int) -> int:
        """Offset in the user's text of an offset in ours, both in characters from 0."""
        for layer in reversed(self.layers):
            position = layer.origin(position)
        return position
