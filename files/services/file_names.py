"""Names and tags that users give: what is allowed, and what becomes of a name in a stored path."""

from __future__ import annotations

import datetime
import re
import unicodedata

from files.errors import InvalidContentType, InvalidFilename, InvalidTags

MAX_NAME_BYTES = 255
#: A file system takes 255 bytes per component; the id of 36 and its underscore come before the name.
MAX_STORED_NAME_BYTES = 255 - 37
_CONTENT_TYPE = re.compile(r"[\x20-\x7e]{0,255}")


def check_name(name: str) -> str:
    """`name` unchanged, or InvalidFilename."""
    if name == "":
        raise InvalidFilename("it is empty")
    if name in {".", ".."}:
        raise InvalidFilename("it has to be more than dots")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in name):
        raise InvalidFilename("control characters are not allowed")
    if len(name.encode()) > MAX_NAME_BYTES:
        raise InvalidFilename(f"it is longer than {MAX_NAME_BYTES} bytes")
    return name


def check_content_type(content_type: str | None) -> str | None:
    """Unchanged if it can be sent back as a header, or InvalidContentType."""
    if content_type is not None and not _CONTENT_TYPE.fullmatch(content_type):
        raise InvalidContentType
    return content_type


def check_tags(tags: dict[str, str] | None) -> dict[str, str] | None:
    """Unchanged, None for no tags at all, or InvalidTags for text that a database cannot hold."""
    for text in (text for item in (tags or {}).items() for text in item):
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise InvalidTags("NUL and lone surrogates are not allowed")
    return tags or None


def stored_name(name: str) -> str:
    """A single component of a path: no separators, short enough to follow an id; the suffix survives the cut."""
    plain = re.sub(r"[/\\]", "_", name)
    if len(plain.encode()) <= MAX_STORED_NAME_BYTES:
        return plain
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix.encode()) > 16:
        stem, dot, suffix = plain, "", ""
    room = MAX_STORED_NAME_BYTES - len((dot + suffix).encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + suffix


def object_path(*, project_id: str, file_id: str, name: str, day: datetime.date) -> str:
    """The object's name in the storage; the id makes it unique, user text is only its tail."""
    return f"project_{project_id}/{day:%Y/%m/%d}/{file_id}_{stored_name(name)}"
