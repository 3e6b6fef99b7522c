# Written by generate_sync.py from _async/resource.py: change that and run it again.

"""What all resources share: typed answers, pages, jobs and streams.

The first two arguments of every request are literals, the method and the path as the OpenAPI document has it: a test
reads them to see that no endpoint is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, overload

import httpx
import pydantic

from keboola_duckdb._sync.transport import ContentSource
from keboola_duckdb.bodies import unexpected_answer
from keboola_duckdb.calls import new_call
from keboola_duckdb.errors import StorageError
from keboola_duckdb.models.base import Model
from keboola_duckdb.models.jobs import Job
from keboola_duckdb.models.page import Page
from keboola_duckdb.progress import ProgressCallback

if TYPE_CHECKING:
    from keboola_duckdb._sync.client import Client

M = TypeVar("M", bound=Model)
Item = TypeVar("Item")

PAGE_ROWS = 100
_RESPOND_ASYNC = {"Prefer": "respond-async"}


class Resource:
    """Part of a client: the calls of one kind of thing."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._transport = client._transport

    @overload
    def _call(self, method: str, template: str, *, into: type[M], **options: Any) -> M: ...
    @overload
    def _call(self, method: str, template: str, *, into: None = None, **options: Any) -> None: ...
    def _call(self, method: str, template: str, *, into: type[M] | None = None, **options: Any) -> M | None:
        """One request, its answer as `into`. `options` are those of `new_call`: path, query, body, headers, ..."""
        response = self._transport.send(new_call(method, template, **options))
        return None if into is None else parsed(response, into)

    def _page(
        self,
        method: str,
        template: str,
        *,
        into: type[M],
        member: str,
        limit: int | None = None,
        offset: int = 0,
        query: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Page[M]:
        """One page of a list, whose things are in `member` of the answer."""
        asked = {"limit": limit, "offset": offset or None} | dict(query or {})
        response = self._transport.send(new_call(method, template, query=asked, **options))
        return page_of(response, into, member=member, limit=limit, offset=offset)

    @overload
    def _run(self, method: str, template: str, *, into: type[M], wait: Literal[True] = True, **options: Any) -> M: ...
    @overload
    def _run(self, method: str, template: str, *, into: type[M], wait: bool, **options: Any) -> M | Job: ...
    def _run(
        self,
        method: str,
        template: str,
        *,
        into: type[M],
        wait: bool = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
        **options: Any,
    ) -> M | Job:
        """Start work as a job and follow it; `wait=False` gives the job instead. See `_start`."""
        outcome = self._start(method, template, wait=wait, timeout=timeout, on_progress=on_progress, **options)
        if isinstance(outcome, Job):
            return outcome if not wait else result_of(outcome, into)
        return parsed(outcome, into)

    def _start(
        self,
        method: str,
        template: str,
        *,
        wait: bool,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
        **options: Any,
    ) -> httpx.Response | Job:
        """Ask for a job. The job, which has succeeded with `wait`; or the answer, where the server needed no job.

        Raises JobFailedError, and TimeoutError when `timeout` seconds are over (the job goes on).
        """
        response = self._transport.send(new_call(method, template, headers=_RESPOND_ASYNC, **options))
        if response.status_code != httpx.codes.ACCEPTED:
            return response
        job = parsed(response, Job)
        return self._client.jobs.wait(job.id, timeout=timeout, on_progress=on_progress) if wait else job

    def _stream_down(self, method: str, template: str, **options: Any) -> AbstractContextManager[httpx.Response]:
        """An answer whose body is read within the block. What breaks there is a NetworkError."""
        return self._transport.stream(new_call(method, template, **options))

    def _stream_up(
        self, method: str, template: str, *, content: ContentSource, is_repeatable: bool, **options: Any
    ) -> httpx.Response:
        """Send bytes under no idempotency key; `content` is called anew for each attempt if it is repeatable."""
        call = new_call(method, template, is_keyed=False, is_repeatable=is_repeatable, **options)
        return self._transport.send(call, content=content)


class ListPage(Protocol[Item]):
    """Fetches one page."""

    def __call__(self, limit: int, offset: int, /) -> Page[Item]: ...


def pages_of(list_page: ListPage[Item], *, page_size: int) -> Iterator[Item]:
    """All things of a list, a page at a time."""
    offset = 0
    while True:
        page = list_page(page_size, offset)
        yield from page.items
        offset += len(page.items)
        if not page.items or offset >= page.total:
            return


def parsed(response: httpx.Response, into: type[M]) -> M:
    """The body of a success. Raises APIError if it is something else."""
    try:
        return into.model_validate_json(response.content)
    except pydantic.ValidationError as error:
        raise unexpected_answer(response, f"no {into.__name__}") from error


def page_of(response: httpx.Response, into: type[M], *, member: str, limit: int | None, offset: int) -> Page[M]:
    try:
        body = response.json()
        items = [into.model_validate(item) for item in body[member]]
        return Page(items=items, total=int(body["total"]), limit=limit, offset=offset)
    except (pydantic.ValidationError, ValueError, KeyError, TypeError) as error:
        raise unexpected_answer(response, f"no list of {into.__name__}") from error


def result_of(job: Job, into: type[M]) -> M:
    """What a job that succeeded has made."""
    try:
        return into.model_validate(job.result or {})
    except pydantic.ValidationError as error:
        raise StorageError(f"The result of job {job.id} ({job.type}) is no {into.__name__}") from error
