"""What a client is set up with: nonsense is refused before anything is sent, keys are never shown."""

from __future__ import annotations

import math

import pytest

from keboola_duckdb import AsyncClient, Client, ClientSettings, ConfigurationError, DuckDBStorageClient

KEY = "proj_123_admin_0123456789abcdef"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "   ",
        "localhost:8000",
        "ftp://host",
        "http://",
        "http:///path",
        "http://host:port",
        "http://host:99999",
        "http://[::1",
        "http://user:secret@host",
        "http://host/?x=1",
        "http://host/#x",
        "http://ho st",
        "http://host\r\nX-Evil: 1",
        None,
        5,
    ],
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ConfigurationError) as refused:
        Client(url, KEY)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["http://host", "https://host/", "HTTP://Host:8000", "http://[::1]:8000", "http://h/base/"]
)
def test_an_address_is_kept_without_its_last_slash(url):
    with Client(url, KEY) as kb:
        assert kb.settings.url.lower() == url.lower().rstrip("/")


@pytest.mark.parametrize("key", ["", " ", "a b", "key\n", "key\r\nX-Evil: 1", "schlüssel"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_repeated(key):
    with pytest.raises(ConfigurationError) as refused:
        Client("http://host", key)
    assert not key.strip() or key not in str(refused.value)


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": math.nan},
        {"timeout": math.inf},
        {"timeout": "30"},
        {"connect_timeout": 0},
        {"max_retries": -1},
        {"max_retries": 1.5},
        {"max_retries": True},
        {"ca_file": "/no/such/file.pem"},
    ],
)
def test_numbers_and_files_that_cannot_work_are_refused(options):
    with pytest.raises(ConfigurationError):
        Client("https://host", KEY, **options)


def test_a_file_without_certificates_is_refused(tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ConfigurationError, match="no certificates"):
        Client("https://host", KEY, ca_file=str(tmp_path / "ca.pem"))


def test_timeouts_are_those_of_the_contract_unless_others_are_given():
    usual, other = (
        ClientSettings(url="http://host"),
        ClientSettings(url="http://host", connect_timeout=1, read_timeout=2),
    )
    assert (usual.timeouts().connect, usual.timeouts().read, usual.max_retries) == (5, 30, 3)
    assert (other.timeouts().connect, other.timeouts().read, other.timeouts(60).read) == (1, 2, 60)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_the_environment_sets_up_a_client(monkeypatch, kind):
    monkeypatch.setenv("KEBOOLA_DUCKDB_URL", "http://host:1")
    monkeypatch.setenv("KEBOOLA_DUCKDB_API_KEY", KEY)
    monkeypatch.setenv("KEBOOLA_DUCKDB_TIMEOUT", "12.5")
    monkeypatch.setenv("KEBOOLA_DUCKDB_MAX_RETRIES", "0")
    settings = kind.from_env().settings
    assert (settings.url, settings.read_timeout, settings.max_retries) == ("http://host:1", 12.5, 0)
    assert settings.api_key.get_secret_value() == KEY


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"KEBOOLA_DUCKDB_URL": ""},
        {"KEBOOLA_DUCKDB_URL": "host"},
        {"KEBOOLA_DUCKDB_URL": "http://host", "KEBOOLA_DUCKDB_TIMEOUT": "soon"},
        {"KEBOOLA_DUCKDB_URL": "http://host", "KEBOOLA_DUCKDB_TIMEOUT": "nan"},
        {"KEBOOLA_DUCKDB_URL": "http://host", "KEBOOLA_DUCKDB_MAX_RETRIES": "many"},
    ],
)
def test_an_environment_that_cannot_work_is_refused(environment):
    with pytest.raises(ConfigurationError):
        Client.from_env(environment)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_nothing_that_is_shown_of_a_client_holds_the_key(kind):
    kb = kind("http://host", KEY)
    seen, shown = set(), []
    pending = [kb]
    while pending:
        thing = pending.pop()
        if id(thing) not in seen and type(thing).__module__.startswith(("keboola_duckdb", "httpx")):
            seen.add(id(thing))
            shown += [repr(thing), str(thing)]
            pending += list(vars(thing).values()) if hasattr(thing, "__dict__") else []
    assert len(shown) > 10
    assert KEY not in "".join(shown)


def test_the_other_name_of_the_client_is_the_client():
    assert DuckDBStorageClient is Client
