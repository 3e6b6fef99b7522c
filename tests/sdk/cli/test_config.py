"""Profiles, where keys are kept, and which value counts."""

from __future__ import annotations

import stat
from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend

from tests.cast import Person, Server
from tests.sdk.cli.command_line import CommandLine

KEY = "proj_1_admin_0123456789abcdef"


class MemoryKeyring(KeyringBackend):
    """The keyring of a desktop, as far as this program can tell."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def no_keyring() -> Iterator[None]:
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def desktop() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    made = MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def mode_of(cli: CommandLine, name: str) -> int:
    return stat.S_IMODE((cli.home / ".keboola-duckdb" / name).stat().st_mode)


@pytest.mark.usefixtures("no_keyring")
class TestFiles:
    def test_only_their_owner_reads_them(self, fresh_cli):
        fresh_cli.good("config", "set", "url", "http://storage:8000/")
        fresh_cli.good("config", "set", "api-key", KEY)
        assert mode_of(fresh_cli, ".") == 0o700
        assert mode_of(fresh_cli, "config.yaml") == mode_of(fresh_cli, "credentials.yaml") == 0o600
        assert KEY not in (fresh_cli.home / ".keboola-duckdb" / "config.yaml").read_text()
        assert fresh_cli.good("config", "get", "url").out == "http://storage:8000\n"

    def test_a_key_in_a_file_is_warned_about_in_one_line(self, fresh_cli):
        outcome = fresh_cli.good("config", "set", "api-key", stdin=f"{KEY}\n")
        warning, said = outcome.err.splitlines()
        assert warning.startswith("Warning: No system keyring works here")
        assert said == "Profile default: api-key is ****cdef."

    def test_a_broken_one_is_named(self, fresh_cli):
        (fresh_cli.home / ".keboola-duckdb").mkdir()
        (fresh_cli.home / ".keboola-duckdb" / "config.yaml").write_text("profiles: [\n")
        outcome = fresh_cli("config", "list")
        assert outcome.code == 2
        assert "config.yaml is not valid YAML" in outcome.err

    @pytest.mark.parametrize("content", ["- a\n", "profiles: 3\n", "profiles: {default: x}\n"])
    def test_another_shape_is_named(self, fresh_cli, content):
        (fresh_cli.home / ".keboola-duckdb").mkdir()
        (fresh_cli.home / ".keboola-duckdb" / "config.yaml").write_text(content)
        assert fresh_cli("config", "list").code == 2


class TestKeyring:
    def test_keys_go_where_nobody_else_looks(self, fresh_cli, desktop):
        outcome = fresh_cli.good("config", "set", "api-key", KEY)
        assert desktop.kept == {("keboola-duckdb", "default"): KEY}
        assert not (fresh_cli.home / ".keboola-duckdb" / "credentials.yaml").exists()
        assert "Warning" not in outcome.err
        assert fresh_cli.good("config", "get", "api-key", "--reveal").out == f"{KEY}\n"

    def test_a_key_leaves_the_file_for_it(self, fresh_cli, no_keyring):
        fresh_cli.good("config", "set", "api-key", KEY)
        keyring.set_keyring(MemoryKeyring())
        fresh_cli.good("config", "set", "api-key", KEY[::-1])
        assert (fresh_cli.home / ".keboola-duckdb" / "credentials.yaml").read_text() == "{}\n"
        assert fresh_cli.good("config", "get", "api-key", "--reveal").out == f"{KEY[::-1]}\n"

    def test_a_deleted_profile_leaves_nothing(self, fresh_cli, desktop):
        fresh_cli.good("config", "set", "api-key", KEY, "-p", "old")
        fresh_cli.good("config", "delete-profile", "old", "--yes")
        assert desktop.kept == {}

    def test_a_locked_one_is_no_key(self, fresh_cli, desktop):
        fresh_cli.good("config", "set", "api-key", KEY)
        desktop.kept.clear()
        assert fresh_cli("projects", "list").code == 3


@pytest.mark.usefixtures("no_keyring")
class TestMasking:
    def test_keys_are_shown_by_their_end(self, fresh_cli):
        fresh_cli.good("config", "set", "api-key", KEY)
        for words in (
            ("list",),
            ("list-profiles",),
            ("get", "api-key"),
            ("list", "-j"),
            ("list-profiles", "-f", "csv"),
        ):
            shown = fresh_cli.good("config", *words).out
            assert "****cdef" in shown
            assert KEY not in shown

    def test_a_short_key_is_not_shown_at_all(self, fresh_cli):
        assert fresh_cli.good("config", "get", "api-key", "--api-key", "secret").out == "****\n"

    def test_no_output_of_a_failed_call_holds_the_key(self, fresh_cli):
        environment = {"KEBOOLA_DUCKDB_API_KEY": KEY, "KEBOOLA_DUCKDB_MAX_RETRIES": "0"}
        outcome = fresh_cli("projects", "list", "-vv", "--url", "http://127.0.0.1:9", **environment)
        assert outcome.code == 5
        assert KEY not in outcome.err


@pytest.mark.usefixtures("no_keyring")
class TestPrecedence:
    def sources(self, cli: CommandLine, *words: str, **environment: str) -> dict[str, tuple[str, str]]:
        rows = cli.good("config", "list", "-j", *words, **environment).json
        return {row["setting"]: (row["value"], row["source"]) for row in rows}

    def test_option_environment_profile_default(self, fresh_cli):
        assert self.sources(fresh_cli)["url"] == ("http://localhost:8000", "default")
        fresh_cli.good("config", "set", "url", "http://profile")
        assert self.sources(fresh_cli)["url"] == ("http://profile", "profile default")
        assert self.sources(fresh_cli, KEBOOLA_DUCKDB_URL="http://env")["url"] == ("http://env", "environment")
        both = self.sources(fresh_cli, "--url", "http://option", KEBOOLA_DUCKDB_URL="http://env")
        assert both["url"] == ("http://option", "option")

    def test_the_profile_itself_has_one(self, fresh_cli):
        for name in ("one", "two", "three"):
            fresh_cli.good("config", "set", "url", f"http://{name}", "--profile", name)
        fresh_cli.good("config", "use-profile", "one")
        assert self.sources(fresh_cli)["url"][0] == "http://one"
        assert self.sources(fresh_cli, KEBOOLA_DUCKDB_PROFILE="two")["url"][0] == "http://two"
        assert self.sources(fresh_cli, "-p", "three", KEBOOLA_DUCKDB_PROFILE="two")["url"][0] == "http://three"

    def test_the_format_of_a_profile_counts(self, fresh_cli):
        fresh_cli.good("config", "set", "format", "json")
        assert fresh_cli.good("config", "list").json
        assert fresh_cli.good("config", "list", KEBOOLA_DUCKDB_FORMAT="csv").out.startswith("setting,")

    def test_timeout_and_retries_come_from_there_too(self, fresh_cli):
        fresh_cli.good("config", "set", "timeout", "7.5")
        found = self.sources(fresh_cli, KEBOOLA_DUCKDB_MAX_RETRIES="0")
        assert (found["timeout"], found["max-retries"]) == ((7.5, "profile default"), (0, "environment"))


@pytest.mark.usefixtures("no_keyring")
class TestProfiles:
    def test_they_are_listed_with_the_current_one(self, fresh_cli):
        fresh_cli.good("config", "set", "url", "http://a", "-p", "a")
        fresh_cli.good("config", "set", "url", "http://b", "-p", "b")
        fresh_cli.good("config", "use-profile", "b")
        rows = fresh_cli.good("config", "list-profiles", "-j").json
        assert [(row["name"], row["is_current"]) for row in rows] == [("a", False), ("b", True)]

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            (("use-profile", "nope"), 2),
            (("list", "-p", "nope"), 2),
            (("delete-profile", "nope", "-y"), 4),
            (("get", "nope"), 2),
            (("set", "nope", "1"), 2),
            (("set", "url"), 2),
            (("set", "url", "storage:8000"), 2),
            (("set", "timeout", "soon"), 2),
            (("set", "no-color", "perhaps"), 2),
            (("set", "api-key", " "), 2),
            (("get", "api-key"), 4),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, fresh_cli, words, code):
        outcome = fresh_cli("config", *words)
        assert outcome.code == code
        assert len(outcome.err.splitlines()) == 1

    def test_dry_run_writes_nothing(self, fresh_cli):
        outcome = fresh_cli.good("config", "set", "url", "http://a", "--dry-run")
        assert outcome.err == "Dry run: would set url of profile default to http://a.\n"
        assert not (fresh_cli.home / ".keboola-duckdb").exists()

    def test_deleting_the_current_one_goes_back_to_the_default(self, fresh_cli):
        fresh_cli.good("config", "set", "url", "http://a", "-p", "a")
        fresh_cli.good("config", "use-profile", "a")
        fresh_cli.good("config", "delete-profile", "a", "-y")
        assert fresh_cli.good("config", "get", "url").out == "http://localhost:8000\n"


class TestKeyOfAProfile:
    @pytest.fixture
    def kept(self, fresh_cli: CommandLine, server: Server, alice: Person) -> CommandLine:
        """A shell whose only profile names the server and holds Alice's key."""
        fresh_cli.good("config", "set", "url", server.url)
        fresh_cli.good("config", "set", "api-key", str(alice.key))
        return fresh_cli

    def test_it_goes_to_the_server_of_its_profile(self, kept, project, server):
        kept.good("projects", "get", project)
        kept.good("projects", "get", project, "--url", f"{server.url}/")

    def test_it_goes_to_no_other_server(self, kept, project):
        outcome = kept("projects", "get", project, "--url", "http://127.0.0.1:9")
        assert outcome.code == 2
        assert "is not sent to http://127.0.0.1:9" in outcome.err
