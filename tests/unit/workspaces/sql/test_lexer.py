"""Tokens: the kinds the engine knows, errors with places, and time that grows with the text."""

from __future__ import annotations

import time

import duckdb
import pytest

from workspaces.sql.errors import SqlError
from workspaces.sql.lexer import TokenKind, tokenize
from workspaces.sql.split import split


def texts(text: str) -> list[str]:
    return [token.text for token in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("'it''s'", "it's", TokenKind.STRING),
        (r"E'a\'b\n\x41\101\u0042\\'", "a'b\nAAB\\", TokenKind.ESCAPE),
        ("e''''", "'", TokenKind.ESCAPE),
        (r"U&'\0041\+000042'", "AB", TokenKind.UNICODE),
        ("x'0aff'", "0aff", TokenKind.BITS),
        ("b'01'", "01", TokenKind.BITS),
        ("N'text'", "text", TokenKind.NATIONAL),
        ("$$a'b$$", "a'b", TokenKind.DOLLAR),
        ("$tag$a$$b$tag$", "a$$b", TokenKind.DOLLAR),
        ('"a""b"', 'a"b', TokenKind.QUOTED),
        ('U&"a"', "a", TokenKind.UNICODE_NAME),
        ("žluťoučký$1", "žluťoučký$1", TokenKind.WORD),
        ("1_000.5e-3", "1_000.5e-3", TokenKind.NUMBER),
        (".5", ".5", TokenKind.NUMBER),
        ("$12", "$12", TokenKind.PARAMETER),
        ("$name", "$name", TokenKind.PARAMETER),
        ("?", "?", TokenKind.PARAMETER),
        ("::", "::", TokenKind.CAST),
        ("->>", "->>", TokenKind.OPERATOR),
        ("!~*", "!~*", TokenKind.OPERATOR),
    ],
)
def test_one_token_and_its_value(text: str, value: str, kind: TokenKind) -> None:
    (token,) = tokenize(text)
    assert (token.value, token.kind, token.start, token.end) == (value, kind, 0, len(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/* x /* y */ z */b", ["a", "b"]),
        ("a -- b\rc -- d\n e", ["a", "c", "e"]),
        ("a+--b\n1", ["a", "+", "1"]),
        ("a*/*x*/b", ["a", "*", "b"]),
        ("a*-1", ["a", "*", "-", "1"]),
        ("a@-1", ["a", "@-", "1"]),
        ("1from t", ["1", "from", "t"]),
        ("1e'x'", ["1", "e'x'"]),
        ("name_e'x'", ["name_e", "'x'"]),
        ("a$b$c", ["a$b$c"]),
        ("#1, x:=2, y: 3", ["#", "1", ",", "x", ":=", "2", ",", "y", ":", "3"]),
        ("a[1:2], {'k': v}", ["a", "[", "1", ":", "2", "]", ",", "{", "'k'", ":", "v", "}"]),
        ("read_csv\u00a0(\u2003'x'\ufeff)", ["read_csv", "(", "'x'", ")"]),
        ("'a' /* ; */ ; b", ["'a'", ";", "b"]),
        ("1.5.x", ["1.5", ".", "x"]),
        ("a=?", ["a", "=", "?"]),
    ],
)
def test_where_tokens_end(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("SELECT 'abc", 7),
        ("SELECT 'abc''", 7),
        ('SELECT "abc', 7),
        ("SELECT 1 /* /* */", 9),
        ("SELECT $a$ b $b$", 7),
        (r"SELECT E'a\'", 7),
        ("SELECT 1 \\ 2", 9),
        ("SELECT a\x00", 8),
    ],
)
def test_what_is_never_closed_is_an_error_with_its_place(text: str, position: int) -> None:
    with pytest.raises(SqlError) as caught:
        tokenize(text)
    assert caught.value.sqlstate in ("42601", "22021")
    assert caught.value.position == position


@pytest.mark.parametrize(
    "text",
    ["'" * 99_999, "$a" * 50_000, "/*" * 50_000, "e'\\" * 30_000, '"' * 99_999, "(" * 99_999, "+" * 99_999,
     "$" * 99_999, "$a$" * 33_333, "-" * 99_999, "~-" * 50_000,
     "1." * 50_000, "/* */" * 20_000, "a." * 50_000, "''" * 50_000],
)  # fmt: skip
def test_no_text_takes_more_than_its_length(text: str) -> None:
    begin = time.process_time()
    try:
        tokenize(text)
    except SqlError:
        pass
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a.b, 'x''y', \"q\"\"r\", $$d$$ FROM t WHERE x >= 1 AND y::int = $1 -- end",
        "SELECT /* a /* b */ c */ E'\\'', 1.5e3, [1, 2], {'a': 1}, a->>'b', x'0a', é FROM (SELECT 1)",
        "FROM t SELECT * EXCLUDE (a) ORDER BY ALL",
    ],
)
def test_the_engine_sees_the_same_beginnings(text: str) -> None:
    """The engine's own tokenizer tells where tokens begin, in bytes, without all of its punctuation."""
    ours = {len(text[: token.start].encode()) for token in tokenize(text)}
    theirs = {start for start, kind in duckdb.tokenize(text) if "comment" not in str(kind)}
    assert theirs <= ours


def test_statements_keep_their_places() -> None:
    text = "; SELECT ';' ;; /* ; */ SELECT 2 -- ;\n ; $$;$$ ;"
    pieces = split(text)
    assert [piece.text for piece in pieces] == ["SELECT ';'", "SELECT 2", "$$;$$"]
    assert all(text[piece.start : piece.end] == piece.text for piece in pieces)
    assert pieces[1].tokens[0].start == pieces[1].start


@pytest.mark.parametrize("text", ["", " \n\t", ";", "-- x", "/* /* */ */ ;;"])
def test_empty_texts_have_no_statements(text: str) -> None:
    assert split(text) == []
