"""What a host may know of this driver before it sends a command: abilities of the backend, and caps."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from storage.driver.fields import MAX_TEXT
from storage.driver.options import MAX_FEATURES, MAX_TAGS
from storage.driver.policy import LEGACY, REFERENCE
from storage.services.describe_backend import describe_backend

#: Of one answer with rows of a preview, in bytes.
MAX_PREVIEW_BYTES = 16 * 2**20
#: Of one answer with rows of a query.
MAX_QUERY_BYTES = 32 * 2**20
MAX_QUERY_ROWS = 10_000
#: Entries of a manifest.
MAX_MANIFEST_ENTRIES = 10_000
#: A text of a preview that is longer is cut to this.
MAX_PREVIEW_CHARACTERS = 16_384
#: gRPC messages, in bytes.
MAX_RECEIVED_BYTES = 16 * 2**20
MAX_SENT_BYTES = 64 * 2**20


def limits() -> dict[str, int]:
    """The caps of section 4.9 of the protocol, as they are set here."""
    return {
        "previewRowsReference": REFERENCE.preview_limit,
        "previewRowsLegacy": LEGACY.preview_limit,
        "previewBytes": MAX_PREVIEW_BYTES,
        "previewValueCharacters": MAX_PREVIEW_CHARACTERS,
        "queryRows": MAX_QUERY_ROWS,
        "queryBytes": MAX_QUERY_BYTES,
        "features": MAX_FEATURES,
        "queryTags": MAX_TAGS,
        "columnsPerTable": settings.MAX_COLUMNS,
        "manifestEntries": MAX_MANIFEST_ENTRIES,
        "nameCharacters": MAX_TEXT,
        "receivedMessageBytes": MAX_RECEIVED_BYTES,
        "sentMessageBytes": MAX_SENT_BYTES,
    }


def capabilities() -> dict[str, Any]:
    """What a host needs to register this driver without code of its own, in the names of the protocol."""
    told = describe_backend()
    return {camel(name): value for name, value in told.items() if name != "table_backend"}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
