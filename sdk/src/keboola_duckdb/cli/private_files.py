"""YAML files that only their owner can read, replaced in one step."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from keboola_duckdb.cli.failures import UsageFailure


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in the file; empty if there is none."""
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageFailure(f"{path} is not valid YAML: correct it or delete it.") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise UsageFailure(f"{path} does not hold a mapping: correct it or delete it.")
    return found


def write_yaml(path: Path, content: dict[str, Any]) -> None:
    """With mode 0600 from its first byte on; whoever reads meanwhile sees the old file or the new one."""
    import yaml

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp makes files with mode 0600.
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yaml.safe_dump(content, file, sort_keys=False, allow_unicode=True)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise
