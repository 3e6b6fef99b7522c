"""Objects of S3 services elsewhere, read for imports."""
