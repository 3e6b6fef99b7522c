"""Characters that keys may hold and XML 1.0 cannot: clients send them all the same, raw or as numeric references."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element  # noqa: S405 - for its type; defusedxml reads

_FOUND = re.compile("[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f\\ufffe\\uffff]|&#(?:0*([0-9]{1,5})|x0*([0-9a-fA-F]{1,4}));")
_CARRIED, _NO_CHARACTERS = (0x09, 0x0A, 0x0D), (0xFFFE, 0xFFFF)
#: Planes of characters without meaning, one of which stands in for the others while the document is read.
_PLANES = (0xF0000, 0x100000)


def without_control_characters(document: bytes) -> tuple[bytes, int]:
    """A document that can be parsed, and the plane that stands in for what it could not hold; 0 if nothing did.

    Anything unusual is left as it is, for the parser to refuse: a key must never be taken for another.
    """
    try:
        text = document.decode()
    except UnicodeDecodeError:
        return document, 0
    if not _FOUND.search(text) or "<!" in text:
        return document, 0
    plane = next((plane for plane in _PLANES if not re.search(f"[{chr(plane)}-{chr(plane + 0xFFFF)}]", text)), 0)
    if not plane:
        return document, 0
    return _FOUND.sub(lambda found: _stand_in(found, plane), text).encode(), plane


def restore_control_characters(root: Element, plane: int) -> None:
    """Put back into all texts what the plane stands in for."""
    if not plane:
        return
    stand_in = re.compile(f"[{chr(plane)}-{chr(plane + 0xFFFF)}]")
    for element in root.iter():
        element.text = stand_in.sub(lambda found: chr(ord(found.group()) - plane), element.text or "")


def _stand_in(found: re.Match[str], plane: int) -> str:
    decimal, hexadecimal = found.groups()
    code = int(decimal) if decimal else int(hexadecimal, 16) if hexadecimal else ord(found.group())
    is_control = 0 < code < 0x20 and code not in _CARRIED
    return chr(plane + code) if is_control or code in _NO_CHARACTERS else found.group()
