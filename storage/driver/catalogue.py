"""The list of commands for hosts: in the order of the contract, what each does, and one that could be sent."""

from __future__ import annotations

from typing import Any, NamedTuple


class Entry(NamedTuple):
    """One command of the list."""

    type: str
    description: str
    fields: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {"type": self.type, "description": self.description, "example": {"type": self.type} | self.fields}


_TABLE = {"path": ["123", "in_c_sales"], "tableName": "orders"}
_COLUMN = {"name": "note", "type": "VARCHAR", "nullable": True}
_FILE = {"root": "project_123", "path": "exp-15/123/files", "fileName": "24.orders.csv"}

BASELINE: tuple[Entry, ...] = (
    Entry("InitBackendCommand", "Make the store ready", {}),
    Entry("RemoveBackendCommand", "Note that the host leaves; no data are removed", {}),
    Entry("CreateProjectCommand", "Create a project and its admin key", {"projectId": "123"}),
    Entry("DropProjectCommand", "Remove a project with all that it holds", {"projectDatabaseName": "123"}),
    Entry("CreateBucketCommand", "Create a bucket", {"projectId": "123", "bucketId": "in.c-sales"}),
    Entry("DropBucketCommand", "Remove a bucket", {"bucketObjectName": "in_c_sales", "isCascade": True}),
    Entry(
        "CreateTableCommand",
        "Create an empty table",
        _TABLE | {"columns": [{"name": "id", "type": "INTEGER"}], "primaryKeysNames": ["id"]},
    ),
    Entry("DropTableCommand", "Remove a table or a view", _TABLE),
    Entry("PreviewTableCommand", "Read the first rows of a table", _TABLE | {"filters": {"limit": 10}}),
    Entry(
        "ObjectInfoCommand",
        "Describe a project, bucket, table or view",
        {"path": ["123", "in_c_sales", "orders"], "expectedObjectType": "TABLE"},
    ),
    Entry(
        "TableImportFromFileCommand",
        "Load CSV or Parquet files into a table",
        {
            "destination": _TABLE,
            "fileProvider": "HTTP",
            "filePath": _FILE,
            "importOptions": {"importType": "INCREMENTAL", "numberOfIgnoredLines": 1},
        },
    ),
    Entry(
        "TableExportToFileCommand",
        "Write rows of a table to files",
        {"source": _TABLE, "fileProvider": "HTTP", "filePath": _FILE, "exportOptions": {"isCompressed": True}},
    ),
    Entry("AddColumnCommand", "Add a column", _TABLE | {"columnDefinition": _COLUMN}),
    Entry("DropColumnCommand", "Remove a column", _TABLE | {"columnName": "note"}),
    Entry(
        "AlterColumnCommand",
        "Change a column",
        _TABLE | {"desiredDefiniton": _COLUMN, "attributesToUpdate": ["type"]},
    ),
    Entry("AddPrimaryKeyCommand", "Give a table a primary key", _TABLE | {"primaryKeysNames": ["id"]}),
    Entry("DropPrimaryKeyCommand", "Take the primary key from a table", _TABLE),
    Entry(
        "DeleteTableRowsCommand",
        "Delete the rows that meet all filters",
        _TABLE | {"whereFilters": [{"columnsName": "state", "operator": "eq", "values": ["void"]}]},
    ),
    Entry("CreateWorkspaceCommand", "Create a workspace and its login", {"projectId": "123", "workspaceId": "7"}),
    Entry("DropWorkspaceCommand", "Remove a workspace", {"workspaceObjectName": "7", "isCascade": True}),
    Entry("ClearWorkspaceCommand", "Remove the objects of a workspace", {"workspaceObjectName": "7"}),
    Entry("ResetWorkspacePasswordCommand", "Give a login a new password", {"workspaceUserName": "ws_7_0a1b2c3d"}),
    Entry(
        "DropWorkspaceObjectCommand",
        "Remove a table or view of a workspace",
        {"workspaceObjectName": "7", "objectNameToDrop": "orders", "ignoreIfNotExists": True},
    ),
    Entry(
        "LoadTableToWorkspaceCommand",
        "Load a table into a workspace",
        {"source": _TABLE, "destination": {"path": ["7"], "tableName": "orders"}},
    ),
    Entry(
        "ShareBucketCommand",
        "Share a bucket",
        {"sourceProjectId": "123", "sourceBucketObjectName": "in_c_sales"},
    ),
    Entry(
        "UnshareBucketCommand",
        "Take a share back",
        {"bucketObjectName": "in_c_sales", "bucketShareRoleName": "share_123_in_c_sales"},
    ),
    Entry(
        "LinkBucketCommand",
        "Show a shared bucket in another project",
        {
            "targetProjectId": "456",
            "targetBucketId": "in.c-linked",
            "sourceShareRoleName": "share_123_in_c_sales",
        },
    ),
    Entry("UnlinkBucketCommand", "Remove a link", {"bucketObjectName": "in_c_linked"}),
    Entry(
        "GrantBucketAccessToReadOnlyRoleCommand",
        "Make a bucket readable for the project's read-only role",
        {"path": ["in_c_sales"], "destinationObjectName": "in_c_sales"},
    ),
    Entry(
        "RevokeBucketAccessFromReadOnlyRoleCommand",
        "Take that back",
        {"bucketObjectName": "in_c_sales"},
    ),
    Entry("CreateDevBranchCommand", "Create a dev branch", {"projectId": "123", "branchId": "feature-1"}),
    Entry(
        "DropDevBranchCommand",
        "Remove a dev branch",
        {"devBranchReadOnlyRoleName": "branch_123_feature-1_readonly"},
    ),
    Entry("ExecuteQueryCommand", "Run one statement", {"pathRestriction": ["123", "in_c_sales"], "query": "SELECT 1"}),
    Entry(
        "GrantWorkspaceAccessToProjectCommand",
        "Let a project load into a workspace",
        {"workspaceObjectName": "7", "projectUserName": "project_123"},
    ),
    Entry(
        "RevokeWorkspaceAccessToProjectCommand",
        "Take that back",
        {"workspaceObjectName": "7", "projectUserName": "project_123"},
    ),
)

EXTENSION: tuple[Entry, ...] = (
    Entry(
        "TableImportFromTableCommand",
        "Copy rows between tables and workspaces",
        {
            "source": {"path": ["7"], "tableName": "result"},
            "destination": _TABLE,
            "importOptions": {"importType": "FULL"},
        },
    ),
    Entry(
        "CreateTableFromTimeTravelCommand",
        "Make a table of an earlier state of another",
        {
            "source": _TABLE,
            "destination": {"path": ["123", "in_c_sales"], "tableName": "orders_before"},
            "timestamp": "1760000000",
        },
    ),
    Entry("CreateProfileTableCommand", "Describe the values of a table", _TABLE),
    Entry(
        "CreateViewCommand",
        "Create or replace a view",
        {"path": ["123", "in_c_sales"], "viewName": "recent_orders", "sourceTableName": "orders"},
    ),
    Entry("ListSchemasCommand", "List the buckets of the project", {}),
    Entry(
        "CreateWorkspaceUserCommand",
        "Create another login of a workspace",
        {"projectId": "123", "workspaceId": "7", "workspaceObjectName": "7"},
    ),
    Entry("DropWorkspaceUserCommand", "Remove such a login", {"workspaceUserName": "ws_7_4d5e6f70"}),
    Entry("UpdateProjectCommand", "Set the time zone of a project", {"projectId": "123", "timezone": "Europe/Prague"}),
)

#: Of the published protocol, for other backends.
NOT_APPLICABLE = (
    "BigQueryExternalBucketSharingStatusCommand",
    "GrantExternalBucketSubscriberCommand",
    "RevokeExternalBucketSubscriberCommand",
)
