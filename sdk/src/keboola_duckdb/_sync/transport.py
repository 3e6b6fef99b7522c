# Written by generate_sync.py from _async/transport.py: change that and run it again.

"""Requests over HTTP: keys, request ids, retries, and errors of ours instead of httpx's."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import httpx
from tenacity import Retrying

from keboola_duckdb._version import __version__
from keboola_duckdb.bodies import error_of, network_error, redirect_error
from keboola_duckdb.calls import Call
from keboola_duckdb.errors import StorageError, TimeoutError
from keboola_duckdb.retries import retry_options
from keboola_duckdb.settings import ClientSettings

log = logging.getLogger("keboola_duckdb")

#: Makes the content of a request, anew for each attempt.
ContentSource = Callable[[], Iterable[bytes]]

_REDIRECTS = (301, 302, 303, 307)


class Transport:
    """One pool of connections to one server. Close it when done."""

    def __init__(self, settings: ClientSettings, *, http_transport: httpx.BaseTransport | None = None) -> None:
        self.settings = settings
        headers = {"User-Agent": f"keboola-duckdb-sdk/{__version__}", "Accept": "application/json"}
        if settings.api_key is not None:
            headers["Authorization"] = f"Bearer {settings.api_key.get_secret_value()}"
        self._http = httpx.Client(
            base_url=settings.url,
            headers=headers,
            timeout=settings.timeouts(),
            verify=settings.tls() or True,
            transport=http_transport,
        )

    def close(self) -> None:
        self._http.close()

    def send(self, call: Call, *, content: ContentSource | None = None) -> httpx.Response:
        """The answer, read to its end. Raises APIError for refusals, NetworkError where there is no answer."""
        if not call.is_repeatable:
            return self._attempt(call, content)
        retrying = Retrying(**retry_options(self.settings.max_retries))
        return retrying(self._attempt, call, content)

    @contextmanager
    def stream(self, call: Call) -> Iterator[httpx.Response]:
        """An answer whose body is still to be read. It is tried again until its head is there, and no longer."""
        retrying = Retrying(**retry_options(self.settings.max_retries if call.is_repeatable else 0))
        response: httpx.Response = retrying(self._open, call, None)
        try:
            with own_errors(call):
                yield response
        finally:
            response.close()

    def _attempt(self, call: Call, content: ContentSource | None) -> httpx.Response:
        response = self._open(call, content)
        try:
            with own_errors(call):
                response.read()
        finally:
            response.close()
        return response

    def _open(self, call: Call, content: ContentSource | None) -> httpx.Response:
        request = self._request(call, content)
        started = time.monotonic()
        with own_errors(call):
            response = self._http.send(request, stream=True)
        log.debug(
            "%s %s: %d after %.0f ms, request %s",
            call.method,
            request.url.path,
            response.status_code,
            (time.monotonic() - started) * 1000,
            call.request_id,
        )
        if response.is_error or response.status_code in _REDIRECTS:
            raise _refusal(call, response)
        return response

    def _request(self, call: Call, content: ContentSource | None) -> httpx.Request:
        return self._http.build_request(
            call.method,
            call.path,
            params=call.query or None,
            json=call.body,
            content=content() if content is not None else None,
            headers=call.headers,
            timeout=self.settings.timeouts(call.read_timeout),
        )


def _refusal(call: Call, response: httpx.Response) -> StorageError:
    try:
        with own_errors(call):
            response.read()
    finally:
        response.close()
    return error_of(response) if response.is_error else redirect_error(response)


@contextmanager
def own_errors(call: Call) -> Iterator[None]:
    """Errors of the network as NetworkError and TimeoutError."""
    where = f"{call.method} {call.path}"
    try:
        yield
    except httpx.TimeoutException as error:
        what = "no connection in time" if isinstance(error, httpx.ConnectTimeout) else "no answer in time"
        raise TimeoutError(f"{where}: {what}", request_id=call.request_id) from error
    except (httpx.TransportError, httpx.StreamError, httpx.InvalidURL) as error:
        raise network_error(error, where=where, request_id=call.request_id) from error
