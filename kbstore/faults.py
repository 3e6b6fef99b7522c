"""Named points at which a test makes the process die as if the machine had lost power."""

from __future__ import annotations

import os
import signal

FAULT_POINT_VARIABLE = "KBSTORE_FAULT_POINT"


def reach(point: str) -> None:
    """Kill this process with SIGKILL if the environment names this point, else do nothing.

    Every step of the publish protocol calls it, so a crash test can stop a real server between any two steps.
    """
    if os.environ.get(FAULT_POINT_VARIABLE) == point:
        os.kill(os.getpid(), signal.SIGKILL)
