"""What gRPC callers send beside the message."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import grpc

REQUEST_ID = "x-request-id"
IDEMPOTENCY_KEY = "x-idempotency-key"
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True)
class Sender:
    """Who is at the other end, before any key was looked at. `auth` is what the door asks of callers (GRPC_AUTH)."""

    metadata: Mapping[str, str]
    request_id: str
    auth: str


def sender_of(caller: grpc.aio.ServicerContext, auth: str) -> Sender:
    metadata = metadata_of(caller)
    return Sender(metadata, request_id_of(metadata), auth)


def metadata_of(caller: grpc.aio.ServicerContext) -> dict[str, str]:
    """Text entries by name; of several with one name the last."""
    return {name.lower(): value for name, value in caller.invocation_metadata() or () if isinstance(value, str)}


def request_id_of(metadata: Mapping[str, str]) -> str:
    """The caller's, or a new one where it sent none that could go into a log."""
    sent = metadata.get(REQUEST_ID, "")
    return sent if _REQUEST_ID.fullmatch(sent) else str(uuid.uuid4())


def key_of(metadata: Mapping[str, str]) -> str | None:
    """The API key in the metadata: a bearer's before `x-api-key`."""
    scheme, _, secret = metadata.get("authorization", "").partition(" ")
    return secret if scheme.lower() == "bearer" and secret else metadata.get("x-api-key") or None
