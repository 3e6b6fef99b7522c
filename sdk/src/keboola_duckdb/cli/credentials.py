"""API keys: in the system's keyring where one works, else in credentials.yaml beside the configuration."""

from __future__ import annotations

from typing import Any

from keboola_duckdb.cli.config_store import ConfigStore
from keboola_duckdb.cli.private_files import read_yaml, write_yaml

SERVICE = "keboola-duckdb"
#: Where the key of a profile is, kept in the profile: importing keyring takes longer than a call, so only where needed.
PLACE = "api_key_in"
KEYRING = "keyring"
FILE = "file"
#: Backends below it keep keys in plain text or not at all.
SAFE_PRIORITY = 1


def mask(key: str) -> str:
    """Enough of a key to tell it from another one."""
    return f"****{key[-4:]}" if len(key) >= 16 else "****"


class CredentialStore:
    """The keys of the profiles of one configuration."""

    def __init__(self, config: ConfigStore) -> None:
        self._config = config
        self.path = config.directory / "credentials.yaml"

    def get(self, profile: str) -> str | None:
        """The key of a profile; None if it has none or the keyring is locked."""
        place = self._config.profiles.get(profile, {}).get(PLACE)
        if place == KEYRING:
            return _from_keyring(profile)
        found = read_yaml(self.path).get(profile) if place == FILE else None
        return str(found) if found else None

    def set(self, profile: str, key: str) -> str | None:
        """Keep a key; returns a warning if it had to go into a file."""
        if _into_keyring(profile, key):
            self._forget_file(profile)
            self._config.set(profile, PLACE, KEYRING)
            return None
        keys = read_yaml(self.path)
        keys[profile] = key
        write_yaml(self.path, keys)
        self._config.set(profile, PLACE, FILE)
        return f"No system keyring works here: the key is in {self.path}, which only you can read."

    def delete(self, profile: str) -> None:
        if self._config.profiles.get(profile, {}).get(PLACE) == KEYRING:
            _out_of_keyring(profile)
        self._forget_file(profile)

    def _forget_file(self, profile: str) -> None:
        keys = read_yaml(self.path)
        if keys.pop(profile, None) is not None:
            write_yaml(self.path, keys)


def _backend() -> Any:
    """A keyring that protects what it keeps; None if there is none."""
    import keyring
    from keyring.errors import KeyringError

    try:
        backend = keyring.get_keyring()
        return backend if backend.priority >= SAFE_PRIORITY else None
    except (KeyringError, RuntimeError):
        return None


def _from_keyring(profile: str) -> str | None:
    from keyring.errors import KeyringError

    backend = _backend()
    try:
        found = backend.get_password(SERVICE, profile) if backend else None
    except (KeyringError, RuntimeError):
        return None
    return str(found) if found else None


def _into_keyring(profile: str, key: str) -> bool:
    from keyring.errors import KeyringError

    backend = _backend()
    if backend is None:
        return False
    try:
        backend.set_password(SERVICE, profile, key)
        return bool(backend.get_password(SERVICE, profile) == key)
    except (KeyringError, RuntimeError):
        return False


def _out_of_keyring(profile: str) -> None:
    from keyring.errors import KeyringError

    backend = _backend()
    if backend is not None:
        try:
            backend.delete_password(SERVICE, profile)
        except (KeyringError, RuntimeError):
            return
