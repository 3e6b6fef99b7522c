"""Written by `make protos` from storage/driver/proto; never edited by hand."""
