"""The statements that real clients send when they connect and look around, each run against the catalog.

`columns` and `types` are what PostgreSQL 15 answers to Describe.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from storage.engine.native import NativeError
from tests.unit.workspaces.pgcatalog.sample_workspace import Sample

_NAME = re.compile(r"\w[\w ?]*")
_STATEMENTS = Path(__file__).with_name("statements")
#: By client: the number of a statement, from 0, and why it does not run yet.
_KNOWN = json.loads(Path(__file__).with_name("known_failures.json").read_text(encoding="utf-8"))
CLIENTS = sorted(path.stem for path in _STATEMENTS.glob("*.json"))
#: OIDs that the captured statements hold, and the relation that each of them stood for.
_OIDS = {"16385": "in_c_sales.orders", "16393": "big"}


def _statements(client: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((_STATEMENTS / f"{client}.json").read_text(encoding="utf-8"))
    return found


def _with_our_oids(sample: Sample, text: str) -> str:
    for captured, relation in _OIDS.items():
        if captured in text:
            text = text.replace(captured, str(sample.rows(f"SELECT '{relation}'::regclass")[0][0]))
    return text


@pytest.mark.parametrize("client", CLIENTS)
def test_every_statement_runs_but_those_that_are_known_not_to(sample: Sample, client: str) -> None:
    failed: dict[str, str] = {}
    misnamed: list[tuple[int, str, str]] = []
    for number, statement in enumerate(_statements(client)):
        values = [_with_our_oids(sample, value) if value else value for value in statement.get("parameters", [])]
        try:
            names, _ = sample.run(_with_our_oids(sample, statement["sql"]), values)
        except NativeError as error:
            failed[str(number)] = error.message
        else:
            wanted = statement.get("columns", names)
            # Expressions without a name get PostgreSQL's elsewhere, from the text that the client sent.
            plain = [(ours, theirs) for ours, theirs in zip(names, wanted, strict=True) if _NAME.fullmatch(ours)]
            misnamed += [(number, *pair) for pair in plain if pair[0] != pair[1] and pair[0] != "NULL"]
    assert sorted(failed) == sorted(_KNOWN.get(client, {})), failed
    assert misnamed == []
