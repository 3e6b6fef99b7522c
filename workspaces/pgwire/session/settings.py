"""The settings of one session as PostgreSQL keeps them: undone by ROLLBACK, LOCAL to a block, back by RESET."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from workspaces.pgwire.session.output import MESSAGE_LEVELS
from workspaces.pgwire.sqlstate import SqlFault
from workspaces.sql.setting_names import SettingGroup, setting_group
from workspaces.sql.setting_values import USUAL_VALUES

DIALECT: Final = "kb.dialect"
_USUAL: Final[Mapping[str, str]] = {
    "application_name": "",
    "backslash_quote": "safe_encoding",
    "block_size": "8192",
    "bytea_output": "hex",
    "client_encoding": "UTF8",
    "client_min_messages": "notice",
    "data_checksums": "off",
    "datestyle": "ISO, MDY",
    "default_tablespace": "",
    "default_transaction_deferrable": "off",
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "escape_string_warning": "on",
    "extra_float_digits": "1",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "in_hot_standby": "off",
    "integer_datetimes": "on",
    "intervalstyle": "postgres",
    "is_superuser": "off",
    "jit": "off",
    DIALECT: "duckdb",
    "lc_collate": "C.UTF-8",
    "lc_ctype": "C.UTF-8",
    "lc_messages": "C.UTF-8",
    "lc_monetary": "C.UTF-8",
    "lc_numeric": "C.UTF-8",
    "lc_time": "C.UTF-8",
    "lock_timeout": "0",
    "max_connections": "100",
    "max_identifier_length": "63",
    "max_index_keys": "32",
    "port": "5432",
    "row_security": "on",
    "search_path": '"$user", public',
    "segment_size": "1GB",
    "server_encoding": "UTF8",
    "server_version_num": "150000",
    "ssl": "on",
    "standard_conforming_strings": "on",
    "statement_timeout": "0",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "transaction_deferrable": "off",
    "transaction_isolation": "read committed",
    "transaction_read_only": "off",
    "transaction_timeout": "0",
    "wal_level": "replica",
    "work_mem": "4MB",
    "xmloption": "content",
}
#: The spelling of those that clients are told of.
REPORTED: Final[Mapping[str, str]] = {
    "timezone": "TimeZone",
    "datestyle": "DateStyle",
    "intervalstyle": "IntervalStyle",
    "application_name": "application_name",
    "client_encoding": "client_encoding",
    "standard_conforming_strings": "standard_conforming_strings",
    "default_transaction_read_only": "default_transaction_read_only",
}
#: Settings of a connection in the engine.
#: Settings of a connection in the engine: as they are, and as they are where the dialect is PostgreSQL's.
ENGINE_SETTINGS: Final[Mapping[str, tuple[str, str]]] = {
    "timezone": ("UTC", "UTC"),
    "calendar": ("gregorian", "gregorian"),
    "integer_division": ("false", "true"),
    "default_null_order": ("nulls_last", "nulls_last_on_asc_first_on_desc"),
}
_SWITCHES: Final = frozenset({
    "default_transaction_read_only", "transaction_read_only", "default_transaction_deferrable",
    "transaction_deferrable", "standard_conforming_strings", "jit", "row_security",
})  # fmt: skip
_TRUE, _FALSE = frozenset({"on", "true", "yes", "1", "t", "y"}), frozenset({"off", "false", "no", "0", "f", "n"})
_DURATION = re.compile(r"(-?\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?$")
_UNITS: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0, "min": 60_000.0, "h": 3_600_000.0, "d": 86_400_000.0}
_TIMEOUTS: Final = frozenset({
    "statement_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout", "transaction_timeout",
    "lock_timeout",
})  # fmt: skip
_ENCODINGS: Final = {"utf8": "UTF8", "utf-8": "UTF8", "unicode": "UTF8", "sql_ascii": "SQL_ASCII"}
#: Settings of a few values: how each may be written, and how it is shown.
_CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "client_encoding": _ENCODINGS,
    "client_min_messages": {level: level for level in MESSAGE_LEVELS},
    "intervalstyle": {"postgres": "postgres", "iso_8601": "iso_8601"},
    DIALECT: {"duckdb": "duckdb", "postgres": "postgres"},
}
_ISOLATIONS: Final = ("read uncommitted", "read committed", "repeatable read", "serializable")


@dataclass(frozen=True)
class SettingsMark:
    """All settings as they were at one moment."""

    session: Mapping[str, str]
    local: Mapping[str, str]


class SettingsStore:
    """Names in any case; values as SHOW gives them."""

    def __init__(self, fixed: Mapping[str, str]) -> None:
        """`fixed` are those that only this session has, such as its version."""
        self._start: dict[str, str] = {**_USUAL, **fixed}
        self._session = dict(self._start)
        self._local: dict[str, str] = {}
        self._saved: dict[str, str] | None = None

    def keep_as_start(self) -> None:
        """What is set now is what RESET goes back to."""
        self._start = dict(self._session)

    def get(self, name: str) -> str | None:
        """None for one that nobody has set and that has no usual value."""
        folded = name.lower()
        found = self._local.get(folded, self._session.get(folded))
        return USUAL_VALUES.get(folded) if found is None else found

    def listed(self) -> Iterator[tuple[str, str]]:
        """For SHOW ALL: also those that have their usual value and no effect."""
        yield from sorted({**USUAL_VALUES, **self._session, **self._local}.items())

    def all(self) -> Iterator[tuple[str, str]]:
        """What this session has set, or has by itself."""
        yield from sorted({**self._session, **self._local}.items())

    def set(self, name: str, value: str, *, is_local: bool = False) -> None:
        """Raises SqlFault for a value that the setting cannot have."""
        folded = name.lower()
        checked = checked_value(folded, value)
        if is_local:
            self._local[folded] = checked
        else:
            self._local.pop(folded, None)
            self._session[folded] = checked

    def reset(self, name: str) -> None:
        folded = name.lower()
        self._local.pop(folded, None)
        if folded in self._start:
            self._session[folded] = self._start[folded]
        else:
            self._session.pop(folded, None)

    def reset_all(self) -> None:
        self._local.clear()
        self._session = dict(self._start)

    def mark(self) -> SettingsMark:
        """What is set now, for `go_back`."""
        return SettingsMark(dict(self._session), dict(self._local))

    def go_back(self, mark: SettingsMark) -> None:
        """Undo what was set since then."""
        self._session, self._local = dict(mark.session), dict(mark.local)

    def begin(self) -> None:
        if self._saved is None:
            self._saved = dict(self._session)

    def commit(self) -> None:
        self._local.clear()
        self._saved = None

    def rollback(self) -> None:
        self._local.clear()
        if self._saved is not None:
            self._session, self._saved = self._saved, None

    def milliseconds(self, name: str) -> float:
        """Of a time-out; 0 is none."""
        return duration(name, self.get(name) or "0")


def checked_value(name: str, value: str) -> str:
    """The value as SHOW gives it. Raises SqlFault 22023, 0A000."""
    if name in _SWITCHES:
        value = _switch(name, value)
    if name in _TIMEOUTS:
        return _shown_duration(duration(name, value))
    if name in _CHOICES:
        return _choice(name, value)
    if name == "standard_conforming_strings" and value != "on":
        raise SqlFault("0A000", "standard_conforming_strings cannot be turned off")
    if name == "datestyle":
        return _date_style(value)
    if name.endswith("transaction_isolation"):
        return _isolation(name, value)
    return value


def _choice(name: str, value: str) -> str:
    choices = _CHOICES[name]
    if value.lower() not in choices:
        listed = ", ".join(dict.fromkeys(choices.values()))
        raise _invalid(REPORTED.get(name, name), value, hint=f"Available values: {listed}.")
    return choices[value.lower()]


@lru_cache(maxsize=100)
def duration(name: str, value: str) -> float:
    """Milliseconds of a time-out, which is a number with a unit or without. Raises SqlFault 22023."""
    found = _DURATION.fullmatch(value.strip())
    if found is None or float(found[1]) < 0:
        raise _invalid(name, value)
    return float(found[1]) * _UNITS[found[2] or "ms"]


def _shown_duration(milliseconds: float) -> str:
    """In the largest unit that needs no fraction, as PostgreSQL shows it."""
    whole = round(milliseconds)
    for unit in ("d", "h", "min", "s"):
        if whole and whole % int(_UNITS[unit]) == 0:
            return f"{whole // int(_UNITS[unit])}{unit}"
    return f"{whole}ms" if whole else "0"


def is_known(name: str) -> bool:
    return setting_group(name) not in (None, SettingGroup.REFUSED)


def path_entries(value: str) -> list[str]:
    """The schemas of a search_path, without quotes and without $user."""
    parts = re.findall(r'"((?:[^"]|"")*)"|([^,"\s]+)', value)
    names = [quoted.replace('""', '"') if quoted else bare.lower() for quoted, bare in parts]
    return [name for name in names if name != "$user"]


def _switch(name: str, value: str) -> str:
    if value.lower() in _TRUE:
        return "on"
    if value.lower() in _FALSE:
        return "off"
    raise SqlFault("22023", f'parameter "{name}" requires a Boolean value')


def _date_style(value: str) -> str:
    words = [word.strip().upper() for word in value.split(",")]
    if any(word not in ("ISO", "MDY", "DMY", "YMD", "US", "EURO") for word in words):
        raise SqlFault("0A000", f'DateStyle "{value}" is not supported: dates are written in ISO style')
    return "ISO, MDY"


def _isolation(name: str, value: str) -> str:
    folded = " ".join(value.lower().split())
    if folded not in _ISOLATIONS:
        raise _invalid(name, value)
    return folded


def _invalid(name: str, value: str, *, hint: str | None = None) -> SqlFault:
    return SqlFault("22023", f'invalid value for parameter "{name}": "{value}"', hint=hint)
