"""Runs dbt's commands on the project beside it; ends with 1 after the first that fails.

What dbt writes goes where DBT_TARGET_PATH and DBT_LOG_PATH say.
"""

from pathlib import Path

from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).resolve().parent / "project"
COMMANDS = [
    ["debug"],
    ["build"],
    ["build", "--select", "events customers customer_history"],
    ["docs", "generate"],
]


def main() -> int:
    runner = dbtRunner()
    for command in COMMANDS:
        done = runner.invoke([*command, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)])
        if done.exception is not None:
            raise done.exception
        if not done.success:
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
