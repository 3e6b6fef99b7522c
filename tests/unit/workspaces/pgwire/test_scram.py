"""The SCRAM login against RFC 7677's example, against every way of leaving the binding out, and against garbage."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.pgwire.messages.frames import ProtocolViolation
from workspaces.pgwire.scram import SCRAM, SCRAM_PLUS, ScramExchange, offered_mechanisms
from workspaces.pgwire.verifiers import make_verifier, mock_verifier

SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
VERIFIER = make_verifier("pencil", salt=SALT)
BINDING = hashlib.sha256(b"certificate").digest()


def exchange(mechanism: str = SCRAM, binding: bytes | None = None, nonce: str | None = None) -> ScramExchange:
    return ScramExchange(verifier=VERIFIER, mechanism=mechanism, channel_binding=binding, server_nonce=nonce)


def log_in(server: ScramExchange, *, password: str, header: str, bound: bytes = b"") -> bytes | None:
    """A client of our own, written from RFC 5802."""
    bare = "n=,r=clientnonce"
    server_first = server.first(f"{header}{bare}".encode()).decode()
    nonce, salt, iterations = (part[2:] for part in server_first.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    unproven = f"c={base64.b64encode(header.encode() + bound).decode()},r={nonce}"
    signed = f"{bare},{server_first},{unproven}".encode()
    signature = hmac.digest(hashlib.sha256(client_key).digest(), signed, "sha256")
    proof = bytes(left ^ right for left, right in zip(client_key, signature, strict=True))
    return server.final(f"{unproven},p={base64.b64encode(proof).decode()}".encode())


def test_the_example_of_rfc_7677() -> None:
    server = exchange(nonce="%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")
    first = server.first(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    nonce = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    assert first == nonce + b",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    final = server.final(b"c=biws," + nonce + b",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    assert final == b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_the_right_password_is_answered_by_proof_of_the_server() -> None:
    assert (log_in(exchange(), password="pencil", header="n,,") or b"").startswith(b"v=")
    bound = log_in(exchange(SCRAM_PLUS, BINDING), password="pencil", header="p=tls-server-end-point,,", bound=BINDING)
    assert bound is not None


def test_a_wrong_password_is_answered_by_nothing() -> None:
    assert log_in(exchange(), password="Pencil", header="n,,") is None


def test_no_password_fits_a_mock() -> None:
    server = ScramExchange(verifier=mock_verifier("nobody", secret=b"s"), mechanism=SCRAM, channel_binding=None)
    assert log_in(server, password="pencil", header="n,,") is None


def test_a_client_that_cannot_bind_may_log_in_over_tls() -> None:
    assert log_in(exchange(SCRAM, BINDING), password="pencil", header="n,,") is not None


def test_a_client_that_was_kept_from_binding_is_refused() -> None:
    with pytest.raises(ProtocolViolation, match="negotiation") as caught:
        exchange(SCRAM, BINDING).first(b"y,,n=,r=abc")
    assert caught.value.sqlstate == "28000"
    assert exchange().first(b"y,,n=,r=abc")


def test_another_certificate_is_refused() -> None:
    other = hashlib.sha256(b"in the middle").digest()
    with pytest.raises(ProtocolViolation, match="binding check failed"):
        log_in(exchange(SCRAM_PLUS, BINDING), password="pencil", header="p=tls-server-end-point,,", bound=other)


@pytest.mark.parametrize(
    ("mechanism", "binding", "first"),
    [
        (SCRAM_PLUS, BINDING, b"n,,n=,r=abc"),
        (SCRAM_PLUS, BINDING, b"y,,n=,r=abc"),
        (SCRAM_PLUS, BINDING, b"p=tls-unique,,n=,r=abc"),
        (SCRAM, BINDING, b"p=tls-server-end-point,,n=,r=abc"),
        (SCRAM, None, b"p=tls-server-end-point,,n=,r=abc"),
        (SCRAM, None, b"n,a=admin,n=,r=abc"),
        (SCRAM, None, b"n,,m=ext,n=,r=abc"),
        (SCRAM, None, b"n,,n=,r="),
        (SCRAM, None, b"n,,n="),
        (SCRAM, None, b"x,,n=,r=abc"),
        (SCRAM, None, b"n,,n=,r=a b"),
        (SCRAM, None, b""),
        (SCRAM, None, b"\xff"),
    ],
)
def test_a_bad_first_message_is_fatal(mechanism: str, binding: bytes | None, first: bytes) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        exchange(mechanism, binding).first(first)
    assert caught.value.is_fatal


@pytest.mark.parametrize(
    "final",
    [
        b"",
        b"c=biws",
        b"c=biws,r=abcN",
        b"c=eSws,r=abcN,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",  # header of another first message
        b"c=biws,r=abcX,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        b"c=biws,r=abcN,p=dHzb",
        b"c=biws,r=abcN,p=d",
    ],
)
def test_a_bad_last_message_is_fatal(final: bytes) -> None:
    server = exchange(nonce="N")
    server.first(b"n,,n=,r=abc")
    with pytest.raises(ProtocolViolation):
        server.final(final)


def test_an_exchange_is_good_for_one_try() -> None:
    server = exchange()
    log_in(server, password="wrong", header="n,,")
    with pytest.raises(ProtocolViolation):
        server.final(b"c=biws,r=x,p=eA==")


def test_binding_is_offered_over_tls_only_and_first() -> None:
    assert offered_mechanisms(None) == (SCRAM,)
    assert offered_mechanisms(BINDING) == (SCRAM_PLUS, SCRAM)


@pytest.mark.parametrize(("mechanism", "binding"), [("PLAIN", BINDING), (SCRAM_PLUS, None), ("", None)])
def test_a_mechanism_that_was_not_offered_is_refused(mechanism: str, binding: bytes | None) -> None:
    with pytest.raises(ProtocolViolation):
        exchange(mechanism, binding)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_garbage_only_breaks_the_protocol(first: bytes, final: bytes) -> None:
    with contextlib.suppress(ProtocolViolation):
        exchange().first(first)
    server = exchange()
    server.first(b"n,,n=,r=abc")
    with contextlib.suppress(ProtocolViolation):
        assert server.final(final) is None
