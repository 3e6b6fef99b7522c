"""PostgreSQL spellings that DuckDB does not know, each rewritten by one small rule on tokens."""
