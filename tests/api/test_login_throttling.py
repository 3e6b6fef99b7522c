"""Wrong keys and passwords are slowed down for each address; right keys never are."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.cast import ADMIN_KEY, Person, Server, error_of, start_server

LIMIT = 5
PASSWORD = "operator-password"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Believes the addresses that its tests make up: each uses its own."""
    running = start_server(
        tmp_path_factory.mktemp("strict"),
        KBSTORE_FAILED_LOGINS_PER_MINUTE=str(LIMIT),
        KBSTORE_FAILED_CONSOLE_LOGINS=str(LIMIT),
        KBSTORE_TRUST_PROXY_HEADERS="true",
    )
    yield running
    running.stop()


@pytest.fixture(scope="module")
def owner(strict: Server) -> Person:
    made = Person(strict, key=ADMIN_KEY).post("/projects", json={"id": "p"})
    made.raise_for_status()
    return Person(strict, key=made.json()["api_key"], project_id="p")


def at(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


def wrong(owner: Person) -> Person:
    return Person(owner.server, key=f"{owner.key}x", project_id="p")


def test_after_too_many_wrong_keys_the_answer_is_429_with_a_time_to_wait(owner: Person) -> None:
    guesser, here = wrong(owner), at("192.0.2.1")
    assert [guesser.get("/projects/{p}", headers=here).status_code for _ in range(LIMIT)] == LIMIT * [403]
    reply = guesser.get("/projects/{p}", headers=here)
    assert error_of(reply) == (429, "too_many_failed_logins")
    assert 1 <= int(reply.headers["Retry-After"]) <= 120


def test_a_right_key_is_served_from_an_address_full_of_wrong_ones(owner: Person) -> None:
    admin, guesser, here = Person(owner.server, key=ADMIN_KEY), wrong(owner), at("192.0.2.2")
    for _ in range(LIMIT + 2):
        guesser.get("/projects/{p}", headers=here)
    assert guesser.get("/projects/{p}", headers=here).status_code == 429
    assert owner.get("/projects/{p}", headers=here).status_code == 200
    assert admin.get("/projects", headers=here).status_code == 200
    assert guesser.get("/projects/{p}", headers=at("192.0.2.3")).status_code == 403


def test_wrong_admin_keys_count_too(owner: Person) -> None:
    guesser, here = wrong(owner), at("192.0.2.4")
    assert [guesser.get("/projects", headers=here).status_code for _ in range(LIMIT)] == LIMIT * [401]
    assert error_of(guesser.get("/projects", headers=here)) == (429, "too_many_failed_logins")


def test_a_right_key_at_the_wrong_door_is_no_guess(owner: Person) -> None:
    here = at("192.0.2.5")
    for _ in range(LIMIT + 1):
        assert owner.get("/projects/other", headers=here).status_code == 403
        assert owner.get("/projects", headers=here).status_code == 401
    assert Person(owner.server, key=None).get("/projects", headers=here).status_code == 401


def test_a_request_with_an_idempotency_key_counts_once(owner: Person) -> None:
    headers = at("192.0.2.6") | {"X-Idempotency-Key": "guess"}
    guesser = wrong(owner)
    seen = [guesser.put("/projects/{p}", json={"name": "x"}, headers=headers).status_code for _ in range(LIMIT + 1)]
    assert seen == [*LIMIT * [403], 429]


def test_one_host_cannot_hide_in_its_ipv6_network(owner: Person) -> None:
    guesser = wrong(owner)
    seen = [guesser.get("/projects/{p}", headers=at(f"2001:db8::{n}")).status_code for n in range(1, LIMIT + 2)]
    assert seen[-1] == 429
    assert guesser.get("/projects/{p}", headers=at("2001:db8:0:1::1")).status_code == 403


def test_uploads_count(owner: Person) -> None:
    guesser, here = wrong(owner), at("192.0.2.7")
    path = "/projects/{p}/files/upload/x"
    assert [guesser.put(path, headers=here).status_code for _ in range(LIMIT + 1)] == [*LIMIT * [403], 429]


def test_websockets_count(owner: Person) -> None:
    url = owner.server.url.replace("http", "ws") + "/ws/jobs/x/"

    def close_code() -> int:
        headers = at("192.0.2.8") | {"Authorization": "Bearer wrong"}
        with connect(url, additional_headers=headers) as socket, pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=10)
        return closed.value.rcvd.code

    assert [close_code() for _ in range(LIMIT + 1)] == [*LIMIT * [4403], 4429]


# --- the console


class Browser:
    """Somebody at the console's login page."""

    def __init__(self, server: Server, address: str) -> None:
        self.http = httpx.Client(base_url=server.url, headers=at(address), timeout=60)

    def log_in(self, name: str, password: str) -> httpx.Response:
        page = self.http.get("/admin/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        body = {"username": name, "password": password, "csrfmiddlewaretoken": token[1]}
        return self.http.post("/admin/login/", data=body)


def test_after_too_many_wrong_passwords_the_right_one_has_to_wait(strict: Server) -> None:
    browser = Browser(strict, "192.0.2.20")
    for _ in range(LIMIT):
        assert "Please enter the correct" in browser.log_in("admin", "wrong").text
    refused = browser.log_in("admin", PASSWORD)
    assert refused.status_code == 200
    assert "Too many failed logins. Try again in" in refused.text
    assert browser.http.get("/admin/").status_code == 302


def test_nobody_locks_an_operator_out_from_elsewhere(strict: Server) -> None:
    stranger = Browser(strict, "192.0.2.21")
    for _ in range(LIMIT + 1):
        stranger.log_in("admin", "wrong")
    assert Browser(strict, "192.0.2.22").log_in("admin", PASSWORD).status_code == 302


def test_a_right_password_starts_from_zero(strict: Server) -> None:
    for _ in range(2):
        browser = Browser(strict, "192.0.2.23")
        for _ in range(LIMIT - 1):
            browser.log_in("admin", "wrong")
        assert browser.log_in("admin", PASSWORD).status_code == 302


def test_an_empty_password_wipes_nothing_out(strict: Server) -> None:
    browser = Browser(strict, "192.0.2.24")
    for _ in range(LIMIT):
        browser.log_in("admin", "wrong")
        browser.log_in("admin", "")
    assert "Too many failed logins" in browser.log_in("admin", PASSWORD).text


def test_one_address_cannot_try_all_accounts(strict: Server) -> None:
    browser = Browser(strict, "192.0.2.25")
    replies = [browser.log_in(f"user{number}", "wrong") for number in range(10 * LIMIT + 1)]
    assert "Please enter the correct" in replies[-2].text
    assert "Too many failed logins" in replies[-1].text
