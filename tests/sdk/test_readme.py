"""What the README of the SDK shows runs as it stands, in its order."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cast import Person

README = Path(__file__).parents[2] / "sdk" / "README.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_examples_run(alice: Person, tmp_path, monkeypatch, capsys):
    (tmp_path / "orders.csv").write_text("id,amount\n1,10.5\n2,20\n")
    monkeypatch.chdir(tmp_path)
    first, second = BLOCK.findall(README.read_text(encoding="utf-8"))
    known: dict[str, object] = {}
    for block in (first, second):
        text = block.replace("http://localhost:8000", alice.server.url).replace('"123"', repr(alice.project_id))
        exec(text.replace("proj_123_admin_...", str(alice.key)), known)  # noqa: S102 - the README of this repository
    assert known["table"].row_count == 2  # type: ignore[attr-defined]
    assert known["frame"].column_names == ["id", "amount"]  # type: ignore[attr-defined]
    assert "['in_c_sales']" in capsys.readouterr().out
