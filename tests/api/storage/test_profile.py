"""Rest-core section 13 over HTTP; its formulas are in the engine's own tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.cast import TABLE, Person, error_of
from tests.endpoint_contract import EndpointContract

PROFILE = TABLE + "/profile"
THINGS = {"bucket": "in.c-sales", "table": "things"}
COLUMNS = {"id": "BIGINT", "amount": "DECIMAL(10,2)", "ratio": "DOUBLE", "mail": "VARCHAR", "day": "DATE"}
MEMBERS = ["table_name", "bucket_name", "row_count", "column_count", "statistics", "quality_score"]
MEMBERS += ["quality_issues", "correlations"]


@pytest.fixture
def things(alice: Person, bucket: str) -> None:
    """Three rows with something to say in every mode."""
    alice.make_table(bucket, "things", COLUMNS)
    rows = "1,1.50,1.5,a@example.com,2024-01-31\n2,2.50,2.5,,\n9223372036854775807,3.50,3.5,none,2024-02-01\n"
    alice.load("id,amount,ratio,mail,day\n" + rows, "things").raise_for_status()


def ask(person: Person, query: str = "", **options: Any) -> httpx.Response:
    return person.post(PROFILE + query, **(THINGS | options))


def profile(person: Person, query: str = "", **options: Any) -> dict[str, Any]:
    reply = ask(person, query, **options)
    assert reply.status_code == 200, reply.text
    return reply.json()


def jobs(person: Person) -> int:
    return person.get("/projects/{p}/jobs?type=table_profile").json()["total"]


def kept(person: Person) -> Iterator[str]:
    """The modes that are kept of this project's versions."""
    rows = person.server.execute(
        "SELECT mode FROM storage_tableprofile JOIN storage_tableversion AS version ON version_id = version.id"
        " WHERE project_id = ? ORDER BY mode",
        person.project_id,
    )
    return (mode for (mode,) in rows)


class TestProfile(EndpointContract):
    path, method, needs = PROFILE, "POST", "read"


def test_every_field_is_there(alice: Person, things: None) -> None:
    body = profile(alice, "?mode=full")
    assert list(body) == MEMBERS
    assert (body["table_name"], body["bucket_name"], body["row_count"], body["column_count"]) == (
        "things",
        "in.c-sales",
        3,
        5,
    )
    assert [column["column_name"] for column in body["statistics"]] == list(COLUMNS)
    assert {len(column) for column in body["statistics"]} == {30}
    number, decimal, _, text, day = body["statistics"]
    assert (number["min"], number["max"]) == (1, 9223372036854775807)
    assert (decimal["min"], decimal["q50"], decimal["avg"]) == ("1.50", "2.50", 2.5)
    assert text["detected_patterns"] == [{"pattern": "email", "match_count": 1, "match_percentage": 50.0}]
    assert (day["max"], day["histogram"]) == ("2024-02-01", None)
    assert body["correlations"][0] == {
        "column1": "amount",
        "column2": "ratio",
        "correlation": 1.0,
        "strength": "strong",
    }


@pytest.mark.parametrize(
    ("query", "histogram", "patterns", "correlations"),
    [
        ("", False, False, False),
        ("?mode=basic", False, False, False),
        ("?mode=distribution", True, False, False),
        ("?mode=quality", False, True, True),
        ("?mode=full", True, True, True),
        ("?mode=x&mode=full", True, True, True),
    ],
)
def test_what_each_mode_adds(
    alice: Person, things: None, query: str, histogram: bool, patterns: bool, correlations: bool
) -> None:
    body = profile(alice, query)
    assert (body["statistics"][0]["histogram"] is not None) == histogram
    assert (body["statistics"][3]["detected_patterns"] is not None) == patterns
    assert (body["correlations"] is not None) == correlations
    assert body["quality_score"] == 100.0


@pytest.mark.parametrize("mode", ["FULL", "", "all", "full "])
def test_an_unknown_mode_is_422(alice: Person, things: None, mode: str) -> None:
    reply = alice.post(PROFILE, **THINGS, params={"mode": mode})
    expected = "'basic', 'full', 'distribution' or 'quality'"
    assert (reply.status_code, reply.json()["detail"]) == (
        422,
        [
            {
                "type": "literal_error",
                "loc": ["query", "mode"],
                "msg": f"Input should be {expected}",
                "input": mode,
                "ctx": {"expected": expected},
            }
        ],
    )


@pytest.mark.parametrize("sample", ["0", "-1", "x", "1.5"])
def test_a_sample_has_at_least_one_row(alice: Person, things: None, sample: str) -> None:
    reply = ask(alice, f"?sample={sample}")
    assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["query", "sample"])


@pytest.mark.parametrize("content", [b"", b"{broken", b"null", b"\xff", b'{"mode": "full"}'])
def test_any_body_is_ignored(alice: Person, things: None, content: bytes) -> None:
    assert profile(alice, content=content, headers={"Content-Type": "application/json"})["correlations"] is None


def test_what_does_not_exist_is_404(alice: Person, things: None) -> None:
    assert error_of(ask(alice, table="none")) == (404, "table_not_found")
    assert error_of(ask(alice, bucket="none")) == (404, "bucket_not_found")
    assert error_of(ask(Person(alice.server, key=alice.key, project_id=alice.project_id, branch_id="none"))) == (
        404,
        "branch_not_found",
    )


def test_an_empty_table(alice: Person, bucket: str) -> None:
    alice.make_table(bucket, "things", COLUMNS)
    body = profile(alice, "?mode=full")
    assert (body["row_count"], body["column_count"], body["quality_score"]) == (0, 5, 100.0)
    assert (body["quality_issues"], body["correlations"], len(body["statistics"])) == ([], [], 5)


def test_a_branch_profiles_its_own_copy_once_it_has_one(alice: Person, things: None) -> None:
    branch = alice.make_branch("dev")
    assert profile(alice, br=branch)["row_count"] == 3
    alice.delete(TABLE + "/rows", **THINGS, br=branch, json={"where_clause": "id > 1"}).raise_for_status()
    body = profile(alice, br=branch)
    assert (body["table_name"], body["bucket_name"], body["row_count"]) == ("things", "in.c-sales", 1)
    assert (body["statistics"][0]["max"], body["statistics"][1]["max"]) == (1, "1.50")
    assert profile(alice)["row_count"] == 3


def test_a_constant_column_and_one_with_infinity_are_no_fault(alice: Person, bucket: str) -> None:
    alice.make_table(bucket, "things", {"same": "INTEGER", "wild": "DOUBLE"})
    alice.load("same,wild\n7,inf\n7,nan\n7,1\n7,2\n", "things").raise_for_status()
    same, wild = profile(alice, "?mode=full")["statistics"]
    assert (same["cardinality_class"], same["std"], same["skewness"]) == ("constant", 0.0, None)
    assert (wild["count"], wild["max"], wild["avg"], wild["std"]) == (4, None, None, None)


def test_the_same_profile_is_computed_once_a_version(alice: Person, things: None) -> None:
    first = profile(alice, "?mode=full")
    assert (jobs(alice), list(kept(alice))) == (1, ["full"])
    assert profile(alice, "?mode=full") == first
    assert (jobs(alice), list(kept(alice))) == (1, ["full"])
    profile(alice, "?mode=quality")
    assert (jobs(alice), list(kept(alice))) == (2, ["full", "quality"])
    events = [event for event in alice.server.events(alice.project_id) if event[0] == "profile_table"]
    assert events == [("profile_table", "success", "table", "in.c-sales.things")] * 3


def test_a_new_version_has_new_numbers(alice: Person, things: None) -> None:
    assert profile(alice)["row_count"] == 3
    alice.load("id,amount,ratio,mail,day\n5,1,1,x,\n", "things").raise_for_status()
    body = profile(alice)
    assert (body["row_count"], body["statistics"][0]["min"]) == (1, 5)


def test_a_histogram_keeps_its_order_when_it_is_kept(alice: Person, bucket: str) -> None:
    alice.make_table(bucket, "things", {"n": "INTEGER"})
    alice.load("n\n" + "".join(f"{number}\n" for number in range(-500, 500)), "things").raise_for_status()
    first, second = (profile(alice, "?mode=distribution")["statistics"][0]["histogram"] for _ in range(2))
    assert list(first)[:2] == ["[-500, -480)", "[-480, -460)"]
    assert json.dumps(second) == json.dumps(first)
    reply = ask(alice, "?mode=distribution", headers={"Prefer": "respond-async"})
    result = alice.wait_for(reply.json()["id"])["result"]
    assert json.dumps(result["statistics"][0]["histogram"]) == json.dumps(first)


def test_a_job_tells_large_numbers_as_the_direct_answer_does(alice: Person, bucket: str) -> None:
    alice.make_table(bucket, "things", {"x": "DOUBLE"})
    alice.load("x\n1e300\n2e300\n", "things").raise_for_status()
    direct = profile(alice, "?mode=full")
    reply = ask(alice, "?mode=full", headers={"Prefer": "respond-async"})
    assert json.dumps(alice.wait_for(reply.json()["id"])["result"]) == json.dumps(direct)


def test_samples_are_drawn_anew_each_time(alice: Person, things: None) -> None:
    assert profile(alice, "?mode=full&sample=2")["row_count"] == 2
    assert profile(alice, "?mode=full&sample=2")["row_count"] == 2
    assert (jobs(alice), list(kept(alice))) == (2, [])
    assert profile(alice, "?mode=full")["row_count"] == 3


def test_on_request_a_profile_is_a_job_also_when_it_is_kept(alice: Person, things: None) -> None:
    done = []
    for _ in range(2):
        reply = ask(alice, "?mode=full", headers={"Prefer": "respond-async"})
        assert reply.status_code == 202
        assert reply.headers["Location"] == f"/jobs/{reply.json()['id']}"
        done.append(alice.wait_for(reply.json()["id"]))
    assert [(job["state"], job["type"]) for job in done] == [("success", "table_profile")] * 2
    assert done[0]["result"] == done[1]["result"]
    # Numbers as any reader of JSON has them: PostgreSQL writes large ones without an exponent.
    kept_by_jobs, told = (json.dumps(each) for each in (done[0]["result"], profile(alice, "?mode=full")))
    assert json.loads(kept_by_jobs, parse_int=float) == json.loads(told, parse_int=float)


def test_a_readers_key_may_ask_in_its_branch_and_see_its_job(alice: Person, bob: Person, things: None) -> None:
    assert profile(bob)["row_count"] == 3
    assert jobs(alice) == 1
    reply = ask(bob, "?mode=full", headers={"Prefer": "respond-async"})
    assert bob.wait_for(reply.json()["id"])["state"] == "success"
    elsewhere = Person(bob.server, key=bob.key, project_id=bob.project_id)
    assert error_of(ask(elsewhere)) == (403, "forbidden")


def test_the_audit_log_tells_what_was_found(alice: Person, things: None) -> None:
    profile(alice, "?mode=quality")
    ((details,),) = alice.server.execute(
        "SELECT CAST(details AS TEXT) FROM storage_event WHERE project_id = ? AND operation = 'profile_table'",
        alice.project_id,
    )
    expected = {"row_count": 3, "column_count": 5, "mode": "quality", "quality_score": 100.0, "branch_id": "default"}
    assert expected.items() <= json.loads(details).items()


def test_through_a_link_a_table_goes_by_the_names_of_the_link(alice: Person, carol: Person, things: None) -> None:
    share = {"target_project_id": carol.project_id}
    alice.post(TABLE.split("/tables")[0] + "/share", bucket="in.c-sales", json=share).raise_for_status()
    link = {"source_project_id": alice.project_id, "source_bucket_name": "in.c-sales"}
    carol.post(TABLE.split("/tables")[0] + "/link", bucket="linked", json=link).raise_for_status()
    own, linked = profile(alice, "?mode=full"), profile(carol, "?mode=full", bucket="linked")
    assert linked == own | {"bucket_name": "linked"}
    assert (jobs(alice), jobs(carol)) == (1, 0)
    reply = ask(carol, bucket="linked", headers={"Prefer": "respond-async"})
    assert carol.wait_for(reply.json()["id"])["result"]["bucket_name"] == "linked"
