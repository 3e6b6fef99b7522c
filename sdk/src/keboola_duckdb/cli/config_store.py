"""Profiles in ~/.keboola-duckdb/config.yaml: everything about a server but the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keboola_duckdb.cli.failures import UsageFailure
from keboola_duckdb.cli.private_files import read_yaml, write_yaml

DEFAULT_PROFILE = "default"
FORMATS = ("table", "json", "csv", "yaml")


def _as_url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise UsageFailure(f"'{text}' is no URL: write http://HOST:PORT or https://HOST.")
    return text.rstrip("/")


def as_format(text: str) -> str:
    if text not in FORMATS:
        raise UsageFailure(f"There is no format '{text}': use one of {', '.join(FORMATS)}.")
    return text


def _as_seconds(text: str) -> float:
    return _number(text, float, "seconds")


def _as_count(text: str) -> int:
    return int(_number(text, int, "a whole number"))


def _number(text: str, kind: type[int] | type[float], what: str) -> float:
    try:
        number = kind(text)
    except ValueError:
        number = -1
    if not 0 <= number < 1e9:
        raise UsageFailure(f"'{text}' is not {what} from 0 up.")
    return number


def _as_switch(text: str) -> bool:
    if text.lower() not in ("true", "false", "yes", "no", "1", "0"):
        raise UsageFailure(f"'{text}' is neither true nor false.")
    return text.lower() in ("true", "yes", "1")


#: Settings of a profile and how their values are read. The key has a store of its own.
SETTINGS: dict[str, Any] = {
    "url": _as_url,
    "format": as_format,
    "no_color": _as_switch,
    "timeout": _as_seconds,
    "max_retries": _as_count,
    "ca_file": str,
}


class ConfigStore:
    """Reads the file once and writes it at each change."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory or Path.home() / ".keboola-duckdb"
        self.path = self.directory / "config.yaml"
        self._content: dict[str, Any] | None = None

    @property
    def content(self) -> dict[str, Any]:
        if self._content is None:
            self._content = read_yaml(self.path)
            profiles = self._content.setdefault("profiles", {})
            if not isinstance(profiles, dict) or not all(isinstance(values, dict) for values in profiles.values()):
                raise UsageFailure(f"`profiles` in {self.path} must map names to settings: correct it or delete it.")
        return self._content

    @property
    def current_profile(self) -> str:
        return str(self.content.get("current_profile") or DEFAULT_PROFILE)

    @property
    def profiles(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.content["profiles"]
        return found

    def profile(self, name: str) -> dict[str, Any]:
        """The settings of a profile; the default one may be missing, another may not."""
        if name not in self.profiles and name != DEFAULT_PROFILE:
            raise UsageFailure(f"There is no profile '{name}': see `keboola-duckdb config list-profiles`.")
        return self.profiles.get(name, {})

    def set(self, profile: str, setting: str, value: Any) -> None:
        """Makes the profile if there is none."""
        self.profiles.setdefault(profile, {})[setting] = value
        self._save()

    def use(self, profile: str) -> None:
        self.profile(profile)
        self.content["current_profile"] = profile
        self._save()

    def delete(self, profile: str) -> None:
        """What used it uses the default profile from now on."""
        self.profiles.pop(profile, None)
        if self.current_profile == profile:
            self.content.pop("current_profile", None)
        self._save()

    def _save(self) -> None:
        write_yaml(self.path, self.content)
