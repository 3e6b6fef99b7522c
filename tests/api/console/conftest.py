"""The people at the console, and something for them to look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from kbstore.console.groups import PROJECT_MEMBERS, VIEWERS
from storage.models import Project, ProjectMember, Table
from storage.runtime import close_engine
from tests.api.console import things


@pytest.fixture(autouse=True)
def _catalog(db: None) -> Iterator[None]:
    yield
    close_engine()


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator() -> Client:
    """May do everything."""
    return logged_in(User.objects.create_superuser("olga"))


@pytest.fixture
def viewer() -> Client:
    """May look at everything and change nothing."""
    user = User.objects.create_user("vera", is_staff=True)
    user.groups.set([Group.objects.get(name=VIEWERS)])
    return logged_in(user)


@pytest.fixture
def member(project: Project) -> Client:
    """Works in `project`, and sees no other."""
    user = User.objects.create_user("mia", is_staff=True)
    user.groups.set([Group.objects.get(name=PROJECT_MEMBERS)])
    ProjectMember.objects.create(user=user, project=project)
    return logged_in(user)


@pytest.fixture
def newcomer() -> Client:
    """May log in, and nothing else."""
    return logged_in(User.objects.create_user("nick", is_staff=True))


@pytest.fixture
def project() -> Project:
    return things.make_project()


@pytest.fixture
def table(project: Project) -> Table:
    return things.make_table(things.make_bucket(project))
