"""A small table of people, in the bucket of a host's project, for the tests of what reads and deletes rows."""

from __future__ import annotations

from tests.driver.conftest import HostProject

COLUMNS = {"id": "INTEGER", "name": "VARCHAR", "amount": "DECIMAL(10,2)", "_timestamp": "TIMESTAMP"}
CSV = (
    "id,name,amount,_timestamp\n"
    "1,Alice,1.50,2024-01-01 00:00:00\n"
    "2,Bob,2.00,2024-01-02 00:00:00\n"
    "3,Cyril,,2024-01-03 00:00:00.5\n"
)


def make_people(host: HostProject, name: str = "people") -> str:
    """Three of them; returns the name of the table."""
    return make_table_of(host, name, COLUMNS, CSV)


def make_table_of(host: HostProject, name: str, columns: dict[str, str], csv: str) -> str:
    host.person.make_table(host.bucket, name, columns)
    options = {"delimiter": ",", "quote": '"', "escape": '"'}
    reply = host.person.load(csv, name, bucket=host.bucket, csv_options=options)
    assert reply.status_code == 200, reply.text
    return name
