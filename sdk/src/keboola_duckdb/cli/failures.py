"""From what went wrong to an exit code and one line that says what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keboola_duckdb.errors import APIError, JobFailedError, StorageError, ValidationError

OK = 0
REFUSED = 1
USAGE = 2
NOT_ALLOWED = 3
NOT_FOUND = 4
NETWORK = 5
#: What shells report for a command that Ctrl-C ended.
INTERRUPTED = 130
_CODES = {401: NOT_ALLOWED, 403: NOT_ALLOWED, 404: NOT_FOUND}

#: By the code of the server's error: what to do next. The names in braces are details of the error.
_HINTS = {
    "project_not_found": "See `keboola-duckdb projects list`.",
    "bucket_not_found": "See `keboola-duckdb buckets list {project_id}`.",
    "table_not_found": "See `keboola-duckdb tables list {project_id} {bucket_name}`.",
    "branch_not_found": "See `keboola-duckdb branches list {project_id}`.",
    "file_not_found": "See `keboola-duckdb files list {project_id}`.",
    "snapshot_not_found": "See `keboola-duckdb snapshots list {project_id}`.",
    "workspace_not_found": "See `keboola-duckdb workspaces list {project_id}`.",
    "job_not_found": "See `keboola-duckdb jobs list PROJECT`.",
    "bucket_not_empty": "Add --cascade to delete its tables too.",
}


class _Placeholders(dict[str, object]):
    """What the server did not say stays a word in capitals."""

    def __missing__(self, name: str) -> str:
        return name.split("_")[0].upper()


class UsageFailure(Exception):
    """The command line, the configuration or a local file is not right."""

    def __init__(self, message: str, *, exit_code: int = USAGE) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def explain(error: Exception, *, url: str) -> tuple[int, str]:
    """The exit code and the line for an error of the SDK."""
    from keboola_duckdb import errors

    if isinstance(error, errors.APIError):
        return _explain_answer(error)
    if isinstance(error, errors.NetworkError):
        return NETWORK, f"{sentence(error.message)} Does the server run at {url}? --url names another one."
    if isinstance(error, errors.JobFailedError):
        return _explain_job(error)
    if isinstance(error, errors.ConfigurationError):
        return USAGE, sentence(str(error))
    return REFUSED, sentence(str(error))


def _explain_job(error: JobFailedError) -> tuple[int, str]:
    """A job fails for the reasons that a call does, and tells the status that the call would have had."""
    failure = error.job.error
    code = _CODES.get(failure.status, REFUSED) if failure else REFUSED
    line = sentence(failure.message if failure else f"The job is {error.job.state}")
    return code, f"{line} See `keboola-duckdb jobs show {error.job.id}`." + _request(error)


def _request(error: StorageError) -> str:
    return f" (request id {error.request_id})" if error.request_id else ""


def _explain_answer(error: APIError) -> tuple[int, str]:
    from keboola_duckdb import errors

    line = sentence(error.message)
    hint = _HINTS.get(error.code, "").format_map(_Placeholders(error.details))
    code = REFUSED
    if isinstance(error, errors.AuthenticationError):
        code, hint = NOT_ALLOWED, "Set a valid key: `keboola-duckdb config set api-key`."
    elif isinstance(error, errors.PermissionDeniedError):
        code, hint = NOT_ALLOWED, "Use a key that may do this: --api-key or --profile."
    elif isinstance(error, errors.NotFoundError):
        code = NOT_FOUND
    elif isinstance(error, errors.RateLimitError):
        hint = f"Try again in {error.retry_after:g} seconds." if error.retry_after else "Try again later."
    elif isinstance(error, errors.ValidationError):
        line = sentence(_fields(error) or error.message)
    elif isinstance(error, errors.ServerError):
        hint = "Try again; if it stays, show the request id to whoever runs the server."
    return code, f"{line} {hint}".rstrip() + _request(error)


def _fields(error: ValidationError) -> str:
    return "; ".join(f"{problem.field}: {problem.message}" for problem in error.field_errors)


def sentence(text: str) -> str:
    """On one line, with a full stop."""
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?")) else f"{line}."
