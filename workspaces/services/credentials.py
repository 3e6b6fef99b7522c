"""User names and passwords of workspaces: made here, random, and kept as verifiers only."""

from __future__ import annotations

import secrets

_PASSWORD_BYTES = 24  # 32 characters of URL-safe base64


def new_workspace_id() -> str:
    return f"ws_{secrets.token_hex(4)}"


def new_username(handle: str) -> str:
    """Of a login to the workspace that users call so."""
    return f"ws_{handle}_{secrets.token_hex(4)}"


def new_password() -> str:
    """32 characters of letters, digits, `_` and `-`."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)
