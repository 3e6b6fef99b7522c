"""An installation as it looks after some weeks of use: for pages that only show something when there is something."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

import httpx

from tests.cast import ADMIN_KEY, BRANCH, BUCKET, TABLE, Person, Server

ASYNC = {"Prefer": "respond-async"}
COUNTRIES = ("CZ", "DE", "AT", "PL", "SK", "HU")
STATES = ("paid", "paid", "paid", "sent", "open", "refunded")
ORDERS = {
    "id": "INTEGER",
    "ordered_on": "DATE",
    "country": "VARCHAR",
    "customer_id": "INTEGER",
    "amount": "DECIMAL(10,2)",
    "discount": "DOUBLE",
    "state": "VARCHAR",
    "email": "VARCHAR",
}
CUSTOMERS = {"id": "INTEGER", "name": "VARCHAR", "country": "VARCHAR", "since": "DATE", "is_company": "BOOLEAN"}
NAMES = ("Novák", "Svoboda", "Müller", "Kowalski", "Horváth", "Weber", "Bauer", "Dvořák")


@dataclass
class Scene:
    """What there is. `shop` owns nearly all of it and shares a bucket with `marketing`."""

    shop: Person
    marketing: Person
    branch_id: str
    workspace_id: str


def furnish(server: Server, *, shop: str, marketing: str, rows: int = 400) -> Scene:
    """Make it all over the API, under these ids of projects."""
    owners = [_new_project(server, project_id) for project_id in (shop, marketing)]
    scene = Scene(*owners, branch_id="", workspace_id="")
    _fill_tables(scene.shop, rows)
    scene.branch_id = _make_branch(scene.shop)
    _share(scene.shop, scene.marketing)
    _leave_traces(scene.shop)
    made = scene.shop.post("/projects/{p}/workspaces", json={"name": "analysis"})
    scene.workspace_id = _body(made)["id"]
    return scene


def _body(reply: httpx.Response) -> dict[str, str]:
    reply.raise_for_status()
    body: dict[str, str] = reply.json()
    return body


def _new_project(server: Server, project_id: str) -> Person:
    name = project_id.split("-")[0].capitalize()
    made = Person(server, key=ADMIN_KEY).post("/projects", json={"id": project_id, "name": name})
    return Person(server, key=_body(made)["api_key"], project_id=project_id)


def orders_csv(count: int, *, seed: int = 1) -> str:
    """The same at every call."""
    chance = random.Random(seed)
    lines = [",".join(ORDERS)]
    for number in range(1, count + 1):
        day = date(2025, 1, 1) + timedelta(days=number * 365 // count)
        amount = f"{chance.lognormvariate(4, 0.8):.2f}"
        discount = "" if chance.random() < 0.3 else f"{chance.betavariate(2, 8):.3f}"
        customer = chance.randint(1, max(2, count // 8))
        email = f"user{customer}@example.com" if chance.random() < 0.9 else ""
        country, state = chance.choice(COUNTRIES), chance.choice(STATES)
        lines.append(f"{number},{day},{country},{customer},{amount},{discount},{state},{email}")
    return "\n".join(lines) + "\n"


def customers_csv(count: int) -> str:
    chance = random.Random(2)
    lines = [",".join(CUSTOMERS)]
    for number in range(1, count + 1):
        day = date(2020, 1, 1) + timedelta(days=chance.randint(0, 1800))
        name = f"{chance.choice(NAMES)} {number}"
        lines.append(f"{number},{name},{chance.choice(COUNTRIES)},{day},{chance.random() < 0.2}")
    return "\n".join(lines) + "\n"


def _fill_tables(shop: Person, rows: int) -> None:
    for bucket in ("in.c-sales", "in.c-crm", "out.c-reports"):
        shop.make_bucket(bucket)
    shop.make_table("in.c-sales", "orders", ORDERS, ["id"])
    shop.make_table("in.c-crm", "customers", CUSTOMERS, ["id"])
    shop.make_table("out.c-reports", "revenue_by_country", {"country": "VARCHAR", "revenue": "DOUBLE"})
    for part in (rows // 2, rows):
        _body(shop.load(orders_csv(part), "orders", incremental=True, name=f"orders_{part}.csv"))
    _body(shop.load(customers_csv(rows // 8), "customers", bucket="in.c-crm", name="customers.csv"))
    snapshot = {"bucket": "in.c-sales", "table": "orders", "description": "Before the sale"}
    _body(shop.post(BRANCH + "/snapshots", json=snapshot))
    _body(shop.post(TABLE + "/profile", bucket="in.c-sales", table="orders", params={"mode": "full"}))


def _make_branch(shop: Person) -> str:
    branch_id = shop.make_branch("discounts")
    in_branch = Person(shop.server, key=shop.key, project_id=shop.project_id, branch_id=branch_id)
    _body(in_branch.load(orders_csv(50, seed=3), "orders", incremental=True, name="corrections.csv"))
    return branch_id


def _share(shop: Person, marketing: Person) -> None:
    target = {"target_project_id": marketing.project_id}
    _body(shop.post(BUCKET + "/share", bucket="in.c-crm", json=target))
    source = {"source_project_id": shop.project_id, "source_bucket_name": "in.c-crm"}
    _body(marketing.post(BUCKET + "/link", bucket="in.c-shop", json=source))


def _leave_traces(shop: Person) -> None:
    """Jobs of several kinds and ends, files, keys and credentials."""
    place = {"bucket": "in.c-sales", "table": "orders"}
    _body(shop.post(TABLE + "/export", **place, json={"format": "parquet"}))
    refused = shop.load("id,ordered_on,amount\n1,2025-13-41,many\n", "orders", name="orders_2025-13.csv")
    assert refused.status_code == 400
    shop.upload("id,name\n1,Ann\n", "people.csv")
    for fields in ({"description": "Airflow"}, {"description": "Dashboards", "expires_in_days": 30}):
        _body(shop.post("/projects/{p}/api-keys", json=fields))
    _body(shop.post("/projects/{p}/s3-credentials", json={"description": "Data science", "read_only": True}))
