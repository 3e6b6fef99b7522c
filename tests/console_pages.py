"""The pages of the console as links lead to them: what kind an address is of, and a walk without a browser."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

from django.http import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve

#: They lead out, change the language or send a file.
NO_PAGES = ("logout", "jsi18n", "download", "view_on_site")
#: What tells pages of one view apart.
TELLING = ("tab", "step")


def kind_of(url: str) -> str | None:
    """The name of the view, and which of its tabs; None for what is no page."""
    parts = urlsplit(url)
    try:
        name = resolve(parts.path).view_name
    except Resolver404:
        return None
    if not name.startswith("admin:") or any(word in name for word in NO_PAGES):
        return None
    query = parse_qs(parts.query)
    return "/".join([name, *(value for field in TELLING for value in query.get(field, ()))])


class _Links(HTMLParser):
    """Where the page leads, and what htmx loads into it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        target = values.get("href") if tag == "a" and "download" not in values else values.get("hx-get")
        if target:
            self.found.append(target)


def links_of(html: str) -> list[str]:
    reader = _Links()
    reader.feed(html)
    return reader.found


def crawl(client: Client, start: list[str]) -> Iterator[tuple[str, str, HttpResponseBase]]:
    """One page of each kind: kind, address, answer. Begins with `start`; the first link to a kind is the one taken."""
    waiting, known = deque(start), {kind_of(url) for url in start}
    while waiting:
        url = waiting.popleft()
        reply = client.get(url)
        yield kind_of(url) or url, url, reply
        if reply.status_code != 200 or not reply.headers.get("Content-Type", "").startswith("text/html"):
            continue
        for href in links_of(reply.content.decode()):
            target = urlsplit(urljoin(url, href))._replace(scheme="", netloc="", fragment="").geturl()
            kind = kind_of(target)
            if kind is not None and kind not in known:
                known.add(kind)
                waiting.append(target)
