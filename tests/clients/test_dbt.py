"""dbt-postgres builds the small project in `dbt/project`, twice, and writes its documentation."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.cast import Person
from tests.clients.installed import DBT_PYTHON, HERE, require_file
from tests.clients.matrix import covers
from tests.wire.pgwire.sql_cast import Login, SqlServer, make_workspace


@covers(
    "dbt-postgres",
    *("debug", "seed", "run table", "run view", "run incremental", "run ephemeral", "snapshot", "test"),
    *("docs generate", "sources on project schemas", "grants"),
)
def test_builds_a_project_twice(sql: SqlServer, ana: tuple[Person, Login], tmp_path: Path) -> None:
    # Its own workspace: dbt makes schemas, which clients that look around would see.
    login = make_workspace(sql, ana[0])
    target = tmp_path / "target"
    places = {"DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(tmp_path / "logs")}
    command = [require_file(DBT_PYTHON), HERE / "dbt" / "run_project.py"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **login.environment(), **places}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with login.connect() as db:
        totals = db.execute("SELECT name, country, total FROM analytics.customer_totals ORDER BY id").fetchall()
        events = db.execute("SELECT id, run FROM analytics.events ORDER BY id").fetchall()
        comments = db.execute("SELECT obj_description('analytics.customer_totals'::regclass)").fetchone()
    assert totals == [("Žofie, the first", "CZ", 1.5), ("Bob", "none", 2.5), ('Carla "C"', "DE", 3.5)]
    assert events == [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2)]
    assert comments == ("One row for each customer",)
    catalog = json.loads((target / "catalog.json").read_text())
    assert list(catalog["sources"]["source.shop.sales.orders"]["columns"]) == ["id", "amount"]
    assert catalog["nodes"]["model.shop.customer_totals"]["metadata"]["comment"] == "One row for each customer"
    assert catalog["nodes"]["model.shop.big_orders"]["metadata"]["type"] == "VIEW"
