"""The table backends that this process knows, by name, with what each one declares that it can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kbstore.errors import InvalidRequest, KbstoreError, Kind, ServiceUnavailable
from storage.engine.backend import TableBackend
from storage.engine.config import EngineConfig
from storage.engine.filter_values import UNFILTERABLE_TYPES

#: The backend of a project that names no other one, and of everything that belongs to no project.
FILE = "file"


@dataclass(frozen=True)
class Capabilities:
    """What a backend declares. Whoever needs something asks here, never which backend it is.

    `time_travel`: versions of the past are read and restored. `sql_attach`: `local_file` gives a DuckDB file, so SQL
    sessions see the tables. `links`: tables lie in the human-readable tree, for tools of the same host.
    `shared_by_processes`: several processes read and write one project. `durable`: what is sealed survives the
    process; only then backups hold it.
    """

    name: str
    snapshots: bool = True
    branches: bool = True
    time_travel: bool = True
    workspaces: bool = True
    sharing: bool = True
    case_sensitive: bool = True
    sql_attach: bool = True
    links: bool = True
    shared_by_processes: bool = True
    durable: bool = True
    file_storages: tuple[str, ...] = ("local", "s3")
    unfilterable_types: tuple[str, ...] = UNFILTERABLE_TYPES


BackendFactory = Callable[[EngineConfig], TableBackend]


@dataclass(frozen=True)
class Registered:
    capabilities: Capabilities
    factory: BackendFactory


class UnknownBackend(InvalidRequest):
    """A table backend was named that nobody registered."""

    code = "unknown_table_backend"

    def __init__(self, name: str) -> None:
        known = sorted(_registered)
        super().__init__(f"There is no table backend {name[:100]!r}.", details={"backend": name[:100], "known": known})


class BackendMissing(ServiceUnavailable):
    """A project lies in a table backend that this server does not know."""

    def __init__(self) -> None:
        super().__init__("The table backend of this project is not available on this server.")


class DifferentBackends(KbstoreError):
    """One version was to follow from, or be compared with, one of another backend."""

    kind = Kind.NOT_SUPPORTED
    code = "different_table_backends"

    def __init__(self) -> None:
        super().__init__("Tables of different table backends cannot be combined. Export and import the data.")


_registered: dict[str, Registered] = {}


def register_backend(factory: BackendFactory, capabilities: Capabilities) -> None:
    """Make a backend known under the name that it declares; the last one of a name counts."""
    _registered[capabilities.name] = Registered(capabilities, factory)


def find_backend(name: str) -> Registered:
    """Raises UnknownBackend."""
    try:
        return _registered[name]
    except KeyError:
        raise UnknownBackend(name) from None


def forget_backends() -> None:
    """Before they are registered anew."""
    _registered.clear()


def backend_names() -> tuple[str, ...]:
    return tuple(_registered)
