"""How a client reaches the server: checked once, then never changed."""

from __future__ import annotations

import math
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from keboola_duckdb.errors import ConfigurationError

URL_VARIABLE = "KEBOOLA_DUCKDB_URL"
API_KEY_VARIABLE = "KEBOOLA_DUCKDB_API_KEY"
TIMEOUT_VARIABLE = "KEBOOLA_DUCKDB_TIMEOUT"
MAX_RETRIES_VARIABLE = "KEBOOLA_DUCKDB_MAX_RETRIES"

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
MAX_RETRIES = 3

_SENDABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class ClientSettings:
    """Address, key, limits. Timeouts are seconds; the key never shows in `repr`.

    Raises ConfigurationError for anything that cannot work.
    """

    url: str
    api_key: SecretStr | None = field(default=None)
    connect_timeout: float = CONNECT_SECONDS
    #: The longest silence of the server in the middle of an answer; also of the network while we send.
    read_timeout: float = READ_SECONDS
    max_retries: int = MAX_RETRIES
    #: False accepts any certificate: for tests only.
    verify: bool = True
    #: PEM file of the authorities to trust instead of those of the system.
    ca_file: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", _checked_url(self.url))
        _check_key(self.api_key)
        _check_seconds("connect_timeout", self.connect_timeout)
        _check_seconds("timeout", self.read_timeout)
        if isinstance(self.max_retries, bool) or not isinstance(self.max_retries, int) or self.max_retries < 0:
            raise ConfigurationError(f"max_retries has to be a whole number from 0 up, not {self.max_retries!r}")
        if self.ca_file is not None and not Path(self.ca_file).is_file():
            raise ConfigurationError(f"ca_file: there is no file {self.ca_file}")

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> ClientSettings:
        """From KEBOOLA_DUCKDB_URL (required), _API_KEY, _TIMEOUT (seconds) and _MAX_RETRIES."""
        values = os.environ if environment is None else environment
        url = values.get(URL_VARIABLE, "")
        if not url:
            raise ConfigurationError(f"{URL_VARIABLE} is not set: the address of the server, as http://localhost:8000")
        key = values.get(API_KEY_VARIABLE, "")
        return cls(
            url=url,
            api_key=SecretStr(key) if key else None,
            read_timeout=_seconds(values.get(TIMEOUT_VARIABLE)),
            max_retries=_retries(values.get(MAX_RETRIES_VARIABLE)),
        )

    def timeouts(self, read_timeout: float | None = None) -> httpx.Timeout:
        """For httpx; a call that may be silent for longer names its own `read_timeout`."""
        silence = self.read_timeout if read_timeout is None else read_timeout
        return httpx.Timeout(connect=self.connect_timeout, read=silence, write=self.read_timeout, pool=silence)

    def tls(self) -> ssl.SSLContext | None:
        """How certificates are checked; None for plain http."""
        if not self.url.startswith("https:"):
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (ssl.SSLError, OSError) as error:
            raise ConfigurationError(f"ca_file: {self.ca_file} holds no certificates: {error}") from error
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _checked_url(url: object) -> str:
    if not isinstance(url, str) or not url.strip():
        raise ConfigurationError("url is empty: give the address of the server, as http://localhost:8000")
    address = url.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigurationError(f"url is not an address: {error}") from error
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise ConfigurationError("url has to begin with http:// or https:// and a host, as http://localhost:8000")
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError("url must not hold a user or password: the key goes into api_key")
    if parts.query or parts.fragment or not _SENDABLE.fullmatch(address):
        raise ConfigurationError("url must not hold spaces, a query (?) or a fragment (#)")
    return parts.scheme.lower() + address[len(parts.scheme) :]


def _check_key(key: SecretStr | None) -> None:
    """The key itself stays out of the message."""
    if key is None:
        return
    if not isinstance(key, SecretStr):
        raise ConfigurationError("api_key has to be a text")
    if not _SENDABLE.fullmatch(key.get_secret_value()):
        raise ConfigurationError("api_key is empty or holds spaces, line breaks or characters outside ASCII")


def _check_seconds(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        raise ConfigurationError(f"{name} has to be a number of seconds above 0, not {value!r}")


def _seconds(text: str | None) -> float:
    if not text:
        return READ_SECONDS
    try:
        return float(text)
    except ValueError:
        raise ConfigurationError(f"{TIMEOUT_VARIABLE} has to be a number of seconds, not {text!r}") from None


def _retries(text: str | None) -> int:
    if not text:
        return MAX_RETRIES
    try:
        return int(text)
    except ValueError:
        raise ConfigurationError(f"{MAX_RETRIES_VARIABLE} has to be a whole number, not {text!r}") from None
