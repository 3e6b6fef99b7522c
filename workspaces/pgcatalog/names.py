"""Where the emulated catalogs lie inside the instance, and which names lead there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

#: A database of their own in the memory of the instance: a transaction sees it if it is made while that goes on, too.
CATALOGS = "kb_catalogs"
PG_SCHEMA, INFORMATION_SCHEMA_SCHEMA = f"{CATALOGS}.kb_pg", f"{CATALOGS}.kb_info"
#: Variables of a connection by which its session tells the catalogs of itself: a map of settings with names in lower
#: case, the schemas in which names are looked up, the number under which it can be cancelled.
SETTINGS_VARIABLE, PATH_VARIABLE, PROCESS_VARIABLE = "kb_settings", "kb_search_path", "kb_process_id"
#: Functions that take the place of words the engine would answer itself: `current_user`, `user`, ... It lies in the
#: search path of every session.
NAMES_SCHEMA = "memory.kb_names"
SQL_DIR = Path(__file__).with_name("sql")
_MACRO = re.compile(r"CREATE MACRO \$pg\.(\w+)\(")


@cache
def function_names() -> frozenset[str]:
    """Lower-case names of the functions that this catalog answers in the engine's place."""
    found = {name for path in SQL_DIR.glob("*.sql") for name in _MACRO.findall(path.read_text(encoding="utf-8"))}
    return frozenset(name for name in found if not name.startswith("kb_"))
