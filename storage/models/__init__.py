"""The catalog's tables."""

from storage.models.api_key import ApiKey, KeyScope
from storage.models.branch import Branch
from storage.models.bucket import Bucket
from storage.models.event import Event
from storage.models.idempotent_request import IdempotentRequest
from storage.models.job import Job, JobState
from storage.models.profile import TableProfile
from storage.models.project import DroppedProject, Project
from storage.models.project_member import ProjectMember
from storage.models.share import BucketShare
from storage.models.snapshot import Snapshot, SnapshotType
from storage.models.table import Table
from storage.models.table_view import TableView
from storage.models.version import TableVersion

__all__ = [
    "ApiKey",
    "Branch",
    "Bucket",
    "BucketShare",
    "DroppedProject",
    "Event",
    "IdempotentRequest",
    "Job",
    "JobState",
    "KeyScope",
    "Project",
    "ProjectMember",
    "Snapshot",
    "SnapshotType",
    "Table",
    "TableProfile",
    "TableView",
    "TableVersion",
]
