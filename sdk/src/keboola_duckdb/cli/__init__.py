"""The command `keboola-duckdb`: kbstore for people and shell scripts."""

import sys
from importlib.util import find_spec

# The SDK alone installs the command too, but not what it is made of.
if find_spec("typer") is None:
    sys.exit("The command line is an extra of the SDK: pip install 'keboola-duckdb-sdk[cli]'")
