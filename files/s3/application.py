"""The S3 endpoint: a raw ASGI application, so that bodies are streamed and paths stay as they were signed."""

from __future__ import annotations

import time
import uuid
from typing import Any

import structlog

from files.object_errors import ObjectError
from files.s3 import cors
from files.s3.answers import Answer
from files.s3.authenticate import authenticate
from files.s3.body.incoming_body import ClientGone, IncomingBody
from files.s3.call import Call, Form, Operation, Proof
from files.s3.error_answers import error_answer
from files.s3.host_names import bucket_of_host
from files.s3.query_fields import with_query_fields
from files.s3.request import Profile, S3Request
from files.s3.routing import operation_of
from files.s3.send import send_answer
from kbstore import metrics
from kbstore.errors import KbstoreError
from kbstore.rest.asgi import Receive, Scope, Send, client_address, sends_files
from kbstore.rest.endpoint_label import ROUTE
from kbstore.rest.errors import as_kbstore_error

log = structlog.get_logger("kbstore.access")
_UNKNOWN = "Unknown"
_NO_PROOF = Proof(Form.HEADER)


class S3Application:
    """Serves one mount in one profile."""

    def __init__(self, *, mount: str, profile: Profile) -> None:
        self._mount = mount
        self._profile = profile

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = self._request(scope)
        scope[ROUTE] = "s3/{bucket}/{key}" if b"/" in request.raw_path[len(self._mount) + 1 :] else "s3/{bucket}"
        await _Exchange(request, receive, send, sends_files=sends_files(scope)).run()

    def _request(self, scope: Scope) -> S3Request:
        return S3Request(
            method=scope["method"],
            raw_path=scope.get("raw_path") or scope["path"].encode(),
            raw_query=scope.get("query_string", b""),
            headers=scope["headers"],
            profile=self._profile,
            mount=self._mount,
            scheme=scope.get("scheme", "http"),
            client_address=client_address(scope),
            request_id=uuid.uuid4().hex,
            host_bucket=bucket_of_host(scope) if not self._mount else None,
        )


class _Exchange:
    """One request and its answer, counted and logged."""

    def __init__(self, request: S3Request, receive: Receive, send: Send, *, sends_files: bool) -> None:
        self._request = request
        self._receive, self._send, self._sends_files = receive, send, sends_files
        self._operation: Operation | None = None
        #: Of a request that is refused, its body is still known to be on its way.
        self._body = IncomingBody(request, _NO_PROOF, receive)
        self._caller = ""
        self._started = time.monotonic()

    async def run(self) -> None:
        status, sent = 0, 0
        try:
            answer = await self._answer()
            status = answer.status
            sent = await send_answer(self._send, answer, self._request, body=self._body, sends_files=self._sends_files)
        except ClientGone:
            log.info("S3 request broken off by the client", request_id=self._request.request_id)
        finally:
            self._note(status, sent)

    async def _answer(self) -> Answer:
        try:
            preflight = cors.preflight(self._request)
            return preflight if preflight is not None else await self._handled()
        except ClientGone:
            raise
        except KbstoreError as error:
            return error_answer(error, self._request, self._operation)
        except Exception as error:  # noqa: BLE001 - the last resort: whatever it was, the client gets an answer
            known = as_kbstore_error(error)
            if known is None:
                log.error("unexpected fault", path=self._request.resource, exc_info=error)
            return error_answer(known or ObjectError(), self._request, self._operation)

    async def _handled(self) -> Answer:
        request = self._request
        self._operation = operation = operation_of(request)
        caller, proof = await authenticate(request, operation)
        self._caller = caller.access_key_id or caller.owner
        if proof.form is Form.QUERY:
            request = with_query_fields(request)
        self._body = IncomingBody(request, proof, self._receive)
        return await operation.handler(Call(request, operation, caller, proof, self._body))

    def _note(self, status: int, sent: int) -> None:
        name = self._operation.name if self._operation else _UNKNOWN
        seconds = time.monotonic() - self._started
        outcome = "success" if 0 < status < 400 else "error"
        metrics.S3_OPERATIONS.labels(name, outcome).inc()
        metrics.S3_OPERATION_DURATION.labels(name).observe(seconds)
        received = self._body.object_bytes
        if received:
            metrics.S3_BYTES_IN.inc(received)
        if sent:
            metrics.S3_BYTES_OUT.inc(sent)
        log.info("s3", **self._logged(name, status, received, sent, seconds))

    def _logged(self, name: str, status: int, received: int, sent: int, seconds: float) -> dict[str, Any]:
        """The path goes without its query, which may hold signatures."""
        return {
            "request_id": self._request.request_id,
            "operation": name,
            "caller": self._caller,
            "path": self._request.raw_path.decode("latin-1"),
            "status": status,
            "bytes_in": received,
            "bytes_out": sent,
            "duration_ms": round(seconds * 1000, 1),
        }
