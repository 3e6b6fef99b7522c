"""The SDK has each call of the REST contract, and none that is not there."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import keboola_duckdb

PACKAGE = Path(keboola_duckdb.__file__).parent
SNAPSHOT = Path(__file__).parents[1] / "contract" / "openapi.snapshot.json"
REQUESTING = ("_call", "_page", "_run", "_start", "_stream_down", "_stream_up")

#: Calls that the SDK leaves out, and why.
LEFT_OUT = {
    ("*", "/internal/"): "for wire servers on the same host: they have no key, and proxies do not forward it",
    ("*", "/driver/"): "for Connection hosts, which speak the storage-driver protocol",
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


#: Parts of requests that the SDK does not offer, and why.
NOT_OFFERED = {
    "async": "jobs are asked for by a header",
    "size_bytes": "an upload session that knows it cannot be emptied when the upload is given up",
}


def names_of_request(method: str, path: str) -> set[str]:
    """Query parameters and members of the body."""
    document = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    operation = document["paths"][path][method.lower()]
    names = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        names |= set(schema.get("properties", {}))
    return names - set(NOT_OFFERED)


def words_of(path: Path) -> set[str]:
    return set(re.findall(r"\w+", path.read_text(encoding="utf-8")))


def test_no_part_of_a_request_is_forgotten():
    """Coarse: a name has to occur in the module that makes the request."""
    shared = words_of(PACKAGE / "data_options.py") | {"limit", "offset"}
    modules = [words_of(path) | shared for path in sorted((PACKAGE / "_async").glob("*.py"))]
    forgotten = [
        f"{method} {path}: {name}"
        for method, path in sorted(contract())
        for name in names_of_request(method, path)
        if not any(name in words and words >= set(re.findall(r"\w+", path)) for words in modules)
    ]
    assert forgotten == []
