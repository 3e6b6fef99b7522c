"""`keboola-duckdb config`: profiles and what is in them."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from keboola_duckdb.cli.command_classes import command, new_group
from keboola_duckdb.cli.config_store import DEFAULT_PROFILE, SETTINGS
from keboola_duckdb.cli.credentials import mask
from keboola_duckdb.cli.failures import NOT_FOUND, UsageFailure
from keboola_duckdb.cli.output import Column
from keboola_duckdb.cli.session import Session, session_of

app = new_group("config")

API_KEY = "api_key"
NAMES = ", ".join(name.replace("_", "-") for name in [API_KEY, *SETTINGS])
SettingArgument = Annotated[str, typer.Argument(metavar="SETTING", help=f"One of {NAMES}.")]
ProfileArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of the profile.")]


@command(app, "set", example="keboola-duckdb config set url https://storage.example.com --profile production")
def set_(
    context: typer.Context,
    setting: SettingArgument,
    value: Annotated[
        str | None, typer.Argument(metavar="VALUE", help="Without it a key is asked for, or read from stdin.")
    ] = None,
) -> None:
    """Change a setting of the profile in use; --profile names another, which is made if there is none.

    The API key goes to the keyring of the system where there is one.
    """
    session = session_of(context)
    name = _setting(setting)
    profile = str(session.resolution.profile.value)
    if name == API_KEY:
        _set_key(session, profile, value)
        return
    if value is None:
        raise UsageFailure(f"Say what {setting} should be: `keboola-duckdb config set {setting} VALUE`.")
    known = SETTINGS[name](value)
    if session.may(f"set {setting} of profile {profile} to {known}"):
        session.config.set(profile, name, known)
        session.say(f"Profile {profile}: {setting} is {known}.")


def _set_key(session: Session, profile: str, value: str | None) -> None:
    if not session.may(f"set the API key of profile {profile}"):
        return
    key = _read_key() if value in (None, "-") else str(value)
    if not key.strip():
        raise UsageFailure("The key is empty.")
    warning = session.credentials.set(profile, key.strip())
    if warning:
        session.warn(warning)
    session.say(f"Profile {profile}: api-key is {mask(key.strip())}.")


def _read_key() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("API key", hide_input=True, err=True))
    return sys.stdin.readline()


@command(app, "get", example="keboola-duckdb config get url")
def get(
    context: typer.Context,
    setting: SettingArgument,
    reveal: Annotated[bool, typer.Option("--reveal", help="Print the whole API key.")] = False,
) -> None:
    """Print the value that counts: option, environment, profile or default."""
    session = session_of(context)
    name = _setting(setting)
    if name != API_KEY:
        typer.echo(_written(session.resolution.find(name).value))
        return
    key = session.resolution.api_key()
    if key is None:
        raise UsageFailure("There is no API key: `keboola-duckdb config set api-key`.", exit_code=NOT_FOUND)
    typer.echo(key.value if reveal else mask(key.value))


@command(app, "list", example="keboola-duckdb config list")
def list_(context: typer.Context) -> None:
    """Show every setting, its value and where it comes from; keys are masked."""
    session = session_of(context)
    profile = session.resolution.profile
    key = session.resolution.api_key()
    rows = [
        {"setting": "profile", "value": profile.value, "source": profile.source},
        {"setting": "api-key", "value": mask(key.value) if key else None, "source": key.source if key else "not set"},
    ]
    for name in SETTINGS:
        found = session.resolution.find(name)
        rows.append({"setting": name.replace("_", "-"), "value": found.value, "source": found.source})
    session.rows(rows, [Column("setting"), Column("value", show=_written), Column("source")])


@command(app, "use-profile", example="keboola-duckdb config use-profile production")
def use_profile(context: typer.Context, name: ProfileArgument) -> None:
    """Make a profile the one that counts when none is named."""
    session = session_of(context)
    session.config.profile(name)
    if session.may(f"use profile {name} from now on"):
        session.config.use(name)
        session.say(f"Profile {name} is used from now on.")


@command(app, "list-profiles", example="keboola-duckdb config list-profiles --json")
def list_profiles(context: typer.Context) -> None:
    """List the profiles; keys are masked."""
    session = session_of(context)
    current = session.resolution.profile.value
    rows = [_profile_row(session, name, is_current=name == current) for name in session.config.profiles]
    session.rows(rows, [Column("name"), Column("is_current", "current"), Column("url"), Column("api_key", "api key")])


def _profile_row(session: Session, name: str, *, is_current: bool) -> dict[str, Any]:
    key = session.credentials.get(name)
    url = session.config.profiles[name].get("url")
    return {"name": name, "is_current": is_current, "url": url, "api_key": mask(key) if key else None}


@command(app, "delete-profile", example="keboola-duckdb config delete-profile staging --yes")
def delete_profile(context: typer.Context, name: ProfileArgument) -> None:
    """Forget a profile and its key."""
    session = session_of(context)
    if name not in session.config.profiles:
        known = f"There is no profile '{name}': see `keboola-duckdb config list-profiles`."
        raise UsageFailure(known, exit_code=NOT_FOUND)
    if session.may(f"delete profile {name} and its key", loses=True):
        session.credentials.delete(name)
        session.config.delete(name)
        session.say(f"Profile {name} is deleted; {DEFAULT_PROFILE} is used where none is named.")


def _setting(text: str) -> str:
    name = text.lower().replace("-", "_")
    if name != API_KEY and name not in SETTINGS:
        raise UsageFailure(f"There is no setting '{text}': use one of {NAMES}.")
    return name


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
