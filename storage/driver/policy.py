"""What differs between the doors of the driver in a way that a client can see (docs/decisions/0027)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """One per door, never chosen by a call."""

    name: str
    #: CreateTable, AddColumn and AlterColumn answer with the table's ObjectInfoResponse, else with nothing.
    returns_table: bool
    #: LoadTableToWorkspace answers with a TableImportResponse, else with nothing.
    returns_load: bool
    #: Preview values keep their kind (number, bool, list), else they are text or null.
    previews_types: bool
    #: The most rows a preview may ask for.
    preview_limit: int
    #: A preview that asks for more is refused, else it gets that many.
    refuses_long_previews: bool
    #: Exports are slices with a manifest and without a header, else one file at the exact path with a header.
    slices_exports: bool
    #: Imports without column names of sliced files are refused, else matched by the header of each.
    needs_columns_of_slices: bool
    #: What follows the number in a timer's duration.
    timer_suffix: str
    #: `importedColumns` lists every column of the table, else those that came from the source.
    lists_all_columns: bool
    #: Dropping a workspace object that is not there fails, else it is a warning.
    misses_objects: bool
    #: Object names of dev-branch buckets begin with the branch's id.
    names_branches: bool
    #: InitBackend answers with the capabilities of the backend as its meta.
    tells_capabilities: bool
    #: Several statements in one query are refused, else the result of the last counts.
    wants_one_statement: bool


LEGACY = Policy(
    name="legacy",
    returns_table=False,
    returns_load=False,
    previews_types=True,
    preview_limit=10_000,
    refuses_long_previews=False,
    slices_exports=False,
    needs_columns_of_slices=False,
    timer_suffix="s",
    lists_all_columns=True,
    misses_objects=False,
    names_branches=False,
    tells_capabilities=False,
    wants_one_statement=False,
)

REFERENCE = Policy(
    name="reference",
    returns_table=True,
    returns_load=True,
    previews_types=False,
    preview_limit=1000,
    refuses_long_previews=True,
    slices_exports=True,
    needs_columns_of_slices=True,
    timer_suffix="",
    lists_all_columns=False,
    misses_objects=True,
    names_branches=True,
    tells_capabilities=True,
    wants_one_statement=True,
)
