"""XML documents as S3 clients read them, built as text: a list of 1,000 objects must not cost more than its rows.

Some clients search for literal tags such as `<Key>`, so no element but the root has attributes, and none a prefix.
"""

from __future__ import annotations

import re

from files.s3.request import S3Request

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
#: Markup, and what XML 1.0 cannot carry or would read as something else (a carriage return becomes a line feed).
_ESCAPED = re.compile("[&<>\\x00-\\x08\\x0b-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def document(root: str, *children: str, request: S3Request) -> bytes:
    """A whole document; in the profile of AWS with the namespace of S3, for existing clients of `/s3` without."""
    attributes = "" if request.is_contract else f' xmlns="{NAMESPACE}"'
    return f"{_DECLARATION}<{root}{attributes}>{''.join(children)}</{root}>".encode()


def element(name: str, value: str | int | bool | None) -> str:
    """An element with text; nothing at all for None, `true` and `false` for booleans."""
    if value is None:
        return ""
    if isinstance(value, bool):
        value = "true" if value else "false"
    return f"<{name}>{escaped(str(value))}</{name}>"


def group(name: str, *children: str) -> str:
    """An element with others in it."""
    return f"<{name}>{''.join(children)}</{name}>"


def escaped(text: str) -> str:
    """The text between two tags; characters that XML 1.0 cannot carry as numeric references, as AWS sends them."""
    return _ESCAPED.sub(_reference, text) if _ESCAPED.search(text) else text


def _reference(found: re.Match[str]) -> str:
    character = found.group()
    return _NAMED.get(character) or f"&#{ord(character)};"
