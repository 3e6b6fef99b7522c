"""Snapshot settings of projects, buckets and tables."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from kbstore.access import Need
from kbstore.rest.schema import parse_body
from kbstore.rest.views import ApiView, no_content, reply
from storage.api.schemas.snapshots import EffectiveConfig, SnapshotSettingsReply, SnapshotSettingsRequest
from storage.services.get_snapshot_settings import SettingsLevel, get_snapshot_settings
from storage.services.update_snapshot_settings import update_snapshot_settings


def settings_reply(level: SettingsLevel) -> SnapshotSettingsReply:
    config = level.config
    return SnapshotSettingsReply(
        effective_config=EffectiveConfig.model_validate(config.nested()),
        inheritance=config.levels,  # type: ignore[arg-type]
        local_config=level.local,
    )


class _SettingsView(ApiView):
    """Three verbs on one level; the path says which."""

    def get(self, request: Request, **place: str) -> Response:
        return reply(settings_reply(get_snapshot_settings(actor=self.actor, **place)))

    def put(self, request: Request, **place: str) -> Response:
        config = parse_body(request, SnapshotSettingsRequest).config()
        return reply(settings_reply(update_snapshot_settings(actor=self.actor, **place, config=config)))

    def delete(self, request: Request, **place: str) -> Response:
        update_snapshot_settings(actor=self.actor, **place, config={})
        return no_content()


def _described(level: str) -> dict[str, object]:
    """The documentation of the three methods of a level."""
    ask = {"responses": {200: SnapshotSettingsReply}, "tags": ["snapshot settings"]}
    return {
        "get": extend_schema(operation_id=f"get_{level}_snapshot_settings", **ask),
        "put": extend_schema(operation_id=f"update_{level}_snapshot_settings", request=SnapshotSettingsRequest, **ask),
        "delete": extend_schema(
            operation_id=f"clear_{level}_snapshot_settings", responses={204: None}, tags=["snapshot settings"]
        ),
    }


@extend_schema_view(**_described("project"))
class ProjectSnapshotSettingsView(_SettingsView):
    """What holds for a project's tables unless a bucket or table says otherwise."""

    needs = {"GET": Need.MANAGE, "PUT": Need.MANAGE, "DELETE": Need.MANAGE}


@extend_schema_view(**_described("bucket"))
class BucketSnapshotSettingsView(_SettingsView):
    """What holds for a bucket's tables unless a table says otherwise."""

    needs = {"GET": Need.READ, "PUT": Need.MANAGE, "DELETE": Need.MANAGE}


@extend_schema_view(**_described("table"))
class TableSnapshotSettingsView(_SettingsView):
    """What holds for one table."""

    needs = {"GET": Need.READ, "PUT": Need.MANAGE, "DELETE": Need.MANAGE}
