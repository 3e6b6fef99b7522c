"""Values between Arrow and the PostgreSQL wire: columns become rows, parameters become typed values; no socket."""
