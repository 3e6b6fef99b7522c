"""The catalog's tables."""

from storage.models.api_key import ApiKey, KeyScope
from storage.models.branch import Branch
from storage.models.bucket import Bucket
from storage.models.event import Event
from storage.models.job import Job, JobState
from storage.models.project import Project
from storage.models.table import Table
from storage.models.version import TableVersion

__all__ = ["ApiKey", "Branch", "Bucket", "Event", "Job", "JobState", "KeyScope", "Project", "Table", "TableVersion"]
