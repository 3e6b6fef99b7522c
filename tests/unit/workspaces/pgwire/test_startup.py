"""What a start-up message asks for, and what no session is started with."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.pgwire.messages.opening import StartupMessage
from workspaces.pgwire.refusal import Refusal
from workspaces.pgwire.startup import StartupRequest, read_startup


def request(minor: int = 0, **parameters: str) -> StartupRequest:
    return read_startup(StartupMessage(3, minor, {"user": "alice", **parameters}))


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ("", ()),
        ("-c a=1", (("a", "1"),)),
        ("-ca=1 --b-c=2", (("a", "1"), ("b_c", "2"))),
        (r"-c a=one\ two\\three", (("a", r"one two\three"),)),
        ("  -c\ta=x=y  -c b=", (("a", "x=y"), ("b", ""))),
    ],
)
def test_options_are_read_as_a_command_line(options: str, settings: tuple[tuple[str, str], ...]) -> None:
    assert request(options=options).settings == settings


@pytest.mark.parametrize("options", ["-c", "-c a", "-c =1", "-x", "word", "--"])
def test_options_that_are_none_are_refused(options: str) -> None:
    with pytest.raises(Refusal) as caught:
        request(options=options)
    assert caught.value.sqlstate == "42601"


def test_settings_keep_their_order_and_the_last_one_counts() -> None:
    asked = request(options="-c TimeZone=UTC", timezone="Europe/Prague", application_name="x")
    assert [name for name, _ in asked.settings] == ["TimeZone", "timezone", "application_name"]
    assert asked.setting("TIMEZONE") == "Europe/Prague"
    assert asked.setting("search_path") is None


@pytest.mark.parametrize("encoding", ["UTF8", "utf-8", "'utf-8'", "UNICODE", "SQL_ASCII"])
def test_clients_encodings(encoding: str) -> None:
    assert request(client_encoding=encoding).setting("client_encoding") == encoding


@pytest.mark.parametrize(
    ("parameters", "sqlstate"),
    [
        ({"user": ""}, "28000"),
        ({"client_encoding": "LATIN1"}, "22023"),
        ({"options": "-c client_encoding=LATIN1"}, "22023"),
        ({"replication": "database"}, "0A000"),
        ({"replication": "true"}, "0A000"),
    ],
)
def test_what_is_refused(parameters: dict[str, str], sqlstate: str) -> None:
    with pytest.raises(Refusal) as caught:
        request(**parameters)
    assert caught.value.sqlstate == sqlstate


@pytest.mark.parametrize("replication", ["false", "off", "0", "no"])
def test_no_replication_is_no_refusal(replication: str) -> None:
    assert request(replication=replication).settings == ()


@pytest.mark.parametrize(
    ("minor", "spoken", "negotiates"), [(0, 0, False), (1, 0, True), (2, 2, False), (3, 2, True), (9999, 2, True)]
)
def test_versions_are_negotiated_down(minor: int, spoken: int, negotiates: bool) -> None:
    asked = request(minor)
    assert (asked.minor, asked.needs_negotiation) == (spoken, negotiates)


def test_unknown_extensions_are_reported() -> None:
    asked = read_startup(StartupMessage(3, 0, {"user": "alice", "_pq_.compression": "zstd"}))
    assert (asked.unrecognised, asked.needs_negotiation, asked.settings) == (("_pq_.compression",), True, ())


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=30)))
def test_nothing_is_worse_than_a_refusal(parameters: dict[str, str]) -> None:
    with contextlib.suppress(Refusal):
        read_startup(StartupMessage(3, 0, {"user": "alice", "options": "", **parameters}))
    with contextlib.suppress(Refusal):
        request(options=" ".join(parameters.values()))
