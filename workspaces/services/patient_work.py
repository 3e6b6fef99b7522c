"""Work in a workspace whose file another process may have at the moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings

from storage.engine.monitor import Monitor
from storage.engine.workspace_errors import WorkspaceBusy
from storage.engine.workspace_objects import WorkspaceChanging

_BUSY_SECONDS = 0.2
Result = TypeVar("Result")


def when_free(act: Callable[[], Result], monitor: Monitor) -> Result:
    """What `act` returns; again and again until no other process has the file, or LOCK_TIMEOUT is over.

    Raises WorkspaceBusy then, and at once where a session changes the same objects: it may do so for hours.
    """
    started = time.monotonic()
    while True:
        try:
            return act()
        except WorkspaceBusy as error:
            patience = 0.0 if isinstance(error, WorkspaceChanging) else settings.LOCK_TIMEOUT
            if time.monotonic() - started > patience:
                raise
            time.sleep(_BUSY_SECONDS)
            monitor.check()
