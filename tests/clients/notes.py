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
    "All: `ROLLBACK TO SAVEPOINT` answers 0A000 where a change would have to be undone.",
    "pgx 5: not tested.",
)
