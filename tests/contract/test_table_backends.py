"""Nothing above the engine knows which table backend is in use, nor that versions may be files."""

from __future__ import annotations

import re

from tests.contract.test_architecture import MODULES, arrows, room

#: Who may name the file backend, or ask where its files lie.
BUILDS_BACKENDS = {"storage.runtime"}
#: Workspaces are files of their own, and a backup holds what it copies beside the staged files.
FILES_OF_THEIR_OWN = {
    "storage.backup.hold",
    "workspaces.services.purge_workspaces",
    "workspaces.services.workspace_place",
}
INNER = ("file_backend", "versions", "version_access", "version_building", "version_reading", "links", "orphans")


def above_the_engine() -> dict[str, str]:
    found = {name: path.read_text(encoding="utf-8") for name, path in MODULES.items() if room(name) != "storage.engine"}
    return {name: text for name, text in found.items() if ".migrations." not in name}


def test_only_the_runtime_names_a_backend() -> None:
    inner = {f"storage.engine.{name}" for name in INNER}
    users = {arrow.source for arrow in arrows() if arrow.target in inner and room(arrow.source) != "storage.engine"}
    assert users == BUILDS_BACKENDS


def test_only_files_of_their_own_have_a_place_in_the_layout() -> None:
    users = {
        arrow.source
        for arrow in arrows()
        if arrow.target == "storage.engine.layout" and room(arrow.source) != "storage.engine"
    }
    assert users == FILES_OF_THEIR_OWN


def test_nobody_asks_for_the_file_of_a_version() -> None:
    asking = re.compile(r"\.version_path\(|engine\(\)\._|\.of\(.*\)\.(layout|locks)")
    assert [name for name, text in above_the_engine().items() if asking.search(text)] == []


def test_nobody_asks_which_backend_it_is() -> None:
    asking = re.compile(r"isinstance\([^)]*(File|Memory|Table)Backend|\.backend == |backend_of\([^)]*\) == ")
    assert [name for name, text in above_the_engine().items() if asking.search(text)] == []
