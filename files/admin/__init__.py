"""The console's pages of files and objects; importing registers them."""

from files.admin import buckets, files, objects, s3_credentials, uploads

__all__ = ["buckets", "files", "objects", "s3_credentials", "uploads"]
