"""The history of operations of a project and its numbers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.schema import parse_query
from kbstore.rest.views import ApiView, reply
from storage.api.schemas.operations import (
    CommandStatsReply,
    Durations,
    ErrorCountReply,
    OperationListReply,
    OperationQuery,
    OperationReply,
    OperationStatsReply,
    StatsQuery,
)
from storage.models import Event
from storage.services.list_operations import OperationFilter, get_operation, list_operations
from storage.services.operation_stats import PERIODS, Numbers, operation_stats

_FILTERS = [
    OpenApiParameter("command", str, description="Only this operation, such as `import_table`."),
    OpenApiParameter("status", str, enum=["success", "failed"], description="Only operations that ended so."),
    OpenApiParameter("bucket", str, description="Only operations on this bucket and its tables."),
    OpenApiParameter("table", str, description="Only operations on tables of this name."),
    OpenApiParameter("from", str, description="From this moment on (ISO 8601, UTC unless it says otherwise)."),
    OpenApiParameter("to", str, description="Before this moment."),
    OpenApiParameter("limit", int, default=100, description="1 to 1000."),
    OpenApiParameter("offset", int, default=0),
]
_PERIOD = OpenApiParameter("period", str, enum=list(PERIODS), default="24h", description="How far back.")


def operation_reply(event: Event) -> OperationReply:
    return OperationReply(
        id=str(event.pk),
        timestamp=event.timestamp,
        project_id=event.project_id,
        branch_id=event.branch_id or "default",
        bucket=event.bucket_name or None,
        table=event.table_name or None,
        command=event.operation,
        resource_type=event.resource_type,
        resource_id=event.resource_id,
        status=event.status,
        duration_ms=event.duration_ms,
        lock_wait_ms=event.lock_wait_ms,
        rows=event.rows,
        bytes_in=event.bytes_in,
        bytes_out=event.bytes_out,
        error_code=event.error_code or None,
        error_message=event.error_message,
        request_id=event.request_id or None,
        job_id=event.job_id,
        external_job_id=event.external_job_id or None,
        external_run_id=event.external_run_id or None,
        actor=event.actor,
        details=event.details,
    )


def _numbers(numbers: Numbers) -> dict[str, Any]:
    percentiles = {f"p{percent}": numbers.percentile_ms(percent) for percent in (50, 95, 99)}
    return {
        "count": numbers.count,
        "success_rate": numbers.success_rate,
        "duration_ms": Durations(mean=numbers.mean_ms, **percentiles),
    }


class OperationsView(ApiView):
    """What was done in a project, newest first."""

    needs = {"GET": Need.MANAGE}

    @extend_schema(
        operation_id="list_operations", parameters=_FILTERS, responses={200: OperationListReply}, tags=["operations"]
    )
    def get(self, request: Request, project_id: str) -> Response:
        query = parse_query(request, OperationQuery)
        wanted = OperationFilter(query.command, query.status, query.bucket, query.table, query.since, query.until)
        events, total = list_operations(
            actor=self.actor, project_id=project_id, wanted=wanted, limit=query.limit, offset=query.offset
        )
        return reply(OperationListReply(operations=[operation_reply(event) for event in events], total=total))


class OperationView(ApiView):
    """One operation."""

    needs = {"GET": Need.MANAGE}

    @extend_schema(operation_id="get_operation", responses={200: OperationReply}, tags=["operations"])
    def get(self, request: Request, project_id: str, operation_id: str) -> Response:
        event = get_operation(actor=self.actor, project_id=project_id, operation_id=operation_id)
        return reply(operation_reply(event))


class OperationStatsView(ApiView):
    """Counts, success rates and durations of a period."""

    needs = {"GET": Need.MANAGE}

    @extend_schema(
        operation_id="operation_stats", parameters=[_PERIOD], responses={200: OperationStatsReply}, tags=["operations"]
    )
    def get(self, request: Request, project_id: str) -> Response:
        stats = operation_stats(actor=self.actor, project_id=project_id, period=parse_query(request, StatsQuery).period)
        return reply(
            OperationStatsReply(
                project_id=project_id,
                period=stats.period,
                since=stats.since,
                until=stats.until,
                commands=[
                    CommandStatsReply(command=command, **_numbers(numbers))
                    for command, numbers in sorted(stats.commands.items())
                ],
                errors=[ErrorCountReply(error_code=code, count=count) for code, count in stats.errors.most_common()],
                **_numbers(stats.total),
            )
        )
