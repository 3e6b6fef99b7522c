"""Which tests guard each decision over the contracts, and each of their adopted deviations: none is left to memory.

A rename or a removal of a guard fails here, so whoever does it sees which decision it stood for.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STORAGE = "api/storage/"
ENGINE = "unit/engine/"

#: Row of the decisions: tests, as `file::[class::]name` below `tests/`.
GUARDS: dict[int, list[str]] = {
    # Row 1 is the whole register of deviations: see DEVIATIONS.
    1: ["contract/test_decisions.py::test_every_deviation_is_guarded"],
    # A public table is a link to an immutable version.
    2: [
        STORAGE + "test_tables.py::TestCreate::test_its_link_opens_as_a_database_with_one_table",
        STORAGE + "test_import.py::test_the_published_link_shows_the_loaded_rows_to_another_process",
        ENGINE + "test_links.py::test_a_link_is_relative_and_leads_to_the_version",
        ENGINE + "test_links.py::test_another_process_reads_one_complete_version_while_links_move",
        ENGINE + "test_versions.py::test_a_sealed_file_is_read_only_and_is_what_the_seal_says",
        ENGINE + "test_layout.py::test_files_lie_where_the_contract_says",
    ],
    # Keys are in the catalog, enforced on each write.
    3: [
        STORAGE + "test_tables.py::TestCreate::test_its_key_is_not_in_the_file",
        STORAGE + "test_import.py::test_a_full_load_replaces_and_an_incremental_one_upserts",
        STORAGE + "test_import.py::test_a_duplicate_is_409_when_asked_to_fail_on_it",
        STORAGE + "test_primary_key.py::TestAdd::test_null_in_a_key_is_a_violation",
        ENGINE + "test_versions.py::test_constraints_and_defaults_stand_in_the_file",
    ],
    # A snapshot pins a version.
    4: [
        STORAGE + "test_snapshots.py::TestCreate::test_it_takes_no_space",
        STORAGE + "test_snapshots.py::TestRestore::test_it_copies_no_bytes",
        STORAGE + "test_snapshots.py::TestRestore::test_not_null_and_defaults_come_back_after_a_drop",
        STORAGE + "test_snapshots.py::TestDownload::test_as_parquet",
        STORAGE + "test_versions.py::TestKept::test_a_pinned_version_stays_until_its_snapshot_goes",
        STORAGE + "test_exotic_types.py::test_through_snapshot_branch_and_parquet",
    ],
    # Snapshots on dev branches.
    5: [
        STORAGE + "test_snapshots.py::TestOnBranches::test_each_sees_its_own",
        STORAGE + "test_snapshots.py::TestOnBranches::test_a_restore_changes_only_the_branch",
        STORAGE + "test_snapshots.py::TestOnBranches::test_a_new_table_is_only_the_branchs",
        STORAGE + "test_branch_tables.py::TestOtherWrites::test_snapshots_of_the_branch_hold_its_rows_and_go_with_it",
        "contract/test_branch_keys.py::TestIdsOfAnotherBranch::test_snapshots",
    ],
    # Loads, exports, schema changes and keys on dev branches.
    6: [
        STORAGE + "test_branch_tables.py::TestLoadAndExport::test_both_work_on_the_branchs_rows",
        STORAGE + "test_branch_tables.py::TestLoadAndExport::test_a_full_load_replaces_the_branchs_rows_only",
        STORAGE + "test_branch_tables.py::TestOtherWrites::test_the_schema_changes_in_the_branch_only",
        STORAGE + "test_columns.py::TestOnABranch::test_the_first_change_gives_the_branch_its_own_version",
        STORAGE + "test_primary_key.py::test_a_branch_has_a_key_of_its_own",
    ],
    # What stays in the default branch only.
    7: [
        STORAGE + "test_sharing.py::test_only_through_the_default_branch",
        STORAGE + "test_buckets.py::TestDelete::test_only_through_the_default_branch",
        STORAGE + "test_branch_tables.py::TestBuckets::test_are_not_deleted_from_a_branch",
    ],
    # No delete of what only main has.
    8: [STORAGE + "test_branch_tables.py::TestDelete::test_of_what_only_main_has"],
    # A new column that is NOT NULL.
    9: [
        STORAGE + "test_columns.py::TestAdd::test_not_null_needs_a_default_where_there_are_rows",
        STORAGE + "test_columns.py::TestAdd::test_not_null_needs_nothing_in_an_empty_table",
    ],
    # A link needs a share.
    10: [
        STORAGE + "test_sharing.py::TestLink::test_not_without_a_share",
        STORAGE + "test_sharing.py::TestLink::test_not_after_the_share_was_taken_back",
        STORAGE + "test_sharing.py::TestWithoutRequiredShares::test_linking_and_reading_need_no_share",
    ],
    # And dies with it.
    11: [STORAGE + "test_linked_buckets.py::TestWhatEndsIt::test_without_the_share_nothing_can_be_read"],
    # The tables of a linked bucket.
    12: [
        STORAGE + "test_linked_buckets.py::TestReading::test_the_tables_of_the_source_with_exact_numbers",
        STORAGE + "test_linked_buckets.py::TestReading::test_it_is_live",
    ],
    # Are read only.
    13: [
        STORAGE + "test_linked_buckets.py::TestWriting::test_no_call_changes_the_source",
        STORAGE + "test_linked_buckets.py::TestWriting::test_no_table_is_made_in_it",
        STORAGE + "test_sharing.py::TestWithoutRequiredShares::test_links_stay_read_only",
    ],
    # Linked buckets in workspaces.
    14: [
        "api/workspaces/test_internal.py::TestTables::test_linked_ones_are_apart_under_the_name_of_the_link",
        "api/workspaces/test_workspaces.py::TestDetail::test_linked_buckets_are_attached",
        "api/workspaces/test_workspaces.py::TestDetail::test_a_link_that_is_not_shared_any_more_shows_nothing",
    ],
    # A replay needs the same credential.
    15: [
        "api/test_idempotency.py::test_another_caller_never_gets_the_answer",
        "api/test_idempotency.py::test_conflicts_are_found_across_callers",
        "api/test_idempotency.py::test_knowing_a_key_string_opens_no_door",
    ],
    # Scopes, and several keys at once.
    16: [
        "contract/test_every_endpoint_has_a_rule.py::test_with_a_readers_key_in_its_own_branch",
        "contract/test_every_endpoint_has_a_rule.py::test_with_a_readers_key_outside_its_branch",
        "contract/test_branch_keys.py::test_no_key_leaves_its_branch",
        "contract/test_branch_keys.py::test_inside_of_its_branch_the_scope_decides",
        "contract/test_branch_keys.py::TestIdsOfAnotherBranch::test_jobs",
        "contract/test_branch_keys.py::TestSockets::test_of_one_job",
        "contract/test_branch_keys.py::test_ids_of_another_project_lead_nowhere",
        "unit/test_access.py::test_scopes",
        STORAGE + "test_api_keys.py::TestCreate::test_a_second_key_works_beside_the_first",
    ],
    # No destruction without the snapshot before it.
    17: [
        STORAGE + "test_snapshots.py::TestAutomatic::test_that_fails_nothing_is_dropped_unless_forced",
        STORAGE + "test_snapshots.py::TestRestore::test_of_a_table_whose_data_is_lost_it_is_the_cure_if_forced",
    ],
    # Limits.
    18: [
        STORAGE + "test_conventions.py::test_a_body_over_the_limit_is_413",
        "api/files/test_upload.py::test_more_than_the_limit_is_413_and_exactly_the_limit_is_fine",
        "api/files/test_prepare.py::test_exactly_the_limit_may_be_declared_and_one_byte_more_may_not",
        "api/files/test_register.py::test_the_quota_counts_files_and_bytes",
        "services/jobs/test_submit.py::test_a_project_has_a_limited_number_of_unfinished_jobs",
        "unit/storage/test_names.py::test_a_table_has_a_bounded_number_of_columns",
        STORAGE + "test_branches.py::TestCreate::test_a_name_has_a_length_that_every_catalog_can_index",
        "contract/test_docs.py::test_every_setting_has_a_row",
    ],
    # The scrape token and the internal one; the bridge comes with the driver.
    19: [
        "api/test_metrics.py::TestToken::test_this_host_needs_none",
        "api/test_metrics.py::TestToken::test_others_need_it",
        "api/workspaces/test_internal.py::TestWithoutAToken::test_this_host_is_served",
        "api/workspaces/test_internal.py::TestWithoutAToken::test_neighbours_need_one",
        "api/workspaces/test_internal.py::TestWithoutAToken::test_strangers_find_nothing",
        "api/workspaces/test_internal.py::TestToken::test_every_route_needs_it_before_anything_else",
    ],
    # Each door of the driver speaks one profile, whatever a call asks for.
    20: [
        "driver/test_policy.py::test_the_profiles_differ_in_every_member",
        "driver/test_policy.py::test_a_call_does_not_choose_its_profile",
    ],
    # Commands read and write the project's own files and nothing else of this host.
    21: ["driver/test_import_file.py::test_no_location_leads_outside"],
    # Of a password only a SCRAM verifier is kept; clear text needs TLS.
    22: [
        "api/workspaces/test_internal.py::TestRefusals::test_a_verifier_moved_to_another_workspace_opens_nothing",
        "services/workspaces/test_log_in.py::test_only_a_scram_verifier_is_kept_and_it_is_encrypted",
        "wire/pgwire/test_real_clients.py::test_cleartext_is_asked_for_over_tls_only",
    ],
    # Jobs on request; the load of a workspace comes with the workspaces.
    23: [
        STORAGE + "test_import.py::test_on_request_a_load_is_a_job",
        STORAGE + "test_export.py::test_on_request_an_export_is_a_job",
        STORAGE + "test_profile.py::test_on_request_a_profile_is_a_job_also_when_it_is_kept",
        STORAGE + "test_snapshots.py::TestRestore::test_as_a_job",
        STORAGE + "test_branches.py::TestDelete::test_as_a_job",
        "wire/test_jobs_api.py::test_a_job_has_these_fields",
        "wire/test_jobs_api.py::test_a_running_job_is_cancelled_and_cannot_be_cancelled_again",
        "wire/test_job_websocket.py::test_a_job_is_shown_from_now_to_its_end",
    ],
    # Every list in pages.
    24: [
        STORAGE + "test_paging.py::test_pages_follow_each_other_without_gaps",
        STORAGE + "test_paging.py::test_bounds_are_checked",
        STORAGE + "test_paging.py::test_beyond_the_end_is_an_empty_page_with_the_total",
    ],
    # The history of a table.
    25: [
        STORAGE + "test_versions.py::TestList::test_a_version",
        STORAGE + "test_versions.py::TestRestore::test_by_number_and_by_id",
        STORAGE + "test_versions.py::TestPreview::test_of_an_earlier_version",
        STORAGE + "test_versions.py::TestKept::test_a_pinned_version_stays_until_its_snapshot_goes",
        STORAGE + "test_import.py::test_a_table_keeps_its_ten_newest_versions_and_no_file_of_the_others",
    ],
    # Empty fields of CSV.
    26: [
        STORAGE + "test_import.py::test_a_quoted_empty_field_is_the_empty_text_unless_asked_otherwise",
        STORAGE + "test_export.py::test_csv_has_a_header_and_tells_null_from_the_empty_string",
        STORAGE + "test_export.py::test_what_export_wrote_import_reads_back_equal",
    ],
    # One compatibility switch.
    27: ["contract/test_decisions.py::test_there_is_one_switch_back_to_the_contract"],
}

#: The deviations that row 1 adopts (rest-core section 17).
DEVIATIONS: dict[str, list[str]] = {
    "D1": [STORAGE + "test_tables.py::TestCreate::test_what_cannot_be_made_is_400_and_leaves_nothing"],
    "D2": [
        STORAGE + "test_tables.py::TestCreate::test_these_table_names_work",
        STORAGE + "test_tables.py::TestCreate::test_column_names_are_quoted",
    ],
    "D3": [STORAGE + "test_columns.py::TestAdd::test_a_bad_type_or_default_is_400"],
    "D4": [STORAGE + "test_columns.py::TestAdd::test_a_name_is_taken_in_any_case"],
    "D5": [
        STORAGE + "test_columns.py::TestAlter::test_what_does_not_fit_changes_nothing",
        STORAGE + "test_columns.py::TestAlter::test_a_bad_new_name_is_400",
    ],
    "D6": [
        STORAGE + "test_columns.py::TestAlter::test_the_type_of_a_key_column_changes",
        STORAGE + "test_columns.py::TestDrop::test_a_column_before_a_key_column_goes_too",
    ],
    "D7": [
        STORAGE + "test_primary_key.py::TestAdd::test_repeated_keys_are_counted_and_nothing_changes",
        STORAGE + "test_primary_key.py::TestAdd::test_null_in_a_key_is_a_violation",
    ],
    "D8": [STORAGE + "test_delete_rows.py::TestDeletion::test_attacks_are_refused_and_change_nothing"],
    "D9": [STORAGE + "test_delete_rows.py::TestDeletion::test_conditions_of_every_kind"],
    "D10": [STORAGE + "test_delete_rows.py::TestDeletion::test_attacks_are_refused_and_change_nothing"],
    "D11": [STORAGE + "test_buckets.py::TestDelete::test_not_with_tables_if_the_caller_does_not_want_to"],
    "D12": [STORAGE + "test_sharing.py::TestLink::test_it_has_no_directory_and_no_bucket_takes_its_name"],
    "D13": [STORAGE + "test_sharing.py::TestLink::test_a_second_link_of_a_name_says_what_the_first_shows"],
    "D14": [
        STORAGE + "test_linked_buckets.py::TestReading::test_the_tables_of_the_source_with_exact_numbers",
        STORAGE + "test_profile.py::test_through_a_link_a_table_goes_by_the_names_of_the_link",
    ],
    "D15": [
        STORAGE + "test_branch_tables.py::TestCreate::test_only_in_the_branch",
        STORAGE
        + "test_branch_tables.py::TestLiveViewAndCopyOnWrite::test_from_then_on_neither_sees_the_others_changes",
        STORAGE + "test_branch_tables.py::TestOtherWrites::test_rows_deleted_in_the_branch_stay_in_main",
    ],
    "D16": [STORAGE + "test_branch_tables.py::TestDelete::test_of_what_is_nowhere"],
    "D17": [
        STORAGE + "test_projects.py::TestCreate::test_an_odd_id_is_refused",
        STORAGE + "test_buckets.py::TestCreate::test_odd_names_are_refused",
        STORAGE + "test_tables.py::TestCreate::test_odd_table_names_are_refused",
        STORAGE + "test_tables.py::TestCreate::test_odd_column_names_are_refused",
    ],
    "D18": ["contract/test_branch_keys.py::test_no_key_leaves_its_branch"],
    "D19": [STORAGE + "test_conventions.py::test_authentication_comes_before_the_body"],
    "D20": [
        "api/test_idempotency.py::test_another_caller_never_gets_the_answer",
        "api/test_idempotency.py::test_whoever_is_refused_leaves_no_trace",
        "api/test_idempotency.py::test_an_answer_that_says_not_now_is_not_kept",
    ],
    "D21": [STORAGE + "test_profile.py::test_a_constant_column_and_one_with_infinity_are_no_fault"],
    "D22": [
        STORAGE + "test_profile.py::test_an_empty_table",
        ENGINE
        + "profile/test_profile_formulas.py::test_correlations_that_were_looked_for_and_not_found_are_an_empty_list",
    ],
    "D23": [STORAGE + "test_projects.py::TestDelete::test_with_branch_keys"],
    "D24": [STORAGE + "test_projects.py::TestUpdate::test_name_and_settings_are_replaced"],
    "D25": [
        STORAGE + "test_buckets.py::TestCreate::test_it_makes_one_directory",
        STORAGE + "test_sharing.py::TestLink::test_the_linked_form",
        STORAGE + "test_tables.py::TestCreate::test_the_table_object",
    ],
    "D26": [STORAGE + "test_sharing.py::TestShare::test_not_with_its_own_project"],
    "D27": [
        "wire/test_lock_wait.py::test_a_writer_is_told_when_to_come_again",
        "wire/test_lock_wait.py::test_readers_and_other_tables_do_not_notice",
        "services/jobs/test_run.py::test_a_job_that_takes_too_long_is_stopped",
    ],
    "D28": [ENGINE + "test_reader.py::test_a_value_is_encoded_as_the_contract_says"],
}

#: Every setting that is on or off. One more is a new decision: row 27 allows no other way back to the contract.
SWITCHES = {
    "DEBUG",
    "DRIVER_UPDATE_PROJECT",  # asked for by driver 5.2
    "GRPC_ALLOW_INSECURE",  # asked for by driver 7.7
    "GRPC_ENABLED",  # no way back: whether a process serves the driver
    "GRPC_REFLECTION",  # asked for by driver 7.8
    "KBSTORE_ENFORCE_KEY_SCOPES",  # asked for by rest-core 2.4
    "KBSTORE_PGWIRE_CONNECTION_STRING",  # asked for by workspaces-pgwire 1.3
    "KBSTORE_SECURE_COOKIES",
    "KBSTORE_STRICT_BRANCH_NAMES",  # asked for by rest-data 7.4
    "KBSTORE_TRUST_PROXY_HEADERS",
    "PGWIRE_ENABLED",  # no way back: whether a process takes SQL clients in
    "METRICS_PER_TABLE",  # asked for by rest-data 8.7
    "REQUIRE_SHARE_FOR_LINK",
    "S3_ALLOW_CREATE_BUCKET",  # asked for by s3 B.8
    "S3_ENABLED",  # no way back: whether a process listens on the port of S3
    "S3_STRICT_ACL",  # asked for by s3 B.6
    "S3_TLS",
}


@cache
def defined_in(file: str) -> frozenset[str]:
    """`name` and `class::name` of the tests that a file itself defines."""
    found = set()
    for node in ast.parse((ROOT / file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{item.name}" for item in node.body if isinstance(item, ast.FunctionDef)}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return frozenset(name for name in found if name.split("::")[-1].startswith("test_"))


def missing(guards: list[str]) -> list[str]:
    """Those of the ids that no file defines."""
    return [guard for guard in guards if guard.partition("::")[2] not in defined_in(guard.partition("::")[0])]


def test_every_row_is_guarded() -> None:
    assert sorted(GUARDS) == list(range(1, 28))
    assert all(GUARDS.values())


@pytest.mark.parametrize("row", GUARDS)
def test_the_guards_of_a_row_exist(row: int) -> None:
    assert missing(GUARDS[row]) == []


def test_every_deviation_is_guarded() -> None:
    assert list(DEVIATIONS) == [f"D{number}" for number in range(1, 29)]
    assert all(DEVIATIONS.values())
    assert {name: missing(guards) for name, guards in DEVIATIONS.items() if missing(guards)} == {}


def test_there_is_one_switch_back_to_the_contract() -> None:
    found = set()
    for package in ("kbstore", "storage", "files", "workspaces"):
        for path in (ROOT.parent / package).rglob("*.py"):
            found |= set(re.findall(r'env\.boolean\(\s*"(\w+)"', path.read_text(encoding="utf-8")))
    assert found == SWITCHES
