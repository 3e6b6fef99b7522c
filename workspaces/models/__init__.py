"""The catalog's tables of workspaces."""

from workspaces.models.credential import Credential, ExtraLogin, WorkspaceLogin
from workspaces.models.grant import WorkspaceGrant
from workspaces.models.logged_query import Door, LoggedQuery, QueryStatus
from workspaces.models.session import WorkspaceSession
from workspaces.models.workspace import Workspace, WorkspaceStatus

__all__ = [
    "Credential",
    "Door",
    "ExtraLogin",
    "LoggedQuery",
    "QueryStatus",
    "Workspace",
    "WorkspaceGrant",
    "WorkspaceLogin",
    "WorkspaceSession",
    "WorkspaceStatus",
]
