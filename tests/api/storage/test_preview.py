"""Rest-core section 10; rows of every type are in the engine's own tests."""

from __future__ import annotations

import pytest

from tests.cast import TABLE, Person, error_of
from tests.endpoint_contract import EndpointContract

ORDERS = {"bucket": "in.c-sales", "table": "orders"}
PREVIEW = TABLE + "/preview"


@pytest.mark.usefixtures("bucket")
class TestPreview(EndpointContract):
    path, method, needs = PREVIEW, "GET", "read"

    def test_of_an_empty_table(self, alice: Person, orders: dict) -> None:
        assert alice.get(PREVIEW, **ORDERS).json() == {
            "columns": orders["columns"],
            "rows": [],
            "total_row_count": 0,
            "preview_row_count": 0,
        }

    @pytest.mark.parametrize("limit", ["0", "10001", "", "x", "-1"])
    def test_a_limit_out_of_range_is_422(self, alice: Person, orders: dict, limit: str) -> None:
        reply = alice.get(f"{PREVIEW}?limit={limit}", **ORDERS)
        assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["query", "limit"])

    def test_rows_and_counts(self, alice: Person, orders: dict) -> None:
        alice.load("id,amount\n1,12.5\n2,\n9223,-0.01\n", "orders").raise_for_status()
        body = alice.get(f"{PREVIEW}?limit=2", **ORDERS).json()
        assert (body["total_row_count"], body["preview_row_count"]) == (3, 2)
        assert len(body["rows"]) == 2
        body = alice.get(PREVIEW, **ORDERS).json()
        rows = sorted(body["rows"], key=lambda row: row["id"])
        assert rows == [
            {"id": 1, "amount": "12.50"},
            {"id": 2, "amount": None},
            {"id": 9223, "amount": "-0.01"},
        ]
        assert list(rows[0]) == ["id", "amount"]

    def test_a_header_says_that_values_were_cut_to_keep_the_answer_small(self, alice: Person) -> None:
        alice.make_table("in.c-sales", "notes", {"id": "INTEGER", "note": "VARCHAR"})
        note = "x" * 900_000
        alice.load("id,note\n" + "".join(f"{id},{note}\n" for id in range(80)), "notes").raise_for_status()
        whole = alice.get(f"{PREVIEW}?limit=1", bucket="in.c-sales", table="notes")
        assert "X-Preview-Truncated" not in whole.headers
        assert whole.json()["rows"][0]["note"] == note
        cut = alice.get(PREVIEW, bucket="in.c-sales", table="notes")
        assert (cut.status_code, cut.headers["X-Preview-Truncated"]) == (200, "true")
        assert cut.json()["preview_row_count"] == 80
        assert {len(row["note"]) for row in cut.json()["rows"]} == {65_536}

    def test_of_an_unknown_table(self, alice: Person) -> None:
        assert error_of(alice.get(PREVIEW, **ORDERS)) == (404, "table_not_found")
