"""Guessing is stopped for a while; neighbours, the forgetful and libpq's second try are not."""

from __future__ import annotations

import pytest

from workspaces.pgwire.login_limits import FailedLogins, LoginLimits
from workspaces.pgwire.refusal import Refusal


class Clock:
    def __init__(self) -> None:
        self.now = 900.0  # the start of a window

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logins(clock: Clock) -> FailedLogins:
    return FailedLogins(LoginLimits(failures=5, address_failures=20), clock=clock)


def fail(logins: FailedLogins, *, times: int = 1, user: str = "alice", address: str = "192.0.2.1") -> None:
    for _ in range(times):
        logins.note_failure(address=address, user=user, is_encrypted=True)


def is_banned(logins: FailedLogins, *, user: str = "alice", address: str = "192.0.2.1") -> bool:
    try:
        logins.check(address=address, user=user)
    except Refusal as refusal:
        return refusal.sqlstate == "28000"
    return False


def test_the_fifth_failure_bans_user_and_address_together(logins: FailedLogins) -> None:
    fail(logins, times=4)
    assert not is_banned(logins)
    fail(logins)
    assert is_banned(logins)
    assert not is_banned(logins, user="bob")
    assert not is_banned(logins, address="192.0.2.2")


def test_a_ban_ends(logins: FailedLogins, clock: Clock) -> None:
    fail(logins, times=5)
    clock.now += 899
    assert is_banned(logins)
    clock.now += 2
    assert not is_banned(logins)


def test_failures_are_forgotten_in_time_and_by_success(logins: FailedLogins, clock: Clock) -> None:
    fail(logins, times=4)
    logins.note_success(address="192.0.2.1", user="alice")
    fail(logins, times=4)
    clock.now += 600
    fail(logins, times=4)
    assert not is_banned(logins)


def test_many_users_tried_from_one_address_ban_the_address(logins: FailedLogins) -> None:
    for number in range(20):
        fail(logins, user=f"user{number}")
    assert is_banned(logins, user="alice")
    assert not is_banned(logins, user="alice", address="192.0.2.2")


def test_one_network_of_ipv6_is_one_address(logins: FailedLogins) -> None:
    for last in range(5):
        fail(logins, address=f"2001:db8::{last}")
    assert is_banned(logins, address="2001:db8::ffff")


def test_the_second_try_without_tls_counts_once(logins: FailedLogins, clock: Clock) -> None:
    for _ in range(4):
        fail(logins)
        logins.note_failure(address="192.0.2.1", user="alice", is_encrypted=False)
    assert not is_banned(logins)
    logins.note_failure(address="192.0.2.1", user="alice", is_encrypted=False)
    assert is_banned(logins)
