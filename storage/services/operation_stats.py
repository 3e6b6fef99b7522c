"""Numbers over the operations of a project: how many, how many went well, how long they took."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Count
from django.utils import timezone

from kbstore.access import Actor, Need
from storage import catalog
from storage.models import Event
from storage.services.list_operations import SUCCESS

PERIODS: Mapping[str, datetime.timedelta] = {
    "1h": datetime.timedelta(hours=1),
    "24h": datetime.timedelta(hours=24),
    "7d": datetime.timedelta(days=7),
    "30d": datetime.timedelta(days=30),
}


@dataclass
class Numbers:
    """Of one command or of all; `durations` counts the operations by their whole milliseconds."""

    count: int = 0
    successes: int = 0
    durations: Counter[int] = field(default_factory=Counter)

    @property
    def success_rate(self) -> float | None:
        """0 to 1; None when nothing was done."""
        return round(self.successes / self.count, 4) if self.count else None

    @property
    def mean_ms(self) -> float | None:
        total = sum(milliseconds * count for milliseconds, count in self.durations.items())
        return round(total / self.count, 1) if self.count else None

    def percentile_ms(self, percent: int) -> int | None:
        """The shortest duration that so many percent of the operations did not exceed."""
        passed = 0
        for milliseconds in sorted(self.durations):
            passed += self.durations[milliseconds]
            if passed * 100 >= self.count * percent:
                return milliseconds
        return None


@dataclass
class OperationStats:
    """The numbers between two moments; `errors` counts by error code."""

    period: str
    since: datetime.datetime
    until: datetime.datetime
    total: Numbers = field(default_factory=Numbers)
    commands: defaultdict[str, Numbers] = field(default_factory=lambda: defaultdict(Numbers))
    errors: Counter[str] = field(default_factory=Counter)


def operation_stats(*, actor: Actor, project_id: str, period: str) -> OperationStats:
    """The numbers of the last hour, day, week or month (`PERIODS`), from the audit log, which keeps all for longer.

    One query; the database counts, and sends no more rows than there are different durations.
    """
    actor.require(Need.MANAGE, project_id=project_id)
    catalog.find_project(project_id)
    now = timezone.now()
    stats = OperationStats(period, now - PERIODS[period], now)
    events = Event.objects.filter(project_id=project_id, timestamp__gte=stats.since, timestamp__lte=now).order_by()
    counted = events.values_list("operation", "status", "error_code", "duration_ms").annotate(Count("id"))
    for command, status, error_code, duration_ms, count in counted.iterator():
        for numbers in (stats.total, stats.commands[command]):
            numbers.count += count
            numbers.successes += count if status == SUCCESS else 0
            numbers.durations[duration_ms] += count
        if status != SUCCESS:
            stats.errors[error_code or "unknown"] += count
    return stats
