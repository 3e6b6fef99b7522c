"""Runs all benchmarks, one after the other: `python -m benchmarks`."""

from __future__ import annotations

import sys

from benchmarks import branch, catalog, concurrency, generate, import_export, profile, responsiveness, upload


def main() -> int:
    for module in (generate, import_export, upload, responsiveness, catalog, concurrency, branch, profile):
        module.main([])
    return 0


if __name__ == "__main__":
    sys.exit(main())
