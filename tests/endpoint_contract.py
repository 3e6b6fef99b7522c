"""The first five tests of every endpoint: no key, a stranger, a reader, a bad body, the shape of errors."""

from __future__ import annotations

from typing import Any, ClassVar

import httpx

from tests.cast import Person


class EndpointContract:
    """Set `path`, `method` and `needs` (admin, manage, write, read or project_read); `has_body` if one is required."""

    path: ClassVar[str]
    method: ClassVar[str]
    needs: ClassVar[str]
    has_body: ClassVar[bool] = False
    names: ClassVar[dict[str, str]] = {"bucket": "none", "table": "none", "key": "none"}

    def call(self, person: Person, **options: Any) -> httpx.Response:
        return person.request(self.method, self.path, **self.named(), **options)

    def named(self) -> dict[str, str]:
        """The names that this path has a place for."""
        return {name: value for name, value in self.names.items() if "{" + name + "}" in self.path}

    def test_without_a_key_it_is_401(self, nobody: Person) -> None:
        reply = self.call(nobody)
        assert (reply.status_code, reply.json()) == (401, {"detail": "Not authenticated"})
        assert reply.headers["WWW-Authenticate"] == "Bearer"

    def test_a_stranger_is_refused(self, alice: Person, carol: Person) -> None:
        carol.project_id = alice.project_id
        reply = self.call(carol)
        expected = (401, "unauthorized") if self.needs == "admin" else (403, "forbidden")
        assert (reply.status_code, reply.json()["detail"]["error"]) == expected
        assert "details" not in reply.json()["detail"]

    def test_a_reader_may_only_read(self, bob: Person) -> None:
        status = self.call(bob).status_code
        assert (status in (401, 403)) == (self.needs not in ("read", "project_read"))

    def test_a_bad_body_is_422_unless_there_is_to_be_none(self, alice: Person, admin: Person) -> None:
        admin.project_id = alice.project_id
        if not self.has_body:
            assert self.call(admin, content=b"{broken").status_code != 422
            return
        for content in (b"", b"null", b"[]", b"{", b'"x"'):
            reply = self.call(admin, content=content)
            assert reply.status_code == 422, content
            assert {"type", "loc", "msg", "input"} <= reply.json()["detail"][0].keys()

    def test_a_wrong_method_is_405_and_names_the_right_ones(self, alice: Person) -> None:
        reply = alice.request("PATCH", self.path, **self.named())
        assert (reply.status_code, reply.json()) == (405, {"detail": "Method Not Allowed"})
        assert self.method in reply.headers["Allow"].split(", ")
