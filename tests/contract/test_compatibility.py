"""docs/compatibility.md says what the tests with real clients show: no more, no less."""

from __future__ import annotations

import pytest

from tests.clients.compatibility import PAGE, ticked
from tests.clients.matrix import CLIENTS, FEATURES, covered, covers


def test_the_page_has_a_sign_for_everything_that_is_covered() -> None:
    """`make compatibility` writes it anew."""
    shown, tested = ticked(PAGE.read_text(encoding="utf-8")), covered()
    assert (sorted(shown - tested), sorted(tested - shown)) == ([], [])


def test_every_row_speaks_of_every_client() -> None:
    assert {len(letters) for letters in FEATURES.values()} == {len(CLIENTS)}
    assert {letter for letters in FEATURES.values() for letter in letters} == set("MS-")


def test_a_feature_that_nobody_knows_cannot_be_covered() -> None:
    with pytest.raises(ValueError, match="not in the matrix"):
        covers("psycopg 3", "telepathy")
