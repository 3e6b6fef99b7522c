"""Paths of the bridge, below /driver."""

from __future__ import annotations

from django.urls import path

from storage.driver import commands
from storage.driver.bridge.commands_view import CommandsView
from storage.driver.bridge.execute_view import ExecuteView

commands.register_all()

urlpatterns = [
    path("execute", ExecuteView.as_view()),
    path("commands", CommandsView.as_view()),
]
