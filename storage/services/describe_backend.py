"""What a host is told that the table backend of a project can do, as plain values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings

from storage import catalog
from storage.runtime import engine

#: What a host calls kbstore in its own registry, whichever backend holds the tables.
NAME = "duckdb"


def describe_backend(project_id: str | None = None) -> dict[str, Any]:
    """The capabilities of a project's backend, without a project those of the default one; JSON values only.

    Raises UnknownBackend if the server does not know it.
    """
    backend = catalog.backend_of(project_id) if project_id is not None else None
    capabilities = asdict(engine().declared(backend or settings.DEFAULT_TABLE_BACKEND))
    table_backend = capabilities.pop("name")
    described = {name: list(value) if isinstance(value, tuple) else value for name, value in capabilities.items()}
    return {
        "name": NAME,
        "table_backend": table_backend,
        "driver_based": True,
        "dev_branches": described.pop("branches"),
        "types_unsupported_in_filters": described.pop("unfilterable_types"),
        "create_table_metadata_class": None,
        "name_generator": None,
        "needs": ["credentials_resolver", "driver_client"],
        "optional": ["workspace_configuration"],
        **described,
    }
