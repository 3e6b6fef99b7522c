"""Data on stdout: as a table for people, as JSON, CSV or YAML for programs."""

from keboola_duckdb.cli.output.columns import Column
from keboola_duckdb.cli.output.writers import write_object, write_rows

__all__ = ["Column", "write_object", "write_rows"]
