"""Which value counts: the option, the environment, the profile, the default, in this order."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keboola_duckdb.cli.config_store import SETTINGS, ConfigStore
from keboola_duckdb.cli.credentials import CredentialStore
from keboola_duckdb.cli.failures import UsageFailure
from keboola_duckdb.cli.options import GlobalOptions

PREFIX = "KEBOOLA_DUCKDB_"
DEFAULTS: dict[str, Any] = {
    "url": "http://localhost:8000",
    "format": "table",
    "no_color": False,
    "timeout": 30.0,
    "max_retries": 3,
    "ca_file": None,
}


@dataclass(frozen=True)
class Resolved:
    """A value and where it comes from."""

    value: Any
    source: str


class Resolution:
    """Looks each setting up when it is asked for: most commands need two of them."""

    def __init__(
        self,
        options: GlobalOptions,
        *,
        config: ConfigStore,
        credentials: CredentialStore,
        environment: Mapping[str, str],
    ) -> None:
        self._options = options
        self._config = config
        self._credentials = credentials
        self._environment = environment

    @property
    def profile(self) -> Resolved:
        if self._options.profile:
            return Resolved(self._options.profile, "option")
        if named := self._environment.get(f"{PREFIX}PROFILE"):
            return Resolved(named, "environment")
        return Resolved(self._config.current_profile, "configuration")

    def find(self, setting: str) -> Resolved:
        """The value of one of SETTINGS, read as its kind."""
        read = SETTINGS[setting]
        if given := getattr(self._options, setting, None):
            return Resolved(read(str(given)), "option")
        if text := self._environment.get(PREFIX + setting.upper()):
            return Resolved(read(text), "environment")
        profile = self.profile.value
        if (kept := self._config.profile(profile).get(setting)) is not None:
            return Resolved(read(str(kept)), f"profile {profile}")
        return Resolved(DEFAULTS[setting], "default")

    def api_key(self) -> Resolved | None:
        """The key, None where there is none. A profile's key goes to no other server than the profile's."""
        if self._options.api_key:
            return Resolved(self._options.api_key, "option")
        if key := self._environment.get(f"{PREFIX}API_KEY"):
            return Resolved(key, "environment")
        profile = self.profile.value
        own_url = self._config.profile(profile).get("url")
        kept = self._credentials.get(profile)
        if not kept:
            return None
        url = self.find("url").value
        if own_url is not None and str(own_url).rstrip("/") != str(url).rstrip("/"):
            raise UsageFailure(
                f"The key of profile {profile} is for {own_url} and is not sent to {url}: give one with --api-key "
                f"or {PREFIX}API_KEY."
            )
        return Resolved(kept, f"profile {profile}")


def wants_color(options: GlobalOptions, resolution: Resolution, *, is_terminal: bool) -> bool:
    """NO_COLOR counts when it holds anything, whatever it is."""
    if options.no_color or not is_terminal or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return not resolution.find("no_color").value
