"""Time limits of engine work."""

from __future__ import annotations

import pytest

from kbstore.errors import OperationTimeout
from storage.engine.config import EngineConfig
from storage.engine.connection import light_instance
from storage.engine.errors import translated_errors
from storage.engine.monitor import Monitor
from storage.engine.time_limit import time_limit

ENDLESS = "SELECT count(*) FROM range(10000000000) a, range(1000000) b WHERE a.range % 7 = b.range % 11"


def test_work_that_outlasts_its_time_is_stopped(config: EngineConfig) -> None:
    monitor = Monitor()
    with (
        pytest.raises(OperationTimeout, match=r"0\.2 seconds"),
        light_instance(config) as connection,
        translated_errors(monitor),
        time_limit(monitor, 0.2),
        monitor.phase(connection, 0.0, 1.0),
    ):
        connection.execute(ENDLESS).fetchall()


def test_work_within_its_time_is_not(config: EngineConfig) -> None:
    monitor = Monitor()
    with light_instance(config) as connection, time_limit(monitor, 30.0), monitor.phase(connection, 0.0, 1.0):
        assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_a_short_limit_holds_beside_a_long_one(config: EngineConfig) -> None:
    patient, hasty = Monitor(), Monitor()
    with time_limit(patient, 60.0), pytest.raises(OperationTimeout), light_instance(config) as connection:
        with translated_errors(hasty), time_limit(hasty, 0.1), hasty.phase(connection, 0.0, 1.0):
            connection.execute(ENDLESS).fetchall()
    patient.check()
