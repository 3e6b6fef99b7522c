"""What is known of the last backup, in a small file of the data directory, for the console and the metrics."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings

_NAME = "last_backup.json"


def note_last_backup(facts: dict[str, Any]) -> None:
    """Whoever reads the file never reads half of it."""
    path = _path()
    draft = path.with_name(f"{_NAME}.{os.getpid()}")
    draft.write_text(json.dumps(facts, indent=1), encoding="utf-8")
    draft.replace(path)


def read_last_backup() -> dict[str, Any] | None:
    """`finished_at` (Unix time in seconds), `target`, `size_bytes`, `versions`, `files`; None before the first one."""
    try:
        facts = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) and isinstance(facts.get("finished_at"), int | float) else None


def _path() -> Path:
    return settings.DATA_DIR / _NAME
