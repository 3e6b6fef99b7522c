"""The SDK has each call of the REST contract, and none that is not there."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import keboola_duckdb

PACKAGE = Path(keboola_duckdb.__file__).parent
SNAPSHOT = Path(__file__).parents[1] / "contract" / "openapi.snapshot.json"
REQUESTING = ("_call", "_page", "_run", "_start", "_stream_down", "_stream_up")

#: Calls that the SDK leaves out, and why.
LEFT_OUT = {
    ("*", "/internal/"): "for wire servers on the same host: they have no key, and proxies do not forward it",
    ("POST", "/projects/{project_id}/files/upload/"): "for HTML forms: PUT takes the same bytes and can be resumed",
}


def contract() -> set[tuple[str, str]]:
    document = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    return {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
        if method != "parameters" and not is_left_out(method.upper(), path)
    }


def is_left_out(method: str, path: str) -> bool:
    return any(path.startswith(prefix) and which in ("*", method) for which, prefix in LEFT_OUT)


def requests_of_the_sdk() -> set[tuple[str, str]]:
    found = set()
    for path in sorted((PACKAGE / "_async").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in REQUESTING and path.name != "resource.py":
                method, template = node.args[:2]
                where = f"{path.name}:{node.lineno}"
                assert isinstance(method, ast.Constant), f"{where}: method and path have to be literals"
                assert isinstance(template, ast.Constant), f"{where}: method and path have to be literals"
                found.add((method.value, template.value))
    return found


def test_no_endpoint_is_missing():
    assert sorted(contract() - requests_of_the_sdk()) == []


def test_no_endpoint_is_invented():
    assert sorted(requests_of_the_sdk() - contract()) == []
