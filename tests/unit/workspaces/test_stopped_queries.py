"""A query that was stopped ends with why, whatever the interrupt met."""

from __future__ import annotations

import pytest

from kbstore.errors import OperationCancelled
from storage.engine.native import ErrorKind, NativeError
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.services.sql_failure import failure_of
from workspaces.services.sql_session import translated


@pytest.mark.parametrize("sqlstate", ["57014", "25P02", "XX000"])
def test_the_reason_is_told_whatever_the_next_step_made_of_it(sqlstate: str) -> None:
    reason = OperationCancelled()
    assert failure_of(SqlFault(sqlstate, "stopped"), reason) is reason


def test_without_a_reason_the_fault_itself_is_told() -> None:
    assert failure_of(SqlFault("25P02", "aborted")).code == "query_failed"


def test_an_interrupt_of_a_statement_of_ours_is_a_cancel_too() -> None:
    with pytest.raises(SqlFault) as raised, translated():
        raise NativeError(ErrorKind.INTERRUPT, "Interrupted!")
    assert raised.value.sqlstate == "57014"
