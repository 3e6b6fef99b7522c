"""The job endpoints over real HTTP."""

from __future__ import annotations

import pytest

from tests.cast import Person, error_of, new_project
from tests.endpoint_contract import EndpointContract
from tests.wire.jobs import start, wait_until

FIELDS = {
    *("id", "project_id", "branch_id", "type", "state", "progress", "rows", "bytes", "bucket_name", "table_name"),
    *("params", "result", "error", "created_at", "started_at", "finished_at", "cancel_requested_at", "requested_by"),
    *("request_id", "url"),
}


class TestList(EndpointContract):
    path, method, needs = "/projects/{p}/jobs", "GET", "project_read"

    def test_the_newest_come_first_with_the_number_of_all(self, dana: Person) -> None:
        ids = [start(dana, "test_echo", n=n)["id"] for n in range(3)]
        page = dana.get(self.path, params={"limit": 2}).json()
        assert ([job["id"] for job in page["jobs"]], page["total"]) == (ids[:0:-1], 3)

    def test_it_is_filtered_by_state_and_type(self, dana: Person) -> None:
        job = start(dana, "test_refusal")
        start(dana, "test_echo")
        wait_until(dana, job["id"], "error")
        found = dana.get(self.path, params={"state": "error", "type": "test_refusal"}).json()
        assert [item["id"] for item in found["jobs"]] == [job["id"]]

    @pytest.mark.parametrize("query", [{"state": "done"}, {"limit": 0}, {"limit": 1001}, {"offset": -1}])
    def test_wrong_filters_are_422(self, dana: Person, query: dict[str, object]) -> None:
        reply = dana.get(self.path, params=query)
        assert (reply.status_code, reply.json()["detail"][0]["loc"]) == (422, ["query", next(iter(query))])

    def test_an_unknown_project_is_404_for_the_admin(self, admin: Person) -> None:
        assert error_of(admin.get(self.path, p="unknown")) == (404, "project_not_found")


@pytest.mark.parametrize(("method", "path"), [("GET", "/jobs/{job}"), ("POST", "/jobs/{job}/cancel")])
class TestStrangers:
    def test_jobs_of_others_look_like_unknown_ones(self, dana: Person, method: str, path: str) -> None:
        job = start(dana, "test_echo")["id"]
        with new_project(dana.server) as stranger:
            assert error_of(stranger.request(method, path, job=job)) == (404, "job_not_found")
        assert error_of(dana.request(method, path, job="unknown")) == (404, "job_not_found")

    def test_a_key_is_needed(self, dana: Person, method: str, path: str) -> None:
        assert Person(dana.server, key=None).request(method, path, job="x").status_code == 401
        assert Person(dana.server, key="unknown").request(method, path, job="x").status_code == 403


def test_a_job_has_these_fields(dana: Person) -> None:
    job = start(dana, "test_echo", n=1)
    done = wait_until(dana, job["id"], "success")
    assert set(done) == FIELDS
    assert (done["branch_id"], done["result"], done["url"]) == ("default", {"n": 1}, f"/jobs/{job['id']}")
    assert done["requested_by"]
    assert done["request_id"]
    assert done["created_at"] <= done["started_at"] <= done["finished_at"]


def test_an_error_is_told_as_a_synchronous_call_would_have(dana: Person) -> None:
    done = wait_until(dana, start(dana, "test_refusal")["id"], "error")
    direct = dana.post("/projects/{p}/test-jobs", json={"type": "test_refusal"})
    assert done["error"].pop("status") == direct.status_code == 409
    assert done["error"].pop("retryable") is False
    assert done["error"] == direct.json()["detail"]


def test_a_running_job_is_cancelled_and_cannot_be_cancelled_again(dana: Person) -> None:
    job = start(dana, "test_query")["id"]
    wait_until(dana, job, "processing")
    asked = dana.post("/jobs/{job}/cancel", job=job)
    assert (asked.status_code, asked.json()["id"]) == (200, job)
    assert wait_until(dana, job, "cancelled")["error"]["error"] == "cancelled"
    assert error_of(dana.post("/jobs/{job}/cancel", job=job)) == (409, "job_finished")
