"""What every walk through the console uses: one browser and one server for all walks of a worker, and who is logged in.

A walk asks for `page` (the operator's), `viewer_page` or `member_page` and for `owner`, who has a project of their
own. `axe(page)` of tests/walks/axe.py looks at a page for what shuts somebody out.
"""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.cast import Person, Server, new_project
from tests.walks.browsers import CHROMIUM, FLAGS
from tests.walks.people import OPERATOR, logged_in, make_user

SIZE = {"width": 1440, "height": 900}
#: Of whatever a walk waits for: a busy machine must not fail it.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is None:
        missing = pytest.mark.skip(reason="no chromium on this machine: `make chromium` installs it")
        for item in items:
            if "browser" in getattr(item, "fixturenames", ()):
                item.add_marker(missing)


@dataclass
class _Running:
    """A browser, and the event loop of Playwright that only runs while a walk does.

    Playwright leaves its loop marked as running between its calls. Other tests of the same worker must not meet that
    mark: Django's ORM refuses to work under a running loop, and asyncio.run() does.
    """

    browser: Browser
    loop: AbstractEventLoop

    @contextmanager
    def resumed(self) -> Iterator[Browser]:
        asyncio._set_running_loop(self.loop)
        try:
            yield self.browser
        finally:
            asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def _running() -> Iterator[_Running]:
    with sync_playwright() as playwright:
        loop = asyncio.get_running_loop()
        running = _Running(playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS), loop)
        asyncio._set_running_loop(None)
        yield running
        asyncio._set_running_loop(loop)
        running.browser.close()
    asyncio._set_running_loop(None)


@pytest.fixture
def browser(_running: _Running) -> Iterator[Browser]:
    with _running.resumed() as browser:
        yield browser


@pytest.fixture(scope="session")
def operators_cookies(server: Server) -> dict[str, Any]:
    return logged_in(server, OPERATOR)


@pytest.fixture
def problems() -> Iterator[list[str]]:
    """What must not happen in a walk; one that provokes something takes it out (`problems.clear()`)."""
    found: list[str] = []
    yield found
    assert found == []


def watch(context: BrowserContext, server: Server, problems: list[str]) -> None:
    """Note requests to other hosts, errors in the browser's console (refusals by the CSP are some), and dialogs."""

    def on_request(request: Request) -> None:
        if not request.url.startswith((server.url, "data:", "blob:")):
            problems.append(f"request to {request.url}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(f"{message.text} ({message.location.get('url', '')})")

    context.on("request", on_request)
    context.on("console", on_console)
    context.on("weberror", lambda error: problems.append(str(error.error)))
    context.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(browser: Browser, server: Server, problems: list[str]) -> Iterator[NewContext]:
    """Makes watched browser contexts: `cookies` says who is logged in, options are those of Playwright."""
    made: list[BrowserContext] = []

    def make(cookies: dict[str, Any] | None = None, **options: Any) -> BrowserContext:
        settings = {"viewport": SIZE, "reduced_motion": "reduce", "base_url": server.url} | options
        context = browser.new_context(storage_state=cookies, **settings)
        context.set_default_timeout(PATIENCE_MS)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        watch(context, server, problems)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def context(new_context: NewContext, operators_cookies: dict[str, Any]) -> BrowserContext:
    """The operator's browser."""
    return new_context(operators_cookies)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of the operator's."""
    return context.new_page()


@pytest.fixture
def owner(server: Server) -> Iterator[Person]:
    """Has a project with a bucket and a table `orders`."""
    with new_project(server) as owner:
        owner.make_table(owner.make_bucket(), "orders", {"id": "INTEGER", "amount": "DECIMAL(10,2)", "note": "VARCHAR"})
        yield owner


@pytest.fixture
def viewer_page(new_context: NewContext, server: Server) -> Page:
    """A page of a viewer's, who sees every project and changes nothing."""
    return new_context(logged_in(server, make_user(server, "Viewers"))).new_page()


@pytest.fixture
def member_page(new_context: NewContext, server: Server, owner: Person) -> Page:
    """A page of a member's of the owner's project."""
    return new_context(logged_in(server, make_user(server, "Project members", owner.project_id))).new_page()
