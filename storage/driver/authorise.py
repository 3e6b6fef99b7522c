"""Who sends a command, and whether a key like that may send it for that project."""

from __future__ import annotations

from kbstore.access import SYSTEM, Actor, Role
from kbstore.errors import NotAuthenticated
from storage.driver.errors import NotAllowed, WrongProject
from storage.driver.generated.credentials_pb2 import GenericBackendCredentials
from storage.driver.registry import Access, Command
from storage.services.authenticate import authenticate, is_admin_secret

_KEY_PREFIX = "proj_"


def sent_key(metadata_key: str | None, credentials: GenericBackendCredentials | None) -> str | None:
    """The key that decides: of the metadata, else the secret, else a principal that is one; None if none was sent."""
    if metadata_key:
        return metadata_key
    if credentials is None:
        return None
    if credentials.secret:
        return credentials.secret
    principal = credentials.principal
    return principal if principal.startswith(_KEY_PREFIX) or is_admin_secret(principal) else None


def caller_with(key: str | None, *, trusts_without: bool) -> Actor:
    """Who holds the key; without one the system itself, where the door trusts whoever reaches it.

    Raises NotAuthenticated.
    """
    if key is None:
        if trusts_without:
            return SYSTEM
        raise NotAuthenticated(
            "This command needs an API key, as `authorization: Bearer <key>` or as credentials.secret."
        )
    actor = authenticate(key)
    if actor is None:
        raise NotAuthenticated("Invalid API key")
    return actor


def check_command(command: Command, actor: Actor) -> None:
    """Raises NotAllowed for a command that keys of this kind may not send."""
    if actor.role is Role.ADMIN or command.access is Access.READ:
        return
    if command.access is Access.ADMIN:
        raise NotAllowed(f"Command {command.name} requires admin API key")
    if actor.role is Role.BRANCH_READ:
        raise NotAllowed(f"Command {command.name} needs a key that may write")


def check_project(actor: Actor, project_id: str | None) -> None:
    """Raises WrongProject if the credentials name another project than that of the key."""
    if actor.role is not Role.ADMIN and project_id != actor.project_id:
        raise WrongProject(f"API key is for project {actor.project_id}, but request is for project {project_id}")
