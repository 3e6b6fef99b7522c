"""A short-lived address of one object, for somebody who may look at it."""

from __future__ import annotations

import time

from files.models import StoredObject
from files.services.objects.own_url import OwnUrl
from kbstore.access import Actor, Need

#: The browser follows it at once.
LIFETIME_SECONDS = 60


def link_object(*, actor: Actor, stored: StoredObject) -> OwnUrl:
    """Opens the object for a minute. Objects of the installation's own buckets are for its admin."""
    actor.require(Need.FILES_READ, project_id=stored.bucket.project_id)
    return OwnUrl("GET", stored.bucket.name, stored.key, str(int(time.time()) + LIFETIME_SECONDS))
