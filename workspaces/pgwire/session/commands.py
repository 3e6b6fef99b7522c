"""Statements that the server answers by itself: SET, SHOW, DISCARD and what clients send beside queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from workspaces.pgwire.messages.faults import Severity
from workspaces.pgwire.session import cursors, transactions
from workspaces.pgwire.session.context import Context
from workspaces.pgwire.session.portal import Reply
from workspaces.pgwire.session.settings import SettingsStore, is_known
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.sql import statement as words
from workspaces.sql.setting_names import SettingGroup, setting_group
from workspaces.sql.statement import Definition, Statement, StatementKind

_MAIN: Final = frozenset({"main", "public"})
Command = Callable[[Context, Statement], Reply]
_SPELLED: Final = {"timezone": "TimeZone", "datestyle": "DateStyle", "intervalstyle": "IntervalStyle"}


def command_for(statement: Statement, settings: SettingsStore) -> Command | None:
    """None for a statement that the engine runs."""
    if statement.kind is StatementKind.SHOW:
        return _show if _is_setting(statement, settings) else None
    if statement.kind is StatementKind.CREATE and isinstance(statement.detail, Definition):
        return _create_extension if statement.detail.object_type == "EXTENSION" else None
    return _COMMANDS.get(statement.kind)


def shown_columns(statement: Statement) -> tuple[str, ...]:
    """The columns of a statement of `command_for`, before it is run."""
    if statement.kind is not StatementKind.SHOW or not isinstance(statement.detail, words.Show):
        return ()
    if statement.detail.name == "all":
        return ("name", "setting", "description")
    return (_SPELLED.get(statement.detail.name, statement.detail.name),)


def set_setting(context: Context, name: str, value: str, *, is_local: bool = False) -> None:
    """As SET does. Raises SqlFault."""
    group = setting_group(name)
    if group is None or group is SettingGroup.REFUSED:
        raise SqlFault("42704", f'unrecognized configuration parameter "{name}"')
    if group is SettingGroup.READ_ONLY:
        raise SqlFault("55P02", f'parameter "{name}" cannot be changed')
    if group is not SettingGroup.IGNORED:
        before = context.settings.get(name)
        context.settings.set(name, value, is_local=is_local)
        try:
            context.apply_settings()
        except SqlFault:
            if before is not None:
                context.settings.set(name, before, is_local=is_local)
            raise
    share_settings(context)


def share_settings(context: Context) -> None:
    """Let current_setting() see what is set now."""
    context.sql.tell_settings(dict(context.settings.all()))


def _set(context: Context, statement: Statement) -> Reply:
    detail = statement.detail
    assert isinstance(detail, words.Set)  # noqa: S101 - by kind
    if detail.is_local and not (context.block.is_explicit or context.block.is_implicit):
        context.output.notice("25P01", "SET LOCAL can only be used in transaction blocks")
        return Reply("SET")
    if detail.values is None:
        context.settings.reset(detail.name)
        context.apply_settings()
        share_settings(context)
    else:
        value = ", ".join(detail.values) if detail.name != "search_path" else _path_text(detail.values)
        set_setting(context, detail.name, value, is_local=detail.is_local)
    return Reply("SET")


def _path_text(names: tuple[str, ...]) -> str:
    """A value that was one string may hold a list itself."""
    if len(names) == 1 and "," in names[0]:
        return names[0]
    return ", ".join(name if name.isidentifier() and name == name.lower() else f'"{name}"' for name in names if name)


def _reset(context: Context, statement: Statement) -> Reply:
    detail = statement.detail
    assert isinstance(detail, words.Reset)  # noqa: S101 - by kind
    if detail.name == "all":
        context.settings.reset_all()
    else:
        context.settings.reset(detail.name)
    context.apply_settings()
    share_settings(context)
    return Reply("RESET")


def _is_setting(statement: Statement, settings: SettingsStore) -> bool:
    """A name with a dot may be a table's, unless the session has set it."""
    detail = statement.detail
    if not isinstance(detail, words.Show) or detail.is_engine_list:
        return False
    if setting_group(detail.name) is SettingGroup.CUSTOM:
        return settings.get(detail.name) is not None
    return detail.name == "all" or is_known(detail.name)


def _show(context: Context, statement: Statement) -> Reply:
    detail = statement.detail
    assert isinstance(detail, words.Show)  # noqa: S101 - by kind
    columns = shown_columns(statement)
    if detail.name == "all":
        return Reply("SHOW", columns, [(name, value, "") for name, value in context.settings.listed()])
    value = context.settings.get(detail.name)
    if value is None and setting_group(detail.name) is SettingGroup.CUSTOM:
        raise SqlFault("42704", f'unrecognized configuration parameter "{detail.name}"')
    return Reply("SHOW", columns, [(value or "",)])


def _discard(context: Context, statement: Statement) -> Reply:
    detail = statement.detail
    assert isinstance(detail, words.Discard)  # noqa: S101 - by kind
    if detail.target == "all":
        if context.block.is_explicit:
            raise SqlFault("25001", "DISCARD ALL cannot run inside a transaction block")
        context.close_portals()
        _forget_statements(context)
        context.settings.reset_all()
        context.apply_settings()
        share_settings(context)
    if detail.target in ("all", "temp"):
        context.sql.drop_temporary()
    return Reply(statement.tag)


def _deallocate(context: Context, statement: Statement) -> Reply:
    detail = statement.detail
    assert isinstance(detail, words.Deallocate)  # noqa: S101 - by kind
    if detail.name is None:
        _forget_statements(context)
    else:
        found = context.statements.pop(detail.name, None)
        if found is None:
            raise SqlFault("26000", f'prepared statement "{detail.name}" does not exist')
        found.close()
    return Reply(statement.tag)


def _forget_statements(context: Context) -> None:
    for name in [name for name in context.statements if name]:
        context.statements.pop(name).close()


def _set_role(context: Context, statement: Statement) -> Reply:
    detail = statement.detail
    assert isinstance(detail, words.SetRole)  # noqa: S101 - by kind
    if detail.role not in (None, context.client.user):
        raise SqlFault("42501", f'permission denied to set role "{detail.role}"')
    return Reply(statement.tag)


def _use(context: Context, statement: Statement) -> Reply:
    """The guard lets the workspace's own names through: its database, or a schema."""
    names = [token.value for token in statement.tokens[1:] if token.is_name]
    is_schema = len(names) > 1 or names[-1].lower() != context.sql.workspace.database.lower()
    if names[-1].lower() in _MAIN:
        set_setting(context, "search_path", "public")
    elif is_schema:
        context.sql.check_schema(names[-1])
        set_setting(context, "search_path", _path_text((names[-1],)))
    else:
        context.settings.reset("search_path")
        context.apply_settings()
        share_settings(context)
    return Reply("USE")


def _ignore(context: Context, statement: Statement) -> Reply:
    return Reply(statement.tag)


def _ignore_grant(context: Context, statement: Statement) -> Reply:
    context.output.notice("01000", f"{statement.tag} has no effect: a workspace has one user")
    return Reply(statement.tag)


def _create_extension(context: Context, statement: Statement) -> Reply:
    detail = statement.detail
    if isinstance(detail, Definition) and detail.if_exists:
        words_said = f'extension "{statement.targets[0][-1]}" already exists, skipping'
        context.output.notice("42710", words_said, severity=Severity.NOTICE)
    return Reply("CREATE EXTENSION")


def _not_yet(context: Context, statement: Statement) -> Reply:
    raise SqlFault("0A000", f"{statement.tag} is not supported")


_COMMANDS: Final[Mapping[StatementKind, Command]] = {
    StatementKind.BEGIN: transactions.begin,
    StatementKind.COMMIT: transactions.commit,
    StatementKind.ROLLBACK: transactions.rollback,
    StatementKind.SAVEPOINT: transactions.savepoint,
    StatementKind.RELEASE: transactions.release,
    StatementKind.ROLLBACK_TO: transactions.rollback_to,
    StatementKind.SET_TRANSACTION: transactions.set_transaction,
    StatementKind.LOCK: transactions.lock,
    StatementKind.SET: _set,
    StatementKind.RESET: _reset,
    StatementKind.SET_ROLE: _set_role,
    StatementKind.SET_CONSTRAINTS: _ignore,
    StatementKind.DISCARD: _discard,
    StatementKind.DEALLOCATE: _deallocate,
    StatementKind.UNLISTEN: _ignore,
    StatementKind.USE: _use,
    StatementKind.GRANT: _ignore_grant,
    StatementKind.REVOKE: _ignore_grant,
    StatementKind.CLOSE: cursors.close,
}
#: What ends a failed block, or goes on in it.
ALLOWED_WHEN_FAILED: Final = frozenset({StatementKind.COMMIT, StatementKind.ROLLBACK, StatementKind.ROLLBACK_TO})
