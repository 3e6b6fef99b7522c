"""JSON as it goes over the wire: compact, UTF-8, nothing escaped that need not be, never NaN."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.renderers import BaseRenderer


def json_bytes(value: Any) -> bytes:
    """`value` as the text of a body. Lone surrogates, which UTF-8 cannot carry, become question marks."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str).encode(
        errors="replace"
    )


class WireJSONRenderer(BaseRenderer):
    """Renders values, and passes bytes through that are JSON already."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        if isinstance(data, bytes):
            return data
        return b"" if data is None else json_bytes(data)
