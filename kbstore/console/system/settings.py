"""The settings in force: what each one is, where it comes from, what it means; secrets are never shown."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.response import TemplateResponse

from kbstore import env
from kbstore.console import formatting
from kbstore.console.site import console_page, framed
from kbstore.console.system.permission import SEE_SYSTEM

_ROW = re.compile(r"^\| `([A-Z0-9_]+)` \| (.*) \| (.*) \|$")
_MARKS = re.compile(r"[`*]|\[|\]\([^)]*\)")
_NO_SECTION = "Others"


@dataclass(frozen=True)
class Setting:
    """`source` is environment, file or default."""

    name: str
    value: str
    source: str
    default: str
    meaning: str


@console_page("system/settings/", name="system_settings", permission=SEE_SYSTEM)
def settings_page(request: HttpRequest) -> TemplateResponse:
    sections = settings_in_force()
    every = [setting for rows in sections.values() for setting in rows]
    changed = sum(setting.source != "default" for setting in every)
    return framed(
        request,
        "console/system/settings.html",
        title="Settings in force",
        sections=sections.items(),
        setting_count=len(every),
        changed_count=changed,
        problems=env.problems,
    )


def settings_in_force() -> dict[str, list[Setting]]:
    """All settings by the sections of their documentation."""
    documented = _documented()
    sections: dict[str, list[Setting]] = {section: [] for section, _, _ in documented.values()}
    for name, value in env.in_force.items():
        if name.endswith("_FILE") and name.removesuffix("_FILE") in env.secrets:
            continue  # told by the secret itself
        section, default, meaning = documented.get(name, (_NO_SECTION, "", ""))
        shown = Setting(name, _shown(name, value), _source(name), default or env.declared[name], meaning)
        sections.setdefault(section, []).append(shown)
    return {section: rows for section, rows in sections.items() if rows}


def _source(name: str) -> str:
    if os.environ.get(f"{name}_FILE", "").strip() and name in env.secrets:
        return "file"
    return "environment" if os.environ.get(name, "").strip() else "default"


def _shown(name: str, value: Any) -> str:
    if name in env.secrets:
        return "••••••••" if _is_set(name, value) else "not set"
    if isinstance(value, dict):
        # Options of a file storage: keys of a cloud among them.
        return ", ".join(f"{key} = {item if key == 'location' else '••••'}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value) or "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and "bytes" in _unit(name):
        return formatting.size(value)
    return "empty" if value in ("", None) else str(value)


def _is_set(name: str, value: Any) -> bool:
    return bool(value) or _source(name) == "file"


def _unit(name: str) -> str:
    return "bytes" if name.endswith(("_BYTES", "_MEMORY_LIMIT", "_TEMP_LIMIT", "_FILE_LIMIT", "_SPILL_LIMIT")) else ""


@cache
def _documented() -> dict[str, tuple[str, str, str]]:
    """Section, default and meaning of each setting in docs/settings.md; empty where the docs were not installed."""
    try:
        lines = (settings.BASE_DIR / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    section, found = _NO_SECTION, {}
    for line in lines:
        if line.startswith("## "):
            section = line[3:].strip()
        elif match := _ROW.match(line):
            name, default, meaning = match.groups()
            found[name] = (section, _MARKS.sub("", default), _MARKS.sub("", meaning))
    return found
