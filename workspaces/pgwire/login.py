"""The exchange of messages that proves a password, as SCRAM or where it is allowed in clear text."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from workspaces.pgwire.connection import Connection, ConnectionLost
from workspaces.pgwire.messages.backend import (
    authentication_cleartext_password,
    authentication_sasl,
    authentication_sasl_continue,
    authentication_sasl_final,
)
from workspaces.pgwire.messages.frames import ProtocolViolation
from workspaces.pgwire.messages.frontend import AuthenticationResponse, Terminate
from workspaces.pgwire.scram import ScramExchange, offered_mechanisms
from workspaces.pgwire.verifiers import Verifier, check_password


@dataclass(frozen=True, slots=True)
class Proof:
    """Of a password, by a method as it is named in the protocol."""

    method: str
    is_right: bool


async def prove_by_scram(connection: Connection, *, verifier: Verifier, channel_binding: bytes | None) -> Proof:
    """Raises ConnectionLost, also for a client that has none to try."""
    connection.write(authentication_sasl(offered_mechanisms(channel_binding)))
    mechanism, first = (await _response(connection)).sasl_initial()
    exchange = ScramExchange(verifier=verifier, mechanism=mechanism, channel_binding=channel_binding)
    connection.write(authentication_sasl_continue(exchange.first(first)))
    final = exchange.final((await _response(connection)).payload)
    if final is None:
        return Proof(mechanism, is_right=False)
    connection.write(authentication_sasl_final(final))
    return Proof(mechanism, is_right=True)


async def prove_by_cleartext(connection: Connection, *, verifier: Verifier) -> Proof:
    """For clients without SCRAM; never call it without TLS. Raises ConnectionLost."""
    connection.write(authentication_cleartext_password())
    password = (await _response(connection)).password()
    return Proof("password", is_right=await asyncio.to_thread(check_password, password, verifier))


async def _response(connection: Connection) -> AuthenticationResponse:
    message = await connection.next_message()
    if isinstance(message, AuthenticationResponse):
        return message
    if isinstance(message, Terminate):
        raise ConnectionLost
    raise ProtocolViolation("expected an answer to the authentication request", is_fatal=True)
