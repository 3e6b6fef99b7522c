"""What AWS has under a sub-resource: that is not implemented here, any other method is not allowed there at all."""

from __future__ import annotations

_READ, _SET, _FULL = {"GET"}, {"GET", "PUT"}, {"GET", "PUT", "DELETE"}
_OF_BUCKETS: dict[str, set[str]] = {
    "accelerate": _SET, "acl": _SET, "analytics": _FULL, "cors": _FULL, "delete": {"POST"}, "encryption": _FULL,
    "intelligent-tiering": _FULL, "inventory": _FULL, "lifecycle": _FULL, "location": _READ, "logging": _SET,
    "metrics": _FULL, "notification": _SET, "object-lock": _SET, "ownershipControls": _FULL, "policy": _FULL,
    "policyStatus": _READ, "publicAccessBlock": _FULL, "replication": _FULL, "requestPayment": _SET, "tagging": _FULL,
    "uploads": _READ, "versioning": _SET, "versions": _READ, "website": _FULL,
}  # fmt: skip
_OF_OBJECTS: dict[str, set[str]] = {
    "acl": _SET, "attributes": _READ, "legal-hold": _SET, "restore": {"POST"}, "retention": _SET, "select": {"POST"},
    "tagging": _FULL, "torrent": _READ, "uploads": {"POST"}, "uploadId": {"GET", "PUT", "POST", "DELETE"},
}  # fmt: skip


def exists_at_aws(method: str, subresource: str, *, of_object: bool) -> bool:
    """Whether it is an operation of S3, whatever this server makes of it."""
    return method in (_OF_OBJECTS if of_object else _OF_BUCKETS).get(subresource, ())
