"""Python SDK of kbstore, a storage backend on DuckDB: `Client` to call, `AsyncClient` to await."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keboola_duckdb import models
    from keboola_duckdb._async.client import AsyncClient
    from keboola_duckdb._sync.client import Client
    from keboola_duckdb._sync.client import Client as DuckDBStorageClient
    from keboola_duckdb._version import __version__
    from keboola_duckdb.errors import (
        APIError,
        AuthenticationError,
        ConfigurationError,
        ConflictError,
        FieldError,
        JobFailedError,
        NetworkError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        ServerError,
        StorageError,
        TimeoutError,
        ValidationError,
    )
    from keboola_duckdb.models.page import Page
    from keboola_duckdb.progress import Progress
    from keboola_duckdb.settings import ClientSettings

#: Imported when they are first used: httpx and pydantic take longer than a command line has to show its help.
_HOMES = {
    "AsyncClient": "_async.client",
    "Client": "_sync.client",
    "DuckDBStorageClient": "_sync.client",
    "ClientSettings": "settings",
    "Page": "models.page",
    "Progress": "progress",
    "__version__": "_version",
}

__all__ = [
    "APIError",
    "AsyncClient",
    "AuthenticationError",
    "Client",
    "ClientSettings",
    "ConfigurationError",
    "ConflictError",
    "DuckDBStorageClient",
    "FieldError",
    "JobFailedError",
    "NetworkError",
    "NotFoundError",
    "Page",
    "PermissionDeniedError",
    "Progress",
    "RateLimitError",
    "ServerError",
    "StorageError",
    "TimeoutError",
    "ValidationError",
    "__version__",
    "models",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "models":
        return importlib.import_module(f"{__name__}.models")
    home = importlib.import_module(f"{__name__}.{_HOMES.get(name, 'errors')}")
    value = getattr(home, "Client" if name == "DuckDBStorageClient" else name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
