"""A small client of the REST API: what any program would write with httpx."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

CHUNK_BYTES = 1024 * 1024
TIMEOUT = httpx.Timeout(60.0, read=120.0)


class ApiFailure(Exception):
    """The server refused or failed; the text is the server's own message."""


class Api:
    """Calls on behalf of one key."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=TIMEOUT)

    def call(self, method: str, path: str, body: Any = None, *, ok: tuple[int, ...] = (), **kwargs: Any) -> Any:
        """The answer's JSON. Raises ApiFailure for every status that is neither 2xx nor in `ok`."""
        response = self.send(method, path, body, **kwargs)
        if not response.is_success and response.status_code not in ok:
            raise ApiFailure(f"{method} {path}: {response.status_code} {message_of(response)}")
        return response.json() if response.content else None

    def send(self, method: str, path: str, body: Any = None, **kwargs: Any) -> httpx.Response:
        try:
            if body is not None:
                kwargs["json"] = body
            return self._http.request(method, path, **kwargs)
        except httpx.TransportError as error:
            raise ApiFailure(f"{method} {path}: no answer from the server ({error!r})") from error

    def upload(self, path: Path, *, project: str, content_type: str, sent: Callable[[int], None]) -> dict[str, Any]:
        """Prepare, stream the bytes, register; returns the file. `sent` hears how many bytes went out."""
        files = f"/projects/{quote(project)}/files"
        size = path.stat().st_size
        ticket = self.call(
            "POST", f"{files}/prepare", {"filename": path.name, "content_type": content_type, "size_bytes": size}
        )

        def chunks() -> Iterator[bytes]:
            with path.open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk
                    sent(len(chunk))

        self.call("PUT", ticket["upload_url"], content=chunks(), headers={"Content-Length": str(size)})
        return self.call("POST", files, {"upload_key": ticket["upload_key"]})

    def download(self, path: str, target: Path) -> None:
        with self._http.stream("GET", path) as response, target.open("wb") as file:
            if not response.is_success:
                response.read()
                raise ApiFailure(f"GET {path}: {response.status_code} {message_of(response)}")
            for chunk in response.iter_bytes(CHUNK_BYTES):
                file.write(chunk)

    def submit(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Start an asynchronous job; returns it."""
        return self.call("POST", path, body, headers={"Prefer": "respond-async"})


def message_of(response: httpx.Response) -> str:
    """The server's words, whichever of its error shapes they came in."""
    try:
        body = response.json()
    except ValueError:
        return response.text[:300]
    detail = body.get("detail", body) if isinstance(body, dict) else body
    return str(detail.get("message", detail)) if isinstance(detail, dict) else str(detail)
