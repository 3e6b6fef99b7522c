"""The command `keboola-duckdb`: kbstore for people and shell scripts."""
