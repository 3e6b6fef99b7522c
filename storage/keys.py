"""How API keys look: made, masked and taken apart (rest-core 2.4); pure."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

MASKED_CHARACTERS = 20

_WORDS = {"branch_admin": "admin", "branch_read": "read"}
_BRANCH_KEY = re.compile(r"proj_(?P<project>.+)_branch_(?P<branch>[^_]+)_(?P<scope>admin|read)_[0-9a-f]{32}")
_PROJECT_KEY = re.compile(r"proj_(?P<project>.+)_(?P<scope>admin)_[0-9a-f]{32}")


@dataclass(frozen=True)
class NewKey:
    """A fresh secret, shown to the user once, and what may be shown always."""

    secret: str
    prefix: str


@dataclass(frozen=True)
class KeyParts:
    """What a key says about itself; all None if it is malformed. It proves nothing: only the stored hash does."""

    project_id: str | None = None
    branch_id: str | None = None
    scope: str | None = None

    @property
    def is_valid(self) -> bool:
        return self.project_id is not None


def generate_key(*, project_id: str, scope: str = "project_admin", branch_id: str | None = None) -> NewKey:
    """A key with 128 random bits. Raises ValueError for a scope that does not exist or does not fit the branch."""
    if scope == "project_admin" and branch_id is None:
        stem = f"proj_{project_id}_admin_"
    elif scope in _WORDS and branch_id:
        stem = f"proj_{project_id}_branch_{branch_id}_{_WORDS[scope]}_"
    else:
        raise ValueError(f"Invalid scope: {scope}")
    return NewKey(secret=stem + secrets.token_hex(16), prefix=f"{stem}...")


def parse_key(key: str) -> KeyParts:
    """The parts of a key, read from the right: a project id may itself contain `_branch_`."""
    match = _BRANCH_KEY.fullmatch(key)
    if match is not None:
        return KeyParts(match["project"], match["branch"], match["scope"])
    match = _PROJECT_KEY.fullmatch(key)
    return KeyParts(match["project"], None, match["scope"]) if match is not None else KeyParts()


def mask_key(key: str) -> str:
    """The key without its secret part."""
    if parse_key(key).is_valid:
        return key[: key.rindex("_") + 1] + "..."
    return key[:MASKED_CHARACTERS] + "..."
