"""Every page of the console that links lead to, each kind of page once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Page

from tests.console_pages import kind_of

LINKS = "links => links.filter(link => !link.hasAttribute('download')).map(link => link.getAttribute('href'))"


@dataclass(frozen=True)
class Visit:
    """`kind` of a page, where it is, and how the server answered."""

    kind: str
    url: str
    status: int


def crawl(page: Page, start: list[str], belongs: Callable[[str], bool] = lambda _kind: True) -> Iterator[Visit]:
    """Opens one page of each kind that belongs and yields while it is there to be looked at; begins with `start`."""
    waiting, known = deque(start), {kind_of(url) for url in start}
    while waiting:
        url = waiting.popleft()
        reply = page.goto(url)
        assert reply is not None
        yield Visit(kind_of(url) or url, url, reply.status)
        for href in page.eval_on_selector_all("a[href]", LINKS):
            target = urlsplit(urljoin(page.url, href))._replace(scheme="", netloc="", fragment="").geturl()
            kind = kind_of(target)
            if kind is not None and kind not in known and belongs(kind):
                known.add(kind)
                waiting.append(target)
