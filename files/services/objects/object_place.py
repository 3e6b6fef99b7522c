"""Where objects of an import lie: the project's buckets, or somebody else's service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from files.services.objects.object_url import ObjectUrl


class ObjectPlace(Protocol):
    """Only reads. All methods raise ObjectBucketNotAllowed for buckets that are closed to the caller."""

    def list_below(self, prefix: ObjectUrl) -> Iterator[ObjectUrl]:
        """The objects whose keys begin so, in the order of their keys."""

    def fetch(self, url: ObjectUrl, target: Path, check: Callable[[], None]) -> None:
        """The bytes of an object as the new local file `target`, in constant memory; `check` may raise to stop it.

        Raises ObjectNotFound.
        """
