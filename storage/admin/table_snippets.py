"""Ready-to-copy commands for a table: curl, Python, SQL and the command line."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest

from storage.models import Table
from storage.names import DEFAULT_BRANCH
from workspaces.sql.names import schema_name

_KEY = "$KBSTORE_KEY"


@dataclass(frozen=True)
class Snippet:
    """`id` is that of the element a copy button copies."""

    id: str
    title: str
    language: str
    text: str


def snippets_tab(request: HttpRequest, table: Table) -> dict[str, Any]:
    origin = request.build_absolute_uri("/").rstrip("/")
    return {"groups": [("curl", _curl(origin, table)), ("Python", _python(origin, table)), *_others(origin, table)]}


def _others(origin: str, table: Table) -> list[tuple[str, list[Snippet]]]:
    return [("SQL", _sql(table)), ("Command line", _command_line(origin, table))]


def _curl(origin: str, table: Table) -> list[Snippet]:
    project, branch = table.bucket.project_id, table.branch_id or DEFAULT_BRANCH
    place = f"{origin}/projects/{project}/branches/{branch}/buckets/{table.bucket.name}/tables/{table.name}"
    header = f'-H "Authorization: Bearer {_KEY}"'
    body = "-H 'Content-Type: application/json' -d"
    files = f"{origin}/projects/{project}/files"
    prepare = _quoted(f"{files}/prepare")
    upload = "\n".join(
        (
            f'UPLOAD=$(curl -sS {header} {body} \'{{"filename": "rows.csv"}}\' {prepare} | jq -r .upload_key)',
            f'curl -sS {header} -T rows.csv {_quoted(files)}/upload/"$UPLOAD"',
            f'FILE=$(curl -sS {header} {body} "{{\\"upload_key\\": \\"$UPLOAD\\"}}" {_quoted(files)} | jq -r .id)',
            f'curl -sS {header} {body} "{{\\"file_id\\": \\"$FILE\\"}}" {_quoted(place + "/import/file")}',
        )
    )
    export = "\n".join(
        (
            f'FILE=$(curl -sS {header} {body} \'{{"format": "csv"}}\' {_quoted(place + "/export")} | jq -r .file_id)',
            f'curl -sS {header} {_quoted(files)}/"$FILE"/download -o {_quoted(table.name + ".csv")}',
        )
    )
    return [
        Snippet("curl-preview", "First rows", "sh", f"curl -sS {header} {_quoted(place + '/preview?limit=10')}"),
        Snippet("curl-import", "Load a CSV file", "sh", upload),
        Snippet("curl-export", "Export as CSV", "sh", export),
    ]


def _python(origin: str, table: Table) -> list[Snippet]:
    lead = (
        "import os\n\nfrom keboola_duckdb import Client\n\n"
        f'with Client({json.dumps(origin)}, api_key=os.environ["{_KEY[1:]}"]) as kb:\n'
    )

    def call(method: str, *names: str) -> str:
        place = [table.bucket.project_id, table.bucket.name, table.name, *names]
        branch = [f"branch={json.dumps(table.branch_id)}"] if table.branch_id else []
        return f"kb.tables.{method}({', '.join([*(json.dumps(name, ensure_ascii=False) for name in place), *branch])})"

    return [
        Snippet("python-read", "Read into Arrow", "python", f"{lead}    rows = {call('to_arrow')}"),
        Snippet("python-load", "Load a CSV file", "python", f"{lead}    {call('import_file', 'rows.csv')}"),
        Snippet("python-export", "Export", "python", f"{lead}    {call('download', table.name + '.parquet')}"),
    ]


def _sql(table: Table) -> list[Snippet]:
    name = f"{schema_name(table.bucket.name)}.{_identifier(table.name)}"
    columns = [_identifier(column["name"]) for column in table.current_version.columns[:12]]
    more = ["..."] if len(table.current_version.columns) > len(columns) else []
    # To be copied by people, never run here.
    look = f"SELECT {', '.join(columns + more)}\nFROM {name}\nLIMIT 100;"  # noqa: S608
    copy = f"CREATE TABLE my_copy AS\nSELECT * FROM {name};"  # noqa: S608
    return [
        Snippet("sql-select", "Look at rows, in a workspace", "sql", look),
        Snippet("sql-summarize", "Summarize every column", "sql", f"SUMMARIZE {name};"),
        Snippet("sql-copy", "A copy of your own to change", "sql", copy),
    ]


def _command_line(origin: str, table: Table) -> list[Snippet]:
    setup = f'export KEBOOLA_DUCKDB_URL={_quoted(origin)} KEBOOLA_DUCKDB_API_KEY="{_KEY}"'

    def command(name: str, *more: str) -> str:
        place = [table.bucket.project_id, table.bucket.name, table.name, *more]
        branch = f" --branch {table.branch_id}" if table.branch_id else ""
        return f"keboola-duckdb tables {name} {' '.join(map(_quoted, place))}{branch}"

    return [
        Snippet("cli-setup", "Server and key, once in a shell", "sh", setup),
        Snippet("cli-preview", "First rows", "sh", command("preview", "--limit", "10")),
        Snippet("cli-import", "Load a CSV file", "sh", command("import", "rows.csv")),
        Snippet("cli-export", "Export", "sh", command("export", table.name + ".csv")),
    ]


def _identifier(name: str) -> str:
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name):
        return name
    return '"' + name.replace('"', '""') + '"'


def _quoted(text: str) -> str:
    return shlex.quote(quote(text, safe=":/?=&.-_~") if "://" in text else text)
