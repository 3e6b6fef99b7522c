"""The S3 endpoint on a port of its own: at the root, as AWS does it, in an event loop and thread of its own."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path

import structlog
from django.conf import settings

from files.s3.application import S3Application
from files.s3.request import Profile
from kbstore.listening import note_port
from kbstore.rest.http_metrics import RequestMetrics
from kbstore.serving.http_server import CannotListen, HttpServer, bind
from workspaces.pgwire.certificates import CERTIFICATE_NAME, KEY_NAME, find_or_make_certificate

log = structlog.get_logger(__name__)


class S3Server:
    """Start it once, then stop it; both block, for any thread."""

    def __init__(self, *, host: str, port: int) -> None:
        self._host, self._asked_port = host, port
        self._is_listening = threading.Event()
        self._thread: threading.Thread | None = None
        self._http: HttpServer | None = None
        self.port = 0

    def start(self) -> None:
        """Listen. Raises CannotListen with a message for the operator."""
        tls = tls_context() if settings.S3_TLS else None
        listener = bind(host=self._host, port=self._asked_port)
        self.port = listener.getsockname()[1]
        application = RequestMetrics(S3Application(mount="", profile=Profile.AWS))
        self._http = HttpServer(on_started=self._is_listening.set, application=application, tls=tls)
        self._thread = threading.Thread(target=self._http.run, args=([listener],), name="s3", daemon=True)
        self._thread.start()
        self._is_listening.wait()

    def stop(self) -> None:
        """Take no more requests and let those that run finish within the grace of the settings."""
        if self._http is not None and self._thread is not None:
            self._http.should_exit = True
            self._thread.join()


def start_s3_server() -> S3Server | None:
    """A part of `manage.py serve`: started, or None where it cannot have its port, which the log says."""
    server = S3Server(host=settings.S3_LISTEN_HOST, port=settings.S3_LISTEN)
    try:
        server.start()
    except CannotListen as error:
        log.warning(
            "S3 is served under /s3 only. Choose another S3_LISTEN, or S3_ENABLED=false",
            host=settings.S3_LISTEN_HOST,
            port=settings.S3_LISTEN,
            error=error.message,
        )
        return None
    note_port("s3", server.port)
    return server


def tls_context() -> ssl.SSLContext:
    """TLS 1.2 or newer with the certificate of the settings, or one made at the first start. Raises CannotListen."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    certificate, key = _certificate_files()
    try:
        context.load_cert_chain(certificate, key, password="")  # noqa: S106 - never ask on the terminal
    except (OSError, ssl.SSLError, ValueError) as error:
        raise CannotListen(f"The certificate for S3 cannot be used (S3_TLS_CERT, S3_TLS_KEY): {error}") from error
    return context


def _certificate_files() -> tuple[Path, Path]:
    if settings.S3_TLS_CERT:
        return Path(settings.S3_TLS_CERT), Path(settings.S3_TLS_KEY or settings.S3_TLS_CERT)
    directory = settings.DATA_DIR / "tls" / "s3"
    domains = (settings.S3_DOMAIN, f"*.{settings.S3_DOMAIN}") if settings.S3_DOMAIN else ()
    find_or_make_certificate(directory, names=("localhost", "127.0.0.1", *domains))
    return directory / CERTIFICATE_NAME, directory / KEY_NAME
