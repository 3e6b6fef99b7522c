"""What users of a client have to know: the notes below the matrix of docs/compatibility.md."""

from __future__ import annotations

from typing import Final

#: One paragraph each, the client first.
NOTES: Final[tuple[str, ...]] = (
    "libpq C: through `psycopg.pq`, which hands its functions out one by one.",
    "SQLAlchemy 2: on psycopg 3. Columns named `at` need `quoted_name`: DuckDB reserves the word.",
    "Django: `JSONField` cannot be read back (the server says `json`, Django expects `jsonb`): read it with a cast to "
    "text. Foreign keys need `db_constraint=False`, DuckDB adds none to a table that exists.",
    "DuckDB ext: `UPDATE` and `DELETE` of attached tables need `ctid`, which is not here: send them by "
    "`postgres_execute`.",
    "pgjdbc: 42.5 of Debian 12, which binds no channel and asks before TLS. Updatable result sets (`CONCUR_UPDATABLE`) "
    "do not work: results do not tell which table a column is from.",
    "dbt-postgres: models with `indexes` fail, DuckDB renames no table that has an index.",
    "All: `ROLLBACK TO SAVEPOINT` answers 0A000 where a change would have to be undone.",
    "All: a setting of your own (`SET x.y = 'z'`) is read by `current_setting('x.y')`; `SHOW x.y` looks for a table.",
    "pgx 5: not tested.",
)
