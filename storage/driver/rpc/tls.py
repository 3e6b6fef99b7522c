"""TLS of the driver: certificates are read again when their files change, without a restart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import grpc
import structlog

from kbstore.errors import ServiceUnavailable

log = structlog.get_logger(__name__)


class UnusableCertificate(ServiceUnavailable):
    code = "unusable_certificate"


@dataclass(frozen=True)
class TlsFiles:
    """PEM files. With `client_ca` only clients with a certificate of that authority are let in."""

    certificate: Path
    key: Path
    client_ca: Path | None = None

    @property
    def changed_at(self) -> tuple[float, ...]:
        return tuple(path.stat().st_mtime for path in (self.certificate, self.key, self.client_ca) if path is not None)


def server_credentials(files: TlsFiles) -> grpc.ServerCredentials:
    """Credentials that follow their files. Raises UnusableCertificate with a message for the operator."""
    try:
        seen = files.changed_at
        first = _configuration(files)
    except OSError as error:
        raise UnusableCertificate(f"The certificate of the storage driver cannot be read: {error}") from error

    def fetch() -> grpc.ServerCertificateConfiguration | None:
        """Asked at each new connection; None goes on with what there is."""
        nonlocal seen
        try:
            now = files.changed_at
            if now == seen:
                return None
            configuration = _configuration(files)
        except OSError as error:
            log.warning("the driver goes on with its old certificate", error=str(error))
            return None
        seen = now
        return configuration

    return grpc.dynamic_ssl_server_credentials(first, fetch, require_client_authentication=files.client_ca is not None)


def _configuration(files: TlsFiles) -> grpc.ServerCertificateConfiguration:
    authority = None if files.client_ca is None else files.client_ca.read_bytes()
    pair = (files.key.read_bytes(), files.certificate.read_bytes())
    return grpc.ssl_server_certificate_configuration([pair], root_certificates=authority)
