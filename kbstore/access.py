"""Who asks: a frozen value that every service gets, and the one rule for what each credential may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from django.conf import settings

from kbstore.errors import Forbidden


class Role(Enum):
    """What kind of credential was presented."""

    ADMIN = "admin"
    PROJECT_ADMIN = "project_admin"
    BRANCH_ADMIN = "branch_admin"
    BRANCH_READ = "branch_read"
    #: No key has it: people of the console who may look at a project, whatever its branch.
    PROJECT_READ = "project_read"


class Need(IntEnum):
    """What an operation asks of the caller."""

    READ = 1  #: look at things of one branch
    WRITE = 2  #: change things of one branch
    FILES = 3  #: change the project's files
    FILES_READ = 4  #: look at the project's files
    PROJECT_READ = 5  #: look at the project itself
    MANAGE = 6  #: change the project: keys, settings, branches, sharing
    ADMIN = 7  #: change the installation


_LOOKING = frozenset({Need.READ, Need.FILES_READ, Need.PROJECT_READ})


@dataclass(frozen=True)
class Actor:
    """A caller that has proved who it is. `label` goes into the audit log: the key's id, `admin` or a user name."""

    role: Role
    label: str
    project_id: str | None = None
    branch_id: str | None = None

    def require(self, need: Need, *, project_id: str | None = None, branch_id: str | None = None) -> None:
        """Raise Forbidden unless this caller may do that there (rest-core 2.4). No `branch_id`: none in the path."""
        if self.role is Role.ADMIN:
            return
        if need is Need.ADMIN or project_id is None or project_id != self.project_id:
            raise Forbidden(f"Access denied to project {project_id}")
        if self.role is Role.PROJECT_READ:
            if need not in _LOOKING:
                raise Forbidden(f"{self.label} may look at project {project_id}, and change nothing there")
            return
        if self.role is Role.PROJECT_ADMIN or not settings.ENFORCE_KEY_SCOPES:
            return
        self._require_as_branch_key(need, project_id, branch_id)

    def _require_as_branch_key(self, need: Need, project_id: str, branch_id: str | None) -> None:
        if need is Need.PROJECT_READ:
            return
        if need in (Need.FILES, Need.FILES_READ) and self.role is Role.BRANCH_ADMIN:
            return
        if branch_id is not None:
            if branch_id == self.branch_id and self._may_in_own_branch(need):
                return
            raise Forbidden(f"Access denied to branch {branch_id}")
        raise Forbidden(f"Access denied to project {project_id}")

    def _may_in_own_branch(self, need: Need) -> bool:
        return need is Need.READ or (need is Need.WRITE and self.role is Role.BRANCH_ADMIN)


SYSTEM = Actor(Role.ADMIN, "system")
