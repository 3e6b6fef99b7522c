"""No key, password or secret is logged or shown, however much is logged."""

from __future__ import annotations

import logging
import traceback

import pytest

import keboola_duckdb as sdk


@pytest.fixture
def everything_logged(caplog):
    """All libraries log all they can."""
    caplog.set_level(logging.DEBUG)
    loud = [
        logging.getLogger(name) for name in ("httpx", "httpcore", "websockets", "websockets.client", "keboola_duckdb")
    ]
    for logger in loud:
        caplog.set_level(logging.DEBUG, logger=logger.name)
    return caplog


def test_the_key_is_not_logged(kb, alice, project, everything_logged):
    kb.buckets.create(project, "b")
    kb.tables.create(project, "b", "t", {"id": "INTEGER"})
    kb.tables.profile(project, "b", "t")  # follows a job over the websocket
    kb.api_keys.create(project, description="x")
    with pytest.raises(sdk.NotFoundError):
        kb.buckets.get(project, "no-such-bucket")
    assert "keboola_duckdb" in {record.name for record in everything_logged.records}
    shown = everything_logged.text + "".join(repr(record.__dict__) for record in everything_logged.records)
    assert alice.key not in shown


def test_secrets_in_answers_are_not_logged(kb, project, everything_logged):
    key = kb.api_keys.create(project, description="x")
    credential = kb.s3_credentials.create(project)
    assert key.api_key not in everything_logged.text
    assert credential.secret_access_key not in everything_logged.text


def test_an_error_does_not_show_the_key(connect, alice, project):
    with pytest.raises(sdk.NotFoundError) as missing:
        connect(alice).buckets.get(project, "no-such-bucket")
    with pytest.raises(sdk.NetworkError) as gone:
        connect("http://127.0.0.1:1", alice.key, max_retries=0).projects.get(project)
    for error in (missing.value, gone.value):
        shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
        assert alice.key not in shown
