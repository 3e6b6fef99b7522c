from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.workspaces.pgcatalog.sample_workspace import Sample


@pytest.fixture(scope="module")
def sample() -> Iterator[Sample]:
    made = Sample()
    yield made
    made.database.close()
