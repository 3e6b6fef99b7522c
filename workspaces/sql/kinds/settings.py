"""SET, RESET, SHOW and DISCARD in all their spellings."""

from __future__ import annotations

from workspaces.sql.kinds import building, transactions
from workspaces.sql.kinds.building import Inner
from workspaces.sql.kinds.queries import is_engine_list
from workspaces.sql.lexer import Token, TokenKind
from workspaces.sql.reading import Reader, comma_separated
from workspaces.sql.statement import Discard, Reset, Set, SetRole, Show, Statement, StatementKind

_SPACED_NAMES = {
    ("TIME", "ZONE"): "timezone",
    ("TRANSACTION", "ISOLATION", "LEVEL"): "transaction_isolation",
    ("SESSION", "AUTHORIZATION"): "session_authorization",
}


def set_(reader: Reader, inner: Inner) -> Statement:
    """Every statement that begins with SET."""
    reader.take()
    if reader.accept("SESSION", "CHARACTERISTICS", "AS", "TRANSACTION"):
        return transactions.set_transaction(reader, is_session=True)
    if reader.word == "TRANSACTION" and reader.word_at(1):
        reader.take()
        return transactions.set_transaction(reader, is_session=False)
    if reader.accept("CONSTRAINTS"):
        reader.rest()
        return building.made(reader, StatementKind.SET_CONSTRAINTS, "SET CONSTRAINTS")
    scope = _scope(reader)
    if reader.accept("SESSION", "AUTHORIZATION"):
        return _role(reader, is_authorization=True)
    if reader.word == "ROLE" and reader.text_at(1) not in ("=", "") and reader.word_at(1) != "TO":
        reader.take()
        return _role(reader, is_authorization=False)
    if reader.accept("VARIABLE"):
        return building.plain(reader, StatementKind.SET_VARIABLE, "SET")
    detail = _assignment(reader, is_local=scope == "LOCAL", is_global=scope == "GLOBAL")
    return building.made(reader, StatementKind.SET, "SET", detail=detail)


def reset(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    if reader.accept("ROLE"):
        return building.made(reader, StatementKind.SET_ROLE, "RESET", detail=SetRole(None))
    if reader.accept("VARIABLE"):
        return building.plain(reader, StatementKind.SET_VARIABLE, "RESET")
    if reader.accept("SESSION", "AUTHORIZATION"):
        return building.made(
            reader, StatementKind.SET_ROLE, "RESET", detail=SetRole(None, is_session_authorization=True)
        )
    detail = Reset(is_global=_scope(reader) == "GLOBAL", name=_setting_name(reader))
    return building.made(reader, StatementKind.RESET, "RESET", detail=detail)


def show(reader: Reader, inner: Inner) -> Statement:
    """SHOW: a setting, or one of DuckDB's lists and descriptions."""
    reader.take()
    tokens = tuple(reader.tokens)
    rest = [token.text if not token.is_name else token.value for token in tokens[1:]]
    if not reader.is_done and is_engine_list(reader, reader.index):
        detail = Show(" ".join(rest).lower(), is_engine_list=True)
    elif reader.token is not None and reader.token.is_name and reader.word not in ("SELECT", "FROM", "WITH", "VALUES"):
        detail = Show(_setting_name(reader))
        reader.expect_end()
    elif reader.is_done:
        raise reader.unexpected()
    else:
        detail = Show(" ".join(rest), is_engine_list=True)
    return Statement(StatementKind.SHOW, tokens, "SHOW", returns_rows=True, detail=detail)


def discard(reader: Reader, inner: Inner) -> Statement:
    reader.take()
    target = reader.accept_any("ALL", "PLANS", "SEQUENCES", "TEMP", "TEMPORARY")
    if not target:
        raise reader.unexpected()
    target = "TEMP" if target == "TEMPORARY" else target
    return building.made(reader, StatementKind.DISCARD, f"DISCARD {target}", detail=Discard(target.lower()))


def _role(reader: Reader, *, is_authorization: bool) -> Statement:
    token = reader.take()
    is_default = token.word in ("DEFAULT", "NONE")
    if not (token.is_name or token.is_string):
        reader.index -= 1
        raise reader.unexpected()
    role = None if is_default else token.text.lower() if token.word else token.value
    detail = SetRole(role, is_session_authorization=is_authorization)
    return building.made(reader, StatementKind.SET_ROLE, "SET", detail=detail)


def _scope(reader: Reader) -> str:
    """SESSION, LOCAL or GLOBAL where a name follows it; such a word alone is a setting's name."""
    follower = reader.tokens[reader.index + 1] if reader.index + 1 < len(reader.tokens) else None
    if follower is None or not follower.is_name or follower.word in ("TO", "AUTHORIZATION"):
        return ""
    return reader.accept_any("SESSION", "LOCAL", "GLOBAL")


def _setting_name(reader: Reader) -> str:
    for words, name in _SPACED_NAMES.items():
        if reader.accept(*words):
            return name
    return ".".join(reader.chain()).lower()


def _assignment(reader: Reader, *, is_local: bool, is_global: bool) -> Set:
    if reader.accept("TIME", "ZONE"):
        name, tokens = "timezone", reader.rest()
        if len(tokens) == 1 and tokens[0].word == "LOCAL":
            return Set(name, None, is_local=is_local)
    elif reader.accept("NAMES"):
        name, tokens = "client_encoding", reader.rest()
        if not tokens:
            return Set(name, None, is_local=is_local)
    elif reader.word == "SCHEMA" and reader.token and reader.text_at(1) != "=" and reader.word_at(1) != "TO":
        reader.take()
        name, tokens = "search_path", reader.rest()
    else:
        name = ".".join(reader.chain()).lower()
        if not reader.accept("TO"):
            reader.expect_text("=")
        tokens = reader.rest()
    if not tokens:
        raise reader.unexpected()
    if len(tokens) == 1 and tokens[0].word == "DEFAULT":
        return Set(name, None, is_local=is_local, is_global=is_global)
    values = tuple(_value(part) for part in comma_separated(tokens))
    return Set(name, values, is_local=is_local, is_global=is_global)


def _value(tokens: tuple[Token, ...]) -> str:
    """One value; an interval's unit and an expression are kept as written, for the setting itself to judge."""
    if len(tokens) == 1:
        token = tokens[0]
        return token.text.lower() if token.kind == TokenKind.WORD else token.value
    if len(tokens) == 2 and tokens[0].text in ("-", "+"):
        return tokens[0].text.replace("+", "") + tokens[1].text
    if len(tokens) > 1 and tokens[0].word == "INTERVAL" and tokens[1].is_string:
        return tokens[1].value
    return " ".join(token.text for token in tokens)
