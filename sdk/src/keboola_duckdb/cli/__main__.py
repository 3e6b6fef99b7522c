"""`python -m keboola_duckdb.cli` is the command."""

from keboola_duckdb.cli.main import run

run()
