"""The ASGI application: which protocol and path goes to which door."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kbstore.settings")
django.setup(set_prefix=False)

# These read models, so Django has to be set up first.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from files.api.upload import UploadApplication, matches  # noqa: E402
from files.s3.application import S3Application  # noqa: E402
from files.s3.request import Profile  # noqa: E402
from kbstore.rest.asgi import Application, Receive, RequestContext, Scope, Send, WholeBody  # noqa: E402
from kbstore.rest.http_metrics import RequestMetrics  # noqa: E402
from kbstore.rest.idempotency import Unbroken  # noqa: E402
from kbstore.serving.one_hop import OneHopHandler  # noqa: E402
from kbstore.serving.request_threads import RequestThreads  # noqa: E402
from storage.live import doorbell  # noqa: E402
from storage.live.routing import websocket_urlpatterns  # noqa: E402

doorbell.install()
S3_MOUNT = "/s3"


class PathSwitch:
    """Uploads go to the application that streams, everything else to Django."""

    def __init__(self, *, upload: Application, otherwise: Application) -> None:
        self.upload = upload
        self.otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        application = self.upload if matches(scope["path"]) else self.otherwise
        await application(scope, receive, send)


class S3Switch:
    """The S3 endpoint goes past what the other doors share: it has request ids, errors and CORS of its own."""

    def __init__(self, *, s3: Application, otherwise: Application) -> None:
        self.s3 = s3
        self.otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_s3 = scope["path"] == S3_MOUNT or scope["path"].startswith(f"{S3_MOUNT}/")
        await (self.s3 if is_s3 else self.otherwise)(scope, receive, send)


async def lifespan(_scope: Scope, receive: Receive, send: Send) -> None:
    """Nothing to do at start and end: `manage.py serve` does it around the server."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


application = ProtocolTypeRouter(
    {
        "http": RequestMetrics(
            S3Switch(
                s3=S3Application(mount=S3_MOUNT, profile=Profile(settings.S3_PREFIX_PROFILE)),
                otherwise=RequestContext(
                    PathSwitch(
                        upload=UploadApplication(), otherwise=WholeBody(Unbroken(RequestThreads(OneHopHandler())))
                    )
                ),
            )
        ),
        "websocket": AuthMiddlewareStack(URLRouter(websocket_urlpatterns)),
        "lifespan": lifespan,
    }
)
