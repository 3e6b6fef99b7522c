"""SQLAlchemy reflects what there is and pandas reads and writes through it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
import sqlalchemy
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql

from tests.clients.drivers import engine
from tests.clients.matrix import covers
from tests.wire.pgwire.sql_cast import Login


@pytest.fixture
def own(login: Login) -> Iterator[sqlalchemy.Engine]:
    made = engine(login)
    yield made
    made.dispose()


METADATA = "metadata: list, describe, keys, indexes, comments"


@covers("SQLAlchemy 2", METADATA)
def test_the_inspector_sees_what_there_is(own: sqlalchemy.Engine) -> None:
    with own.begin() as db:
        for sql in (
            "CREATE TABLE seen_parent (id integer PRIMARY KEY, code varchar(10) UNIQUE NOT NULL)",
            "CREATE TABLE seen_child (id bigint, parent integer REFERENCES seen_parent (id), n numeric(12,2) DEFAULT 0,"
            " made timestamptz, tags text[], doc json, PRIMARY KEY (id))",
            "CREATE INDEX seen_index ON seen_child (parent, made)",
            "CREATE VIEW seen_view AS SELECT id FROM seen_child",
            "COMMENT ON TABLE seen_child IS 'of a parent'",
            "COMMENT ON COLUMN seen_child.n IS 'how much'",
        ):
            db.exec_driver_sql(sql)
    inspector = sqlalchemy.inspect(own)
    assert inspector.default_schema_name == "public"
    assert {"public", "in_c_sales", "information_schema"} <= set(inspector.get_schema_names())
    assert {"seen_parent", "seen_child"} <= set(inspector.get_table_names())
    assert "seen_view" in inspector.get_view_names()
    assert "orders" in inspector.get_table_names("in_c_sales") + inspector.get_view_names("in_c_sales")
    assert inspector.has_table("seen_child")
    assert not inspector.has_table("seen_nowhere")
    columns = {column["name"]: column for column in inspector.get_columns("seen_child")}
    assert {name: str(column["type"].compile(own.dialect)) for name, column in columns.items()} == {
        "id": "BIGINT",
        "parent": "INTEGER",
        "n": "NUMERIC(12, 2)",
        "made": "TIMESTAMP WITH TIME ZONE",
        "tags": "VARCHAR[]",
        "doc": "JSON",
    }
    assert (columns["id"]["nullable"], columns["n"]["nullable"], columns["n"]["comment"]) == (False, True, "how much")
    assert columns["made"]["type"].timezone
    assert columns["n"]["default"] is not None
    assert inspector.get_pk_constraint("seen_child")["constrained_columns"] == ["id"]
    (key,) = inspector.get_foreign_keys("seen_child")
    assert (key["constrained_columns"], key["referred_table"], key["referred_columns"]) == (
        ["parent"],
        "seen_parent",
        ["id"],
    )
    assert [index["column_names"] for index in inspector.get_indexes("seen_child")] == [["parent", "made"]]
    assert [each["column_names"] for each in inspector.get_unique_constraints("seen_parent")] == [["code"]]
    assert inspector.get_table_comment("seen_child")["text"] == "of a parent"
    assert "seen_child" in inspector.get_view_definition("seen_view")


@covers("SQLAlchemy 2", METADATA, "read project table, write refused 42501")
def test_project_tables_are_reflected(own: sqlalchemy.Engine) -> None:
    orders = sqlalchemy.Table("orders", sqlalchemy.MetaData(), autoload_with=own, schema="in_c_sales")
    assert {column.name: str(column.type) for column in orders.columns} == {
        "id": "BIGINT",
        "amount": "DOUBLE PRECISION",
    }
    with own.connect() as db:
        assert db.execute(sqlalchemy.select(sqlalchemy.func.sum(orders.c.amount))).scalar() == 7.5
        with pytest.raises(sqlalchemy.exc.ProgrammingError, match="permission denied"):
            db.execute(sqlalchemy.insert(orders).values(id=4, amount=4.5))


@covers("SQLAlchemy 2", "arrays, json, interval, numeric, timestamptz, bytea, uuid round trip")
def test_the_orm_makes_and_keeps_objects(own: sqlalchemy.Engine) -> None:
    class Base(orm.DeclarativeBase):
        pass

    class Person(Base):
        __tablename__ = "orm_person"
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        name: orm.Mapped[str]
        notes: orm.Mapped[list[Note]] = orm.relationship(back_populates="person")

    class Note(Base):
        __tablename__ = "orm_note"
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        person_id: orm.Mapped[int] = orm.mapped_column(sqlalchemy.ForeignKey("orm_person.id"))
        tags: orm.Mapped[list[str]] = orm.mapped_column(postgresql.ARRAY(sqlalchemy.Text))
        doc: orm.Mapped[dict[str, Any]] = orm.mapped_column(postgresql.JSONB)
        person: orm.Mapped[Person] = orm.relationship(back_populates="notes")

    Base.metadata.create_all(own)
    with orm.Session(own) as session:
        session.add(Person(name="Ana", notes=[Note(tags=["a", "b"], doc={"x": [1, None]}), Note(tags=[], doc={})]))
        session.commit()
    with orm.Session(own) as session:
        ana = session.scalars(sqlalchemy.select(Person).where(Person.name == "Ana")).one()
        assert [(note.tags, note.doc) for note in sorted(ana.notes, key=lambda note: note.id)] == [
            (["a", "b"], {"x": [1, None]}),
            ([], {}),
        ]
        assert ana.id == 1
        ana.name = "Bob"
        session.commit()
        assert session.scalar(sqlalchemy.select(sqlalchemy.func.count()).where(Person.name.ilike("b%"))) == 1


FRAME = pd.DataFrame({
    "i": [1, 2, 3],
    "x": [1.5, None, 2.5],
    "t": ["a", "ž", None],
    "made": pd.to_datetime(["2024-02-29", "2024-03-01", None]),
    "yes": [True, False, True],
})  # fmt: skip


@covers("pandas", "to_sql", "read_sql", "read_sql_table", "chunksize", "to_sql (multi)")
def test_pandas_writes_and_reads(own: sqlalchemy.Engine) -> None:
    for method in (None, "multi"):
        assert FRAME.to_sql("framed", own, index=False, if_exists="replace", method=method, chunksize=2) is not None
        back = pd.read_sql_table("framed", own)
        pd.testing.assert_frame_equal(back, FRAME, check_dtype=False)
    assert FRAME.to_sql("framed", own, index=False, if_exists="append")
    found = pd.read_sql("SELECT t, sum(i) AS total FROM framed GROUP BY t ORDER BY t NULLS LAST", own)
    assert found["total"].tolist() == [2, 4, 6]
    query = sqlalchemy.text("SELECT range AS i FROM range(:count)")
    with own.connect().execution_options(stream_results=True) as db:
        parts = list(pd.read_sql(query, db, params={"count": 2500}, chunksize=1000))
    assert [len(part) for part in parts] == [1000, 1000, 500]


@covers("pandas", "to_sql (copy)")
def test_pandas_writes_by_copy(own: sqlalchemy.Engine) -> None:
    def copy(table: Any, db: Any, keys: list[str], rows: Any) -> None:
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        columns = ", ".join(f'"{key}"' for key in keys)
        with db.connection.cursor().copy(f"COPY {table.name} ({columns}) FROM STDIN (FORMAT csv)") as out:
            out.write(text.getvalue())

    FRAME.to_sql("framed_by_copy", own, index=False, method=copy)
    pd.testing.assert_frame_equal(pd.read_sql_table("framed_by_copy", own), FRAME, check_dtype=False)
