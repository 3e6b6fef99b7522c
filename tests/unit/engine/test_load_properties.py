"""Random tables, dialects and modes against a plain-Python model of what a load means."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.engine import csv_repair
from storage.engine.csv_dialect import Dialect
from storage.engine.specs import CsvOptions, TableSpec
from storage.errors import DuplicateKey, ImportFailed
from tests.unit.engine.load_bench import TABLE, Bench, opened, table

Row = tuple[Any, ...]
MODES = ("update_duplicates", "insert_duplicates", "fail_on_duplicates")
SETTINGS = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)

SPICE = [
    "",
    "NULL",
    "\\N",
    '"',
    '""',
    "\\",
    '\\"',
    "\\\\",
    "a,b",
    "x;y",
    "p|q",
    "||",
    "\t",
    "\n",
    "\r\n",
    "'",
    "#",
    " ",
    "ž🐎",
]
texts = st.one_of(
    st.none(),
    st.lists(st.sampled_from([*SPICE, "a", "b", "1"]), max_size=4).map("".join),
    st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=8),
)
numbers = st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1))
small_keys = st.integers(0, 6)


@dataclass(frozen=True)
class Style:
    """How the test's own writer writes, which is more than one way for equal rows."""

    options: CsvOptions
    line_ends: tuple[str, ...]
    doubles: tuple[bool, ...]
    quotes_all: bool
    bom: bool


@st.composite
def styles(draw: st.DrawFn) -> Style:
    escape = draw(st.sampled_from(["\\", '"', "", "^"]))
    options = CsvOptions(
        delimiter=draw(st.sampled_from([",", ";", "\t", "|", "||", "<=>", "→"])),
        quote=draw(st.sampled_from(['"', "'"])),
        escape=escape,
        header=draw(st.booleans()),
        null_string=draw(st.sampled_from(["", "NULL", "\\N"])),
    )
    mixable = escape not in ("", '"')
    return Style(
        options=options,
        line_ends=tuple(draw(st.lists(st.sampled_from(["\n", "\r\n"]), min_size=1, max_size=3))),
        doubles=tuple(draw(st.lists(st.booleans(), min_size=1, max_size=3))) if mixable else (True,),
        quotes_all=draw(st.booleans()),
        bom=draw(st.booleans()),
    )


def written(style: Style, names: tuple[str, ...], rows: list[Row]) -> bytes:
    """The rows as CSV text, by a writer that knows nothing of DuckDB."""
    header = [names] if style.options.header else []
    text = ""
    for index, row in enumerate([*header, *rows]):
        fields = [field(style, value, index + place) for place, value in enumerate(row)]
        text += style.options.delimiter.join(fields) + style.line_ends[index % len(style.line_ends)]
    return (b"\xef\xbb\xbf" if style.bom else b"") + text.encode()


def field(style: Style, value: Any, turn: int) -> str:
    options = style.options
    if value is None:
        return options.null_string
    text = str(value)
    special = {*options.delimiter, *options.quote, "\n", "\r", " "}
    if not (style.quotes_all or text in ("", options.null_string) or special & set(text)):
        return text
    quote, escape = options.quote, options.escape
    own_escape = escape not in ("", quote)
    if own_escape:
        text = text.replace(escape, escape * 2)
    doubled = not own_escape or style.doubles[turn % len(style.doubles)]
    return quote + text.replace(quote, (quote if doubled else escape) + quote) + quote


def model(base: list[Row], rows: list[Row], *, key: tuple[int, ...], incremental: bool, mode: str) -> list[Row] | None:
    """The rows afterwards; None where the load has to be refused for its keys."""
    kept = list(base) if incremental else []
    if not key:
        return kept + rows
    found = {tuple(row[place] for place in key): row for row in kept}
    for row in rows:
        identity = tuple(row[place] for place in key)
        if mode != "update_duplicates" and identity in found:
            return None
        found[identity] = row
    return list(found.values())


def in_any_order(rows: list[Row]) -> list[str]:
    return sorted(map(repr, rows))


def prepared(bench: Bench, base: list[Row]) -> None:
    for row in base:
        bench.connection.execute(f"INSERT INTO {TABLE} VALUES (?, ?, ?)", row)


keyed_rows = st.lists(st.tuples(small_keys, numbers, texts), max_size=8)
free_rows = st.lists(st.tuples(numbers, numbers, texts), max_size=8)
SPECS: dict[tuple[int, ...], TableSpec] = {
    (): table("k INTEGER", "n INTEGER", "t VARCHAR"),
    (0,): table("k INTEGER", "n INTEGER", "t VARCHAR", key=("k",)),
    (0, 1): table("k INTEGER", "n INTEGER DEFAULT 7", "t VARCHAR", key=("k", "n")),
    (2,): table("k INTEGER", "n INTEGER", "t VARCHAR", key=("t",)),
}


@st.composite
def cases(draw: st.DrawFn) -> tuple[tuple[int, ...], list[Row], list[Row]]:
    key = draw(st.sampled_from(sorted(SPECS)))
    rows = draw(free_rows if not key else keyed_rows)
    base = draw(st.lists(st.tuples(small_keys, st.integers(0, 3), st.sampled_from("xyz")), max_size=5))
    if key:
        rows = [row for row in rows if all(row[place] is not None for place in key)]
        base = list({tuple(row[place] for place in key): row for row in base}.values())
    return key, base, rows


@SETTINGS
@given(case=cases(), style=styles(), incremental=st.booleans(), mode=st.sampled_from(MODES))
def test_a_load_does_what_the_model_does(
    case: tuple[tuple[int, ...], list[Row], list[Row]], style: Style, incremental: bool, mode: str
) -> None:
    key, base, rows = case
    expected = model(base, rows, key=key, incremental=incremental, mode=mode)
    with tempfile.TemporaryDirectory() as directory, opened(Path(directory), SPECS[key]) as bench:
        prepared(bench, base)
        content = written(style, ("k", "n", "t"), rows)
        if not content.strip(b"\xef\xbb\xbf\r\n"):
            return
        try:
            counts = bench.load(content, csv=style.options, incremental=incremental, dedup_mode=mode)
        except DuplicateKey:
            assert expected is None
            assert in_any_order(bench.rows()) == in_any_order(base if incremental else [])
            return
        assert expected is not None
        assert in_any_order(bench.rows()) == in_any_order(expected)
        assert counts.imported_rows == (len(expected) - len(base) if incremental else len(rows))
        assert bench.leftovers() == []


@SETTINGS
@given(
    rows=st.lists(st.tuples(numbers, texts, texts), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_detected_dialect_reads_what_was_written(rows: list[Row], delimiter: str, line_end: str) -> None:
    options = CsvOptions(delimiter=delimiter, escape='"')
    style = Style(options, (line_end,), (True,), quotes_all=False, bom=False)
    spec = table("number INTEGER", "one VARCHAR", "two VARCHAR")
    with tempfile.TemporaryDirectory() as directory, opened(Path(directory), spec) as bench:
        bench.load(written(style, spec.column_names, rows))
        assert bench.rows() == rows


@SETTINGS
@given(content=st.lists(st.sampled_from([b"1", b"x", b",", b'"', b"\n", b"\r\n", b"\\", b"\xff", b""]), max_size=30))
def test_any_bytes_are_loaded_or_refused_without_a_trace(content: list[bytes]) -> None:
    spec = table("k INTEGER", "t VARCHAR")
    with tempfile.TemporaryDirectory() as directory, opened(Path(directory), spec) as bench:
        bench.connection.execute(f"INSERT INTO {TABLE} VALUES (1, 'before')")
        try:
            counts = bench.load(b"k,t\n" + b"".join(content), incremental=True)
        except ImportFailed:
            assert bench.rows() == [(1, "before")]
        else:
            assert bench.count() == 1 + counts.imported_rows
        assert bench.leftovers() == []


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    pieces=st.lists(
        st.sampled_from([b'"', b",", b"\n", b"a", b"\\", b'\\"', b'""', b" ", b"\r\n", b'","']), max_size=16
    ),
    cut=st.integers(0, 30),
)
def test_the_swift_and_the_careful_rewriting_agree(pieces: list[bytes], cut: int) -> None:
    data = b"".join(pieces)
    swift, careful = csv_repair._Rewriter(Dialect(escape="\\")), csv_repair._Rewriter(Dialect(escape="\\"))
    careful._rewrite_regular = lambda data: None  # type: ignore[method-assign]
    results = [writer.feed(data[:cut]) + writer.feed(data[cut:]) + writer.finish() for writer in (swift, careful)]
    assert results[0] == results[1]
