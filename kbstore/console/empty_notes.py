"""What a list says while it is empty: what would be in it, and how that begins."""

NOTES = {
    "storage.project": "A project holds buckets, tables, files and keys of one team or purpose. Make the first.",
    "storage.branch": "Try out changes of data and columns in a branch; main stays as it is until they are pushed.",
    "storage.bucket": "A bucket holds the tables of one source or one purpose. Loading a file makes one, too.",
    "storage.bucketshare": "A bucket that is shared can be linked and read by another project: share one on its page.",
    "storage.table": "Tables come with the first load: “Load data” in the sidebar takes a CSV or Parquet file.",
    "storage.job": "Loads, exports, profiles and other long work appear here while they run, and stay for some weeks.",
    "storage.event": "Every change is written down here, with who did it, when and from where.",
    "storage.apikey": "Programs come in with a key. Each project begins with one; more are made here.",
    "storage.projectmember": "People see the projects that they are members of. Operators and viewers see all anyway.",
    "files.file": "Files are what is loaded into tables and what exports write. “Load data” uploads one and goes on.",
    "files.objectbucket": "Made with the first S3 client of a project; credentials for one are under “S3 credentials”.",
    "files.storedobject": "What S3 clients have put into the projects' buckets.",
    "files.s3credential": "S3 clients such as boto3, rclone and aws-cli sign with one of these. Make the first one.",
    "workspaces.workspace": "A workspace is a database of your own beside a project's tables, for SQL. Make one.",
    "workspaces.workspacesession": "SQL clients connected to workspaces appear here, and can be disconnected.",
    "workspaces.loggedquery": "Statements run in workspaces, with their time and rows. Ask in the SQL console.",
}
