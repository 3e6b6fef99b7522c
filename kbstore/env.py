"""Typed reading of environment values and secret files."""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_SIZE_UNITS = {
    "": 1, "b": 1,
    "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip

#: Values that could not be read, as (variable, problem): the system checks turn them into errors with a hint.
problems: list[tuple[str, str]] = []

#: Every variable that was asked for, with its default as text: the settings page of the docs is checked against it.
declared: dict[str, str] = {}

#: What each of them gave, as the settings have it.
in_force: dict[str, Any] = {}

#: Those whose values must be shown to nobody.
secrets: set[str] = set()


def _read(name: str, default: T, parse: Callable[[str], T], wanted: str) -> T:
    declared[name] = str(default)
    in_force[name] = value = _parsed(name, default, parse, wanted)
    return value


def _parsed(name: str, default: T, parse: Callable[[str], T], wanted: str) -> T:
    text = os.environ.get(name)
    if text is None or text.strip() == "":
        return default
    try:
        return parse(text.strip())
    except (ValueError, KeyError):
        problems.append((name, f"{text!r} is not {wanted}"))
        return default


def text(name: str, default: str = "") -> str:
    return _read(name, default, str, "text")


def secret(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file that NAME_FILE names (for container secrets)."""
    secrets.add(name)
    file_name = text(f"{name}_FILE")
    if not file_name:
        return text(name, default)
    try:
        return Path(file_name).read_text(encoding="utf-8").strip()
    except OSError as error:
        problems.append((f"{name}_FILE", f"cannot be read: {error.strerror}"))
        return default


def integer(name: str, default: int, *, minimum: int | None = None, maximum: int | None = None) -> int:
    def parse(value: str) -> int:
        number = int(value)
        if (minimum is not None and number < minimum) or (maximum is not None and number > maximum):
            raise ValueError
        return number

    lowest = "-inf" if minimum is None else minimum
    highest = "inf" if maximum is None else maximum
    return _read(name, default, parse, f"a whole number from {lowest} to {highest}")


def number(name: str, default: float, *, minimum: float = 0.0) -> float:
    def parse(value: str) -> float:
        parsed = float(value)
        if not minimum <= parsed < float("inf"):
            raise ValueError
        return parsed

    return _read(name, default, parse, f"a number of at least {minimum}")


def boolean(name: str, default: bool) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    return _read(name, default, lambda value: words[value.lower()], "one of true, false, yes, no, on, off, 1, 0")


def choice(name: str, default: str, allowed: Mapping[str, str]) -> str:
    """One of the values of `allowed`, by what stands for it, in any case."""
    return _read(name, default, lambda value: allowed[value.lower()], f"one of {', '.join(allowed)}")


def size(name: str, default: str) -> int:
    """A number of bytes, written like 4GB, 512MiB or 1048576."""
    return _read(name, parse_size(default), parse_size, "a size such as 4GB, 512MiB or 1048576")


def parse_size(value: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)", value)
    if match is None:
        raise ValueError(value)
    return int(float(match[1]) * _SIZE_UNITS[match[2].lower()])


def words(name: str, default: list[str]) -> list[str]:
    """A list separated by commas."""
    return _read(name, default, lambda value: [word.strip() for word in value.split(",") if word.strip()], "a list")


def networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """A list of networks such as 10.1.0.0/16 or of single addresses; empty by default."""

    def parse(value: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        return [ipaddress.ip_network(word.strip()) for word in value.split(",") if word.strip()]

    return _read(name, [], parse, "a list of networks such as 10.1.0.0/16")


def path(name: str, default: Path) -> Path:
    return _read(name, default, lambda value: Path(value).expanduser(), "a path").resolve()


def mapping(name: str, default: dict[str, Any]) -> dict[str, Any]:
    """A JSON object."""

    def parse(value: str) -> dict[str, Any]:
        parsed = json.loads(value)
        if not isinstance(parsed, dict):
            raise ValueError
        return parsed

    return _read(name, default, parse, "a JSON object")


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
