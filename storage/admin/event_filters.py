"""By what the audit log is narrowed down."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.contrib.admin import ListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from unfold.contrib.filters.admin import DropdownFilter, TextFilter

from kbstore import operations
from kbstore.console import formatting
from storage.models import Event


class OperationFilter(DropdownFilter):
    """All operations there are, whether the log holds one or not: looking through it would take its time."""

    title = "operation"
    parameter_name = "operation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return sorted(((name, formatting.phrase(name)) for name in operations.names()), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(operation=self.value()) if self.value() else queryset


class OutcomeFilter(DropdownFilter):
    title = "outcome"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("success", "success"), ("failed", "failed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(status=self.value()) if self.value() else queryset


class ProjectFilter(TextFilter):
    """The whole id: events outlive their project, so there is no list to choose from."""

    title = "project"
    parameter_name = "project"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(project_id=self.value().strip()) if self.value() else queryset


class ActorFilter(TextFilter):
    """A part of the name is enough."""

    title = "actor"
    parameter_name = "actor"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(actor__icontains=self.value().strip()) if self.value() else queryset


class TimeFilter(ListFilter):
    """From and until: ISO 8601 in the address, the reader's time zone in the fields (kbstore/events.js)."""

    title = "time"
    template = "console/time_filter.html"
    _SINCE, _UNTIL = "timestamp__gte", "timestamp__lt"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.expected_parameters():
            given = params.pop(name, None)
            if given and given[-1]:
                self.used_parameters[name] = _moment(given[-1])

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str]:
        return [self._SINCE, self._UNTIL]

    def choices(self, changelist: Any) -> Iterator[dict[str, str]]:
        for name, label in ((self._SINCE, "From"), (self._UNTIL, "Until")):
            moment = self.used_parameters.get(name)
            yield {"name": name, "label": label, "value": moment.isoformat() if moment else ""}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(**self.used_parameters)


def _moment(text: str) -> datetime.datetime:
    """A moment without a zone is one in UTC."""
    try:
        moment = parse_datetime(text.replace(" ", "+"))  # a plus sign that nobody encoded arrives as a space
    except ValueError as error:
        raise IncorrectLookupParameters from error
    if moment is None:
        raise IncorrectLookupParameters
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
