"""What a start-up message asks for: the user, the database, settings for the session, a version of the protocol."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from workspaces.pgwire.messages.opening import EXTENSION_PREFIX, StartupMessage
from workspaces.pgwire.refusal import Refusal

#: 3.2 brings longer cancel keys. 3.1 was never given out.
NEWEST_MINOR: Final = 2
_FALSE: Final = frozenset({"", "0", "false", "off", "no", "f", "n", "fa", "fal", "fals", "of"})
_ENCODINGS: Final = frozenset({"utf8", "unicode", "sqlascii"})
#: `options` as a command line: words between white space, in which a backslash takes the next character as it is.
_WORD = re.compile(r"(?:[^\s\\]|\\.?)+", re.DOTALL)
_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class StartupRequest:
    """`settings` are applied in their order, as SET does; `database` is empty if none was named."""

    user: str
    database: str
    settings: tuple[tuple[str, str], ...]
    minor: int
    needs_negotiation: bool
    unrecognised: tuple[str, ...]

    def setting(self, name: str) -> str | None:
        """The last value asked for; names are compared without case."""
        found = [value for each, value in self.settings if each.lower() == name.lower()]
        return found[-1] if found else None


def read_startup(message: StartupMessage) -> StartupRequest:
    """Raises Refusal for what no session can be started with."""
    if message.major != 3:
        raise Refusal("0A000", f"unsupported frontend protocol {message.major}.{message.minor}: server supports 3.0")
    parameters = dict(message.parameters)
    user, database = parameters.pop("user", ""), parameters.pop("database", "")
    if parameters.pop("replication", "").strip().lower() not in _FALSE:
        raise Refusal("0A000", "replication is not supported")
    if not user:
        raise Refusal("28000", "no PostgreSQL user name specified in startup packet")
    settings = list(_settings_of_options(parameters.pop("options", "")))
    unrecognised = tuple(name for name in parameters if name.startswith(EXTENSION_PREFIX))
    settings += [pair for pair in parameters.items() if pair[0] not in unrecognised]
    minor = NEWEST_MINOR if message.minor >= NEWEST_MINOR else 0
    request = StartupRequest(
        user=user,
        database=database,
        settings=tuple(settings),
        minor=minor,
        needs_negotiation=minor != message.minor or bool(unrecognised),
        unrecognised=unrecognised,
    )
    _check_encoding(request.setting("client_encoding"))
    return request


def _check_encoding(encoding: str | None) -> None:
    if encoding is not None and re.sub(r"[^a-z0-9]", "", encoding.lower()) not in _ENCODINGS:
        raise Refusal("22023", f'invalid value for parameter "client_encoding": "{encoding[:63]}"')


def _settings_of_options(options: str) -> Iterator[tuple[str, str]]:
    """Of `-c name=value`, `-cname=value` and `--name=value`."""
    words = iter([_ESCAPED.sub(r"\1", word) for word in _WORD.findall(options)])
    for word in words:
        if word == "-c":
            assignment = next(words, "")
        elif word.startswith(("-c", "--")):
            assignment = word[2:]
        else:
            raise Refusal("42601", f"invalid command-line argument for server process: {word[:63]}")
        name, equals, value = assignment.partition("=")
        if not (name and equals):
            raise Refusal("42601", f"-c {assignment[:63]} requires a value")
        yield name.replace("-", "_"), value
