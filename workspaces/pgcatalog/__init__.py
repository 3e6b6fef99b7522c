"""PostgreSQL 15's system catalogs over the objects of a workspace, as views and macros inside its DuckDB instance."""
