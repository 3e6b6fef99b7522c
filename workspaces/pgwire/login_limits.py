"""Guessing of passwords: who failed too often is not heard for a while, whether the next password is right or not."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kbstore.throttle import SlidingWindow, source_of
from workspaces.pgwire.refusal import Refusal

_MAX_BANS: Final = 10_000
#: libpq's sslmode=prefer tries a password that failed over TLS at once without it: one mistake, not two.
_SECOND_TRY_SECONDS: Final = 2.0

_Source = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LoginLimits:
    """After `failures` of one user from one address within `window_seconds` both are refused for `ban_seconds`; an
    address is refused for all users after `address_failures`."""

    failures: int = 5
    address_failures: int = 50
    window_seconds: float = 300.0
    ban_seconds: float = 900.0


class FailedLogins:
    """Counts in bounded memory, for one process and one thread."""

    def __init__(self, limits: LoginLimits, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        # The window answers for the one *above* its limit; the ban begins with the last failure allowed.
        self._users = SlidingWindow(limit=max(limits.failures - 1, 1), seconds=limits.window_seconds, clock=clock)
        self._addresses = SlidingWindow(
            limit=max(limits.address_failures - 1, 1), seconds=limits.window_seconds, clock=clock
        )
        self._bans: OrderedDict[_Source, float] = OrderedDict()
        self._failed_over_tls: OrderedDict[_Source, float] = OrderedDict()

    def check(self, *, address: str, user: str) -> None:
        """Raises Refusal while this user is banned at this address, or the address itself."""
        network = source_of(address)
        if self._is_banned((network, user)) or self._is_banned((network, "")):
            raise Refusal("28000", "too many failed logins, try again later")

    def note_failure(self, *, address: str, user: str, is_encrypted: bool) -> None:
        source = (source_of(address), user)
        if not is_encrypted and self._is_second_try(source):
            return
        if is_encrypted:
            _remember(self._failed_over_tls, source, self._clock() + _SECOND_TRY_SECONDS)
        if self._users.record(source) is not None:
            _remember(self._bans, source, self._clock() + self._limits.ban_seconds)
            self._users.forget(source)
        if self._addresses.record(source[0]) is not None:
            _remember(self._bans, (source[0], ""), self._clock() + self._limits.ban_seconds)
            self._addresses.forget(source[0])

    def note_success(self, *, address: str, user: str) -> None:
        """The user's own failures are forgotten; those of the address are not, or one account would cover guessing."""
        self._users.forget((source_of(address), user))

    def _is_second_try(self, source: _Source) -> bool:
        return self._failed_over_tls.pop(source, 0.0) > self._clock()

    def _is_banned(self, source: _Source) -> bool:
        until = self._bans.get(source)
        if until is None:
            return False
        if until <= self._clock():
            del self._bans[source]
            return False
        return True


def _remember(times: OrderedDict[_Source, float], source: _Source, until: float) -> None:
    times[source] = until
    times.move_to_end(source)
    if len(times) > _MAX_BANS:
        times.popitem(last=False)
