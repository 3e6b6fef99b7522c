"""Ratios against raw DuckDB and a bare ASGI server; docs/benchmarks.md explains them. Not tests."""
