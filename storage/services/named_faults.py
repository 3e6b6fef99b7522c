"""Gives faults of the engine the name that the contract has for the operation they happened in (rest-core 2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kbstore.errors import KbstoreError, Kind
from storage.errors import OperationFailed


@contextmanager
def named_faults(verb_phrase: str, *, code: str, reason: str | None = None, **details: str) -> Iterator[None]:
    """Raise OperationFailed instead of a fault that has no code of its own; all other errors pass.

    `reason` replaces the fault's own message, for faults after the point where something did change.
    """
    try:
        yield
    except KbstoreError as error:
        if error.kind is not Kind.INTERNAL or error.code != KbstoreError.code:
            raise
        raise OperationFailed(verb_phrase, reason or error.message, code=code, details=details) from error
