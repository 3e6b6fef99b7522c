"""Objects of an S3 service elsewhere, read in constant memory and with nothing followed that the service says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

import httpx
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.conf import settings

from files.errors import ObjectFetchFailed, ObjectNotFound
from files.services import staging
from files.services.objects.object_url import ObjectUrl
from files.services.remote_objects.allowed_hosts import Endpoint, checked_address, require_allowed
from files.services.remote_objects.sign_request import RemoteCredentials, encoded, query_string, signed_headers

_TIMEOUT_SECONDS = 30.0
_TRIES = 3
_LONGEST_ANSWER = 16 << 20
_MOST_PAGES = 1000
_CODE = re.compile(rb"<Code>([A-Za-z0-9.]{1,64})</Code>")


@dataclass(frozen=True)
class RemoteObjects:
    """`ObjectPlace` of a service that the installation allows; buckets are addressed by path."""

    endpoint: Endpoint
    region: str
    credentials: RemoteCredentials

    def list_below(self, prefix: ObjectUrl) -> Iterator[ObjectUrl]:
        query = {"list-type": "2", "prefix": prefix.key}
        for _ in range(_MOST_PAGES):
            page = self._page(ObjectUrl(prefix.bucket, ""), query)
            for found in page.iterfind("{*}Contents"):
                yield ObjectUrl(prefix.bucket, found.findtext("{*}Key") or "")
            token = page.findtext("{*}NextContinuationToken")
            if page.findtext("{*}IsTruncated") != "true" or not token or token == query.get("continuation-token"):
                return
            query |= {"continuation-token": token}
        raise ObjectFetchFailed(str(prefix), "its list does not end")

    def fetch(self, url: ObjectUrl, target: Path, check: Callable[[], None]) -> None:
        for left in reversed(range(_TRIES)):
            try:
                with self._answer(url, {}) as answer:
                    self._save(url, answer, target, check)
                return
            except httpx.TransportError as error:
                target.unlink(missing_ok=True)
                if not left:
                    raise ObjectFetchFailed(str(url), _reason(error)) from error

    def _save(self, url: ObjectUrl, answer: httpx.Response, target: Path, check: Callable[[], None]) -> None:
        received, limit = 0, settings.MAX_FILE_BYTES
        with target.open("xb") as sink:
            for block in answer.iter_raw():
                check()
                received += len(block)
                if received > limit:
                    raise ObjectFetchFailed(str(url), f"it has more than {limit} bytes")
                with staging.disk_errors():
                    sink.write(block)

    def _page(self, url: ObjectUrl, query: Mapping[str, str]) -> Element:
        try:
            with self._answer(url, query) as answer:
                return fromstring(_text_of(answer))
        except (ParseError, DefusedXmlException, ValueError) as error:
            raise ObjectFetchFailed(str(url), "its list cannot be read") from error
        except httpx.TransportError as error:
            raise ObjectFetchFailed(str(url), _reason(error)) from error

    @contextmanager
    def _answer(self, url: ObjectUrl, query: Mapping[str, str]) -> Iterator[httpx.Response]:
        """A successful answer to a signed GET. Raises ObjectNotFound, ObjectFetchFailed, httpx.TransportError."""
        allowed = settings.IMPORT_S3_HOSTS
        require_allowed(self.endpoint, allowed)
        address = checked_address(self.endpoint, allowed)
        path = f"/{encoded(url.bucket)}/{encoded(url.key, safe='/')}".rstrip("/" if not url.key else "")
        headers = signed_headers(
            self.credentials, region=self.region, authority=self.endpoint.authority, path=path, query=query
        )
        raw_path = f"{path}?{query_string(query)}" if query else path
        target = httpx.URL(
            scheme=self.endpoint.scheme, host=address, port=self.endpoint.port, raw_path=raw_path.encode()
        )
        # The environment's proxies would see other addresses than the one that was checked.
        with (
            httpx.Client(trust_env=False, follow_redirects=False, timeout=_TIMEOUT_SECONDS) as client,
            client.stream(
                "GET",
                target,
                headers=headers | {"accept-encoding": "identity"},
                extensions={"sni_hostname": self.endpoint.host},
            ) as answer,
        ):
            if answer.status_code == 404:
                raise ObjectNotFound(str(url))
            if answer.status_code != 200:
                raise ObjectFetchFailed(str(url), _refusal(answer))
            yield answer


def _text_of(answer: httpx.Response) -> bytes:
    text = b""
    for block in answer.iter_raw():
        text += block
        if len(text) > _LONGEST_ANSWER:
            raise ValueError("longer than any list")
    return text


def _refusal(answer: httpx.Response) -> str:
    """The service's status and code; the rest of what it says may repeat what we sent."""
    code = _CODE.search(_text_of(answer)[: 64 << 10])
    return f"{answer.status_code} {code[1].decode()}" if code else f"status {answer.status_code}"


def _reason(error: httpx.TransportError) -> str:
    return "it takes too long" if isinstance(error, httpx.TimeoutException) else "the connection failed"
