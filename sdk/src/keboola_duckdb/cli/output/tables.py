"""Tables: with rich on a terminal, in plain columns that nothing truncates anywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO


class Styled(str):
    """A cell that rich shows in a style, such as `bold red`; elsewhere it is its text."""

    style: str

    def __new__(cls, text: str, style: str) -> Styled:
        made = super().__new__(cls, text)
        made.style = style
        return made


def write_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[bool], to: TextIO, color: bool
) -> None:
    """Without headings, when all are empty, the first column names what the others say."""
    if to.isatty():
        _write_rich(headings, rows, right=right, to=to, color=color)
    else:
        _write_plain(headings, rows, right=right, to=to)


def write_line(cells: Sequence[str], *, to: TextIO, color: bool) -> None:
    """Cells with a space between them, each in its style."""
    if not (color and to.isatty()):
        to.write(" ".join(printable(cell) for cell in cells).rstrip() + "\n")
        return
    from rich.console import Console
    from rich.text import Text

    line = Text(" ").join(Text(printable(cell), style=getattr(cell, "style", "")) for cell in cells)
    Console(file=to, highlight=False, soft_wrap=True).print(line)


def _write_plain(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[bool], to: TextIO) -> None:
    lines = [[printable(cell) for cell in row] for row in rows]
    if any(headings):
        lines.insert(0, [printable(heading) for heading in headings])
    widths = [max((len(cell) for cell in cells), default=0) for cells in zip(*lines, strict=True)]
    for line in lines:
        cells = zip(line, widths, right, strict=True)
        padded = (cell.rjust(width) if to_right else cell.ljust(width) for cell, width, to_right in cells)
        to.write("  ".join(padded).rstrip() + "\n")


def _write_rich(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[bool], to: TextIO, color: bool
) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shape = box.SIMPLE_HEAD if any(headings) else None
    table = Table(
        box=shape,
        show_header=any(headings),
        header_style="bold cyan",
        show_edge=False,
        pad_edge=False,
        padding=(0, 1) if any(headings) else (0, 2, 0, 0),
        collapse_padding=any(headings),
    )
    for number, (heading, to_right) in enumerate(zip(headings, right, strict=True)):
        style = "bold" if number == 0 and not any(headings) else None
        table.add_column(
            Text(printable(heading)), justify="right" if to_right else "left", style=style, overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(printable(cell), style=getattr(cell, "style", "")) for cell in row))
    Console(file=to, no_color=not color, highlight=False).print(table)


def printable(text: str) -> str:
    """Control characters of data must not reach a terminal: they could move its cursor or worse."""
    if text.isprintable():
        return str(text)
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
