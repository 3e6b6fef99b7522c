"""The allow-list of kinds of statements: each kind that may run, the words for those that may not."""

from __future__ import annotations

from collections.abc import Callable

from workspaces.sql.setting_names import SettingGroup, setting_group
from workspaces.sql.statement import (
    Copy,
    Definition,
    Explain,
    Pragma,
    Reset,
    Set,
    SetTransaction,
    Statement,
    StatementKind,
)

Denial = tuple[str, str]

_FREE = frozenset({
    StatementKind.INSERT, StatementKind.UPDATE, StatementKind.DELETE, StatementKind.MERGE, StatementKind.TRUNCATE,
    StatementKind.BEGIN, StatementKind.COMMIT, StatementKind.ROLLBACK, StatementKind.SAVEPOINT, StatementKind.RELEASE,
    StatementKind.ROLLBACK_TO, StatementKind.SET_CONSTRAINTS, StatementKind.SET_VARIABLE, StatementKind.SET_ROLE,
    StatementKind.SHOW, StatementKind.DISCARD, StatementKind.EXECUTE, StatementKind.DEALLOCATE, StatementKind.FETCH,
    StatementKind.MOVE, StatementKind.CLOSE, StatementKind.UNLISTEN, StatementKind.LOCK, StatementKind.VACUUM,
    StatementKind.ANALYZE, StatementKind.GRANT, StatementKind.REVOKE,
})  # fmt: skip
_NOT_ALLOWED = frozenset({
    StatementKind.ATTACH, StatementKind.DETACH, StatementKind.EXPORT, StatementKind.IMPORT, StatementKind.INSTALL,
    StatementKind.LOAD, StatementKind.UPDATE_EXTENSIONS, StatementKind.COPY_DATABASE,
})  # fmt: skip
_CHANGES = frozenset({StatementKind.INSERT, StatementKind.UPDATE, StatementKind.DELETE, StatementKind.MERGE})
_QUERIES = frozenset({StatementKind.SELECT}) | _CHANGES
_EXPLAINED = _QUERIES | {
    StatementKind.CREATE_TABLE_AS, StatementKind.CREATE, StatementKind.EXPLAIN, StatementKind.DECLARE,
    StatementKind.EXECUTE,
}  # fmt: skip
_INNER_KINDS = {
    StatementKind.EXPLAIN: _EXPLAINED,
    StatementKind.PREPARE: _QUERIES | {StatementKind.CREATE_TABLE_AS},
    StatementKind.DECLARE: frozenset({StatementKind.SELECT}),
    StatementKind.COPY: _QUERIES,
    StatementKind.CREATE_TABLE_AS: frozenset({StatementKind.SELECT, StatementKind.SHOW}),
    StatementKind.CREATE: frozenset({StatementKind.SELECT}),
}
_OBJECT_TYPES = frozenset({
    "TABLE", "VIEW", "SCHEMA", "INDEX", "SEQUENCE", "TYPE", "MACRO", "FUNCTION", "MACRO TABLE", "COLUMN",
})  # fmt: skip
_FORBIDDEN_TYPES = frozenset({"SECRET", "DATABASE", "SYSTEM", "TABLESPACE", "SERVER", "FOREIGN DATA"})
_EXTENSIONS = frozenset({"plpgsql", "uuid-ossp"})
_PRAGMAS = frozenset({
    "table_info", "show", "version", "storage_info", "show_tables", "platform", "user_agent", "collations",
})  # fmt: skip
_CALLS = frozenset({"range", "generate_series", "unnest", "repeat", "repeat_row"})


def denied_statement(statement: Statement, *, own_catalogs: frozenset[str]) -> Denial | None:
    """(SQLSTATE, message) if no user may run a statement of this kind; looks into EXPLAIN, PREPARE and the like."""
    rule = _RULES.get(statement.kind)
    if statement.kind == StatementKind.USE:
        denial = _use(statement, own_catalogs)
    elif rule is not None:
        denial = rule(statement)
    elif statement.kind in _FREE:
        denial = None
    elif statement.kind in _NOT_ALLOWED:
        denial = "42501", f"permission denied: {_verb(statement)} is not allowed"
    elif statement.kind == StatementKind.UNKNOWN:
        denial = "42601", f'syntax error at or near "{statement.tokens[0].text}"'
    else:
        denial = "0A000", f"{_verb(statement)} is not supported"
    if denial is None and statement.inner is not None:
        return _inner(statement, statement.inner, own_catalogs)
    return denial


def _inner(outer: Statement, inner: Statement, own_catalogs: frozenset[str]) -> Denial | None:
    if inner.kind not in _INNER_KINDS.get(outer.kind, frozenset()):
        return denied_statement(inner, own_catalogs=own_catalogs) or (
            "42601",
            f'syntax error at or near "{inner.tokens[0].text}"',
        )
    return denied_statement(inner, own_catalogs=own_catalogs)


def _verb(statement: Statement) -> str:
    return {
        StatementKind.LISTEN: "LISTEN/NOTIFY",
        StatementKind.NOTIFY: "LISTEN/NOTIFY",
        StatementKind.COPY_DATABASE: "COPY FROM DATABASE",
    }.get(statement.kind, statement.tag or statement.kind.value)


def _select(statement: Statement) -> Denial | None:
    if statement.writes:
        return "0A000", "data-modifying statements in WITH are not supported"
    return None


def _define(statement: Statement) -> Denial | None:
    detail = statement.detail
    if not isinstance(detail, Definition) or detail.object_type in _FORBIDDEN_TYPES:
        return "42501", f"permission denied: {statement.tag} is not allowed"
    if detail.object_type == "EXTENSION" and statement.kind == StatementKind.CREATE:
        known = statement.targets and statement.targets[0][-1].lower() in _EXTENSIONS
        return None if known else ("0A000", "extensions cannot be created")
    if detail.object_type not in _OBJECT_TYPES:
        return "0A000", f"{statement.tag} is not supported"
    if detail.object_type == "FUNCTION" and any(token.word in ("LANGUAGE", "RETURNS") for token in statement.tokens):
        return "0A000", "CREATE FUNCTION supports macros only: CREATE FUNCTION f(a) AS a + 1"
    return None if statement.targets else ("42601", "syntax error: the name of an object is missing")


def _copy(statement: Statement) -> Denial | None:
    if not isinstance(statement.detail, Copy) or statement.detail.file is not None:
        return "42501", "permission denied: COPY to or from a file or program is not allowed; use STDIN and STDOUT"
    return None


def _set(statement: Statement) -> Denial | None:
    if not isinstance(statement.detail, Set | Reset):
        return "42501", "permission denied to set parameter"
    name = statement.detail.name
    if name == "all" and isinstance(statement.detail, Reset):
        return None
    group = setting_group(name)
    if statement.detail.is_global or group == SettingGroup.REFUSED or name.startswith("kb.internal"):
        return "42501", f'permission denied to set parameter "{name}"'
    if group is None:
        return "42704", f'unrecognized configuration parameter "{name}"'
    if group == SettingGroup.READ_ONLY:
        return "55P02", f'parameter "{name}" cannot be changed'
    return None


def _set_transaction(statement: Statement) -> Denial | None:
    if isinstance(statement.detail, SetTransaction) and statement.detail.snapshot is not None:
        return "0A000", "SET TRANSACTION SNAPSHOT is not supported"
    return None


def _pragma(statement: Statement) -> Denial | None:
    detail = statement.detail
    if not isinstance(detail, Pragma) or detail.is_assignment or detail.name not in _PRAGMAS:
        name = detail.name if isinstance(detail, Pragma) else ""
        return "42501", f"permission denied: PRAGMA {name} is not allowed"
    return None if all(_is_own_name(token.value) for token in statement.tokens[2:] if token.is_string) else (
        "3D000", "a PRAGMA takes a table of the workspace, without a database"
    )  # fmt: skip


def _is_own_name(text: str) -> bool:
    """Whether a name in a string has no catalog, so that it cannot reach into another one."""
    return text.count(".") < 2 and not text.lower().replace('"', "").startswith(
        ("_v_", "project.", "kb.", "kb_catalogs.", "memory.", "system.", "temp.")
    )


def _call(statement: Statement) -> Denial | None:
    if isinstance(statement.detail, Pragma) and statement.detail.name in _CALLS:
        return None
    return "0A000", "CALL of procedures is not supported"


def _checkpoint(statement: Statement) -> Denial | None:
    if len(statement.tokens) == 1 and statement.tokens[0].word == "CHECKPOINT":
        return None
    return "42501", "permission denied: only CHECKPOINT without a name is allowed"


def _use(statement: Statement, own_catalogs: frozenset[str]) -> Denial | None:
    names = [token.value.lower() for token in statement.tokens[1:] if token.is_name]
    is_name = bool(names) and all(token.is_name or token.text == "." for token in statement.tokens[1:])
    is_own = len(names) == 1 or (len(names) == 2 and names[0] in own_catalogs)
    if is_name and is_own and (names[-1] in own_catalogs or _is_own_name(f"{names[-1]}.")):
        return None
    return "42501", "permission denied: USE of another database is not allowed; SET search_path instead"


def _explain(statement: Statement) -> Denial | None:
    return None if isinstance(statement.detail, Explain) else ("42601", "syntax error in EXPLAIN")


def _allow(statement: Statement) -> Denial | None:
    return None


_RULES: dict[StatementKind, Callable[[Statement], Denial | None]] = {
    StatementKind.SELECT: _select,
    StatementKind.CREATE: _define,
    StatementKind.CREATE_TABLE_AS: _define,
    StatementKind.DROP: _define,
    StatementKind.ALTER: _define,
    StatementKind.COMMENT: _define,
    StatementKind.COPY: _copy,
    StatementKind.SET: _set,
    StatementKind.RESET: _set,
    StatementKind.SET_TRANSACTION: _set_transaction,
    StatementKind.PRAGMA: _pragma,
    StatementKind.CALL: _call,
    StatementKind.CHECKPOINT: _checkpoint,
    StatementKind.EXPLAIN: _explain,
    StatementKind.PREPARE: _allow,
    StatementKind.DECLARE: _allow,
}
