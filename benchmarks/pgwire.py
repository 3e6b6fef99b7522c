"""Runs all benchmarks of the SQL server: `python -m benchmarks.pgwire`."""

from __future__ import annotations

import sys

from benchmarks import pgwire_aggregate, pgwire_fetch, pgwire_latency, pgwire_sessions, pgwire_slow_reader


def main() -> int:
    for module in (pgwire_fetch, pgwire_latency, pgwire_aggregate, pgwire_sessions, pgwire_slow_reader):
        module.main([])
    return 0


if __name__ == "__main__":
    sys.exit(main())
