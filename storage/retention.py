"""How long things are kept, as moments in the past."""

from __future__ import annotations

import datetime

from django.utils import timezone


def days_ago(days: float) -> datetime.datetime:
    """So long ago; the beginning of time for a number of days that reaches further."""
    try:
        return timezone.now() - datetime.timedelta(days=days)
    except OverflowError:
        return datetime.datetime.min.replace(tzinfo=datetime.UTC)
