"""Runs all benchmarks, one after the other: `python -m benchmarks`."""

from __future__ import annotations

import sys

from benchmarks import (
    branch,
    catalog,
    concurrency,
    console,
    driver,
    generate,
    import_export,
    profile,
    responsiveness,
    sdk,
    upload,
    watchers,
)


def main() -> int:
    served = (generate, import_export, upload, responsiveness, catalog, concurrency, branch, profile, watchers)
    doors = (driver, sdk)
    # The last one works in this process, with settings of its own.
    for module in (*served, *doors, console):
        module.main([])
    return 0


if __name__ == "__main__":
    sys.exit(main())
