"""The same real server, but its projects lie in the in-memory table backend."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cast import Server, start_server
from tests.endpoint_contract import EndpointContract


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(
        tmp_path_factory.mktemp("memory-server"),
        KBSTORE_TABLE_BACKENDS="tests.memory_backend",
        KBSTORE_DEFAULT_TABLE_BACKEND="memory",
    )
    yield running
    running.stop()


#: What these tests show is true of files: where they lie, that none is copied, what happens when one is lost.
ABOUT_FILES = frozenset(
    {
        "test_a_name_is_taken_once",
        "test_a_table_keeps_its_ten_newest_versions_and_no_file_of_the_others",
        "test_a_table_of_the_branch_is_made_in_main",
        "test_first_writes_to_one_table_follow_each_other_and_lose_nothing",
        "test_it_copies_no_bytes",
        "test_it_copies_no_bytes_and_takes_no_snapshot",
        "test_it_copies_no_data",
        "test_its_key_is_not_in_the_file",
        "test_its_link_opens_as_a_database_with_one_table",
        "test_of_a_table_whose_data_is_lost_it_is_the_cure_if_forced",
        "test_of_data_that_is_lost",
        "test_of_many_at_once_one_wins_and_nothing_is_left",
        "test_only_in_the_branch",
        "test_pulls_and_first_writes_keep_rows_and_links_in_step",
        "test_rows_deleted_in_the_branch_stay_in_main",
        "test_that_fails_nothing_is_dropped_unless_forced",
        "test_the_branch_may_keep_its_version_and_push_again",
        "test_the_data_of_the_table_is_lost",
        "test_the_file_goes_with_the_last_snapshot_of_a_dropped_table",
        "test_the_first_write_makes_a_version_with_rows_schema_and_key",
        "test_the_published_link_shows_the_loaded_rows_to_another_process",
        "test_what_cannot_be_downloaded",
        "test_what_matches_nothing_makes_no_version_but_an_event",
    }
)
#: Rights and shapes of requests are settled before any backend is asked: once is enough.
BEFORE_ANY_BACKEND = frozenset(name for name in vars(EndpointContract) if name.startswith("test_"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = str(Path(__file__).parent)
    left_out = ABOUT_FILES | BEFORE_ANY_BACKEND
    gone = [item for item in items if str(item.path).startswith(here) and item.originalname in left_out]
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if item not in gone]
