"""A server that dies by SIGKILL while a branch changes leaves what was or what is to be, and nothing else."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.cast import BRANCH, BRANCHES, TABLE, Person, Server
from tests.live_server import LiveServer, manage

MAIN = [(1, "old"), (2, "old")]
OWN = [(1, "old"), (2, "new"), (3, "new")]
PUSH = BRANCH + "/tables/b/t/push"


@dataclass
class Installation:
    """A table in main, a branch that holds nothing and one that holds the table; its server is stopped."""

    data_dir: Path
    key: str
    file_id: str
    live: str
    holding: str

    def person_on(self, server: LiveServer, branch: str = "default") -> Person:
        return Person(Server.of(server), key=self.key, project_id="p", branch_id=branch)

    def load_into(self, person: Person) -> httpx.Response:
        body = {"file_id": self.file_id, "import_options": {"incremental": True}}
        return person.post(TABLE + "/import/file", bucket="b", table="t", json=body)

    def crash(self, point: str, method: str, path: str, *, branch: str = "default", json: object = None) -> None:
        """Send a request that its server does not survive."""
        with LiveServer(self.data_dir, KBSTORE_FAULT_POINT=point) as server:
            with pytest.raises(httpx.TransportError):
                self.person_on(server, branch).request(method, path, json=json)
            assert server.wait_until_dead() == -9

    def entries(self, branch: str) -> list[str]:
        return sorted(path.name for path in (self.data_dir / f"duckdb/project_p_branch_{branch}").glob("*/*"))

    def assert_all_is_well(self) -> None:
        report = manage(self.data_dir, "doctor", "--checksums")
        assert report.returncode == 0, report.stdout + report.stderr
        assert not list((self.data_dir / "_staging").iterdir())


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    data_dir = tmp_path_factory.mktemp("crash") / "data"
    with LiveServer(data_dir) as server:
        key = server.client().post("/projects", json={"id": "p"}).json()["api_key"]
        owner = Person(Server.of(server), key=key, project_id="p")
        owner.make_bucket("b")
        owner.make_table("b", "t", {"id": "INTEGER", "text": "VARCHAR"}, primary_key=["id"])
        owner.load("id,text\n1,old\n2,old\n", "t", bucket="b").raise_for_status()
        file_id = owner.upload("id,text\n2,new\n3,new\n")
        made = Installation(data_dir, key, file_id, owner.make_branch("live"), owner.make_branch("holding"))
        made.load_into(made.person_on(server, made.holding)).raise_for_status()
        assert server.terminate() == 0
    return made


@pytest.fixture
def installed(template: Installation, tmp_path: Path) -> Installation:
    shutil.copytree(template.data_dir, tmp_path / "data", symlinks=True)
    return Installation(**(vars(template) | {"data_dir": tmp_path / "data"}))


@pytest.mark.parametrize("point", ["stage.created", "seal.renamed", "publish.before_commit", "publish.committed"])
def test_during_a_first_write(installed: Installation, point: str) -> None:
    body = {"file_id": installed.file_id, "import_options": {"incremental": True}}
    path = TABLE.format(p="p", br=installed.live, bucket="b", table="t") + "/import/file"
    installed.crash(point, "POST", path, json=body)
    with LiveServer(installed.data_dir) as server:
        owner, developer = installed.person_on(server), installed.person_on(server, installed.live)
        is_own = point == "publish.committed"
        assert owner.rows("t", bucket="b") == MAIN
        assert developer.rows("t", bucket="b") == (OWN if is_own else MAIN)
        assert developer.get(BRANCH).json()["table_count"] == is_own
        assert installed.entries(installed.live) == ["t.duckdb"] * is_own
        installed.load_into(developer).raise_for_status()
        assert (owner.rows("t", bucket="b"), developer.rows("t", bucket="b")) == (MAIN, OWN)
        assert server.terminate() == 0
    installed.assert_all_is_well()


@pytest.mark.parametrize("point", ["publish.before_commit", "publish.committed"])
def test_during_a_push(installed: Installation, point: str) -> None:
    installed.crash(point, "POST", PUSH, branch=installed.holding)
    with LiveServer(installed.data_dir) as server:
        owner, developer = installed.person_on(server), installed.person_on(server, installed.holding)
        is_pushed = point == "publish.committed"
        assert owner.rows("t", bucket="b") == (OWN if is_pushed else MAIN)
        assert developer.rows("t", bucket="b") == OWN
        assert installed.entries(installed.holding) == ["t.duckdb"] * (not is_pushed)
        assert developer.post(PUSH).status_code == (404 if is_pushed else 200)
        assert server.terminate() == 0
    installed.assert_all_is_well()


@pytest.mark.parametrize("point", ["branch.made", "branch.deleted"])
def test_while_a_branch_comes_or_goes(installed: Installation, point: str) -> None:
    if point == "branch.made":
        installed.crash(point, "POST", BRANCHES, json={"name": "new"})
    else:
        installed.crash(point, "DELETE", BRANCH, branch=installed.holding)
    with LiveServer(installed.data_dir) as server:
        owner = installed.person_on(server)
        names = [branch["name"] for branch in owner.get(BRANCHES).json()["branches"]]
        assert names == (["holding", "live"] if point == "branch.made" else ["live"])
        assert len(list((installed.data_dir / "duckdb").glob("project_p_branch_*"))) == len(names)
        assert owner.rows("t", bucket="b") == MAIN
        assert owner.make_branch("new")
        assert server.terminate() == 0
    installed.assert_all_is_well()
