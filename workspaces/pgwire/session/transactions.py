"""BEGIN, COMMIT, ROLLBACK, savepoints and SET TRANSACTION as PostgreSQL answers them."""

from __future__ import annotations

from workspaces.pgwire.session.context import Block, Context, Savepoint, savepoint_index
from workspaces.pgwire.session.portal import Reply
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.sql import statement as words
from workspaces.sql.statement import Statement


def begin(context: Context, statement: Statement) -> Reply:
    block, modes = context.block, statement.detail
    assert isinstance(modes, words.Begin)  # noqa: S101 - by kind
    if block.is_explicit:
        context.output.notice("25001", "there is already a transaction in progress")
        return Reply(statement.tag)
    read_only = modes.read_only
    if read_only is None:
        read_only = context.settings.get("default_transaction_read_only") == "on"
    if block.is_implicit:
        # The statements of the same message before it belong to the block.
        block.is_implicit, block.is_explicit = False, True
    else:
        context.sql.begin(read_only=read_only)
        context.settings.begin()
        context.block = Block(is_explicit=True, read_only=read_only)
    _note_modes(context, read_only=read_only, isolation=modes.isolation)
    return Reply(statement.tag)


def commit(context: Context, statement: Statement) -> Reply:
    block, detail = context.block, statement.detail
    assert isinstance(detail, words.End)  # noqa: S101 - by kind
    isolation = context.settings.get("transaction_isolation")
    if not block.is_explicit:
        _check_chain(detail, "COMMIT")
        context.output.notice("25P01", "there is no transaction in progress")
        end_implicit(context)
        return Reply("COMMIT")
    if block.is_failed:
        _leave(context, is_kept=False)
        tag = "ROLLBACK"
    else:
        _leave(context, is_kept=True)
        tag = "COMMIT"
    _chain(context, detail, block, isolation)
    return Reply(tag)


def rollback(context: Context, statement: Statement) -> Reply:
    block, detail = context.block, statement.detail
    assert isinstance(detail, words.End)  # noqa: S101 - by kind
    isolation = context.settings.get("transaction_isolation")
    if not block.is_explicit:
        _check_chain(detail, "ROLLBACK")
        context.output.notice("25P01", "there is no transaction in progress")
        if block.is_implicit:
            undo_implicit(context)
        return Reply("ROLLBACK")
    _leave(context, is_kept=False)
    _chain(context, detail, block, isolation)
    return Reply("ROLLBACK")


def begin_implicit(context: Context) -> None:
    """For several statements that have to succeed together."""
    if not context.block.is_explicit and not context.block.is_implicit:
        read_only = context.settings.get("default_transaction_read_only") == "on"
        context.sql.begin(read_only=read_only)
        context.settings.begin()
        context.block = Block(is_implicit=True, read_only=read_only)


def needs_one(context: Context, statement: Statement) -> bool:
    """Whether a statement that stands alone has to run in a transaction: the engine knows read-only ones only."""
    return statement.writes and context.settings.get("default_transaction_read_only") == "on"


def end_implicit(context: Context) -> None:
    """Commit what `begin_implicit` began, if anything. Raises SqlFault; it is undone then."""
    if context.block.is_implicit:
        _leave(context, is_kept=True)


def undo_implicit(context: Context) -> None:
    if context.block.is_implicit:
        _leave(context, is_kept=False)


def fail(context: Context) -> None:
    """A statement has failed: a block fails with it, and what was implicit is undone."""
    if context.block.is_explicit:
        context.block.is_failed = True
    else:
        undo_implicit(context)


def savepoint(context: Context, statement: Statement) -> Reply:
    block = _block(context, "SAVEPOINT")
    assert isinstance(statement.detail, words.Savepoint)  # noqa: S101 - by kind
    portals = tuple(context.portals.values())
    block.savepoints.append(Savepoint(statement.detail.name, block.writes, context.settings.mark(), portals))
    return Reply("SAVEPOINT")


def release(context: Context, statement: Statement) -> Reply:
    block = _block(context, "RELEASE SAVEPOINT")
    assert isinstance(statement.detail, words.Savepoint)  # noqa: S101 - by kind
    del block.savepoints[savepoint_index(block, statement.detail.name) :]
    return Reply("RELEASE")


def rollback_to(context: Context, statement: Statement) -> Reply:
    """Succeeds where nothing has to be undone: the engine cannot undo a part of a transaction."""
    block = _block(context, "ROLLBACK TO SAVEPOINT")
    assert isinstance(statement.detail, words.Savepoint)  # noqa: S101 - by kind
    index = savepoint_index(block, statement.detail.name)
    point = block.savepoints[index]
    if block.writes != point.writes or (context.sql.is_aborted and block.writes):
        raise SqlFault(
            "0A000",
            f'ROLLBACK TO SAVEPOINT cannot undo changes made since "{point.name}"',
            detail="Savepoints are kept for reading only.",
            hint="Roll back the whole transaction.",
        )
    if context.sql.is_aborted:
        # Nothing was written, so only the snapshot is another one; open cursors have their rows already.
        context.sql.rollback()
        context.sql.begin(read_only=block.read_only)
    del block.savepoints[index + 1 :]
    block.is_failed = False
    _go_back(context, point)
    return Reply("ROLLBACK")


def set_transaction(context: Context, statement: Statement) -> Reply:
    modes = statement.detail
    assert isinstance(modes, words.SetTransaction)  # noqa: S101 - by kind
    if modes.is_session:
        if modes.isolation:
            context.settings.set("default_transaction_isolation", modes.isolation)
        if modes.read_only is not None:
            context.settings.set("default_transaction_read_only", "on" if modes.read_only else "off")
        return Reply("SET")
    if not context.block.is_explicit:
        context.output.notice("25P01", "SET TRANSACTION can only be used in transaction blocks")
        return Reply("SET")
    if modes.read_only is not None and modes.read_only != context.block.read_only and not context.block.writes:
        context.sql.rollback()
        context.sql.begin(read_only=modes.read_only)
        context.block.read_only = modes.read_only
    elif modes.read_only and context.block.writes:
        context.block.read_only = context.block.refuses_writes = True
    _note_modes(context, read_only=context.block.read_only, isolation=modes.isolation)
    return Reply("SET")


def lock(context: Context, statement: Statement) -> Reply:
    _block(context, "LOCK TABLE")
    return Reply("LOCK TABLE")


def _block(context: Context, verb: str) -> Block:
    if not context.block.is_explicit:
        raise SqlFault("25P01", f"{verb} can only be used in transaction blocks")
    return context.block


def _leave(context: Context, *, is_kept: bool) -> None:
    """End the transaction; whatever happens, none is open afterwards."""
    context.block = Block()
    try:
        if is_kept:
            _hold_cursors(context)
            context.end_portals()
            context.sql.commit()
        else:
            context.end_portals()
            context.sql.rollback()
    except SqlFault:
        context.settings.rollback()
        context.apply_settings()
        raise
    if is_kept:
        context.settings.commit()
    else:
        context.settings.rollback()
    context.apply_settings()


def _hold_cursors(context: Context) -> None:
    try:
        context.hold_cursors()
    except SqlFault:
        context.end_portals()
        context.sql.rollback()
        raise


def _go_back(context: Context, point: Savepoint) -> None:
    """Settings as they were, and no cursors that were opened since."""
    for name, portal in list(context.portals.items()):
        # The unnamed portal may be the one that runs this.
        if name and portal not in point.portals:
            context.portals.pop(name).close()
    context.settings.go_back(point.settings)
    context.apply_settings()


def _check_chain(detail: words.End, verb: str) -> None:
    if detail.chain:
        raise SqlFault("25P01", f"{verb} AND CHAIN can only be used in transaction blocks")


def _chain(context: Context, detail: words.End, before: Block, isolation: str | None) -> None:
    if detail.chain:
        context.sql.begin(read_only=before.read_only)
        context.settings.begin()
        context.block = Block(is_explicit=True, read_only=before.read_only)
        _note_modes(context, read_only=before.read_only, isolation=isolation)


def _note_modes(context: Context, *, read_only: bool, isolation: str | None) -> None:
    isolation = isolation or context.settings.get("default_transaction_isolation") or "read committed"
    if isolation == "snapshot":
        isolation = "repeatable read"
    context.settings.set("transaction_isolation", isolation, is_local=True)
    context.settings.set("transaction_read_only", "on" if read_only else "off", is_local=True)
