from __future__ import annotations

import pytest

from storage.keys import KeyParts, generate_key, mask_key, parse_key

RANDOM = "0123456789abcdef" * 2


def test_a_project_key_names_its_project() -> None:
    key = generate_key(project_id="a_b")
    assert key.secret.startswith("proj_a_b_admin_")
    assert key.prefix == "proj_a_b_admin_..."
    assert parse_key(key.secret) == KeyParts("a_b", None, "admin")
    assert mask_key(key.secret) == key.prefix


@pytest.mark.parametrize(("scope", "word"), [("branch_admin", "admin"), ("branch_read", "read")])
def test_a_branch_key_names_its_branch(scope: str, word: str) -> None:
    key = generate_key(project_id="123", scope=scope, branch_id="456")
    assert key.prefix == f"proj_123_branch_456_{word}_..."
    assert parse_key(key.secret) == KeyParts("123", "456", word)
    assert mask_key(key.secret) == key.prefix


def test_a_project_id_that_looks_like_a_branch_key_is_masked_right() -> None:
    key = generate_key(project_id="a_branch_b")
    assert mask_key(key.secret) == key.prefix == "proj_a_branch_b_admin_..."


def test_no_two_keys_are_the_same() -> None:
    assert len({generate_key(project_id="1").secret for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "key", ["proj_123", "proj_123_branch_456", "proj_123_branch_456_invalid_abc", "invalid_key", ""]
)
def test_malformed_keys_have_no_parts(key: str) -> None:
    assert parse_key(key) == KeyParts()
    assert not parse_key(key).is_valid


@pytest.mark.parametrize(
    ("key", "shown"), [("short", "short..."), ("x" * 20, "x" * 20 + "..."), ("y" * 30, "y" * 20 + "...")]
)
def test_a_malformed_key_is_cut(key: str, shown: str) -> None:
    assert mask_key(key) == shown


def test_the_parts_are_read_from_the_right() -> None:
    assert parse_key(f"proj_x_branch_y_branch_z_read_{RANDOM}") == KeyParts("x_branch_y", "z", "read")


@pytest.mark.parametrize(("scope", "branch_id"), [("root", "1"), ("project_admin", "1"), ("branch_read", None)])
def test_a_scope_that_does_not_fit_is_an_internal_error(scope: str, branch_id: str | None) -> None:
    with pytest.raises(ValueError, match=f"Invalid scope: {scope}"):
        generate_key(project_id="1", scope=scope, branch_id=branch_id)
