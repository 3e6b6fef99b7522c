"""The server's TLS certificate: made on the first start if none is given, read again when its files change."""

from __future__ import annotations

import ipaddress
import os
import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from filelock import FileLock

log = structlog.get_logger(__name__)

ALPN_PROTOCOL: Final = "postgresql"
CERTIFICATE_NAME: Final = "server.crt"
KEY_NAME: Final = "server.key"
_VALID_DAYS: Final = 3650
_WEAK_HASHES: Final = ("md5", "sha1")


@dataclass(frozen=True, slots=True)
class TlsMaterial:
    """A context for the server's side and what a client binds its login to: None where no hash is defined for it."""

    context: ssl.SSLContext
    channel_binding: bytes | None


class ServerCertificate:
    """A certificate chain and its key in PEM files; `material` follows them when they are replaced. Thread-safe."""

    def __init__(self, *, certificate_path: Path, key_path: Path) -> None:
        """Raises OSError, ssl.SSLError or ValueError if the files cannot be used."""
        self._certificate_path = certificate_path
        self._key_path = key_path
        self._mutex = threading.Lock()
        self._stamp = self._current_stamp()
        self._material = load_material(certificate_path=certificate_path, key_path=key_path)

    @property
    def certificate_path(self) -> Path:
        return self._certificate_path

    def material(self) -> TlsMaterial:
        """Of the files as they are now. While new ones cannot be used, the last good ones serve on."""
        with self._mutex:
            try:
                self._reload_if_changed()
            except (OSError, ssl.SSLError, ValueError) as error:
                log.warning("new TLS certificate cannot be used", error=type(error).__name__)
            return self._material

    def _reload_if_changed(self) -> None:
        stamp = self._current_stamp()
        if stamp == self._stamp:
            return
        # Certificate and key are replaced one after the other: between the two they do not fit, and we try again.
        self._material = load_material(certificate_path=self._certificate_path, key_path=self._key_path)
        self._stamp = stamp

    def _current_stamp(self) -> tuple[tuple[int, int, int], ...]:
        states = (path.stat() for path in (self._certificate_path, self._key_path))
        return tuple((state.st_mtime_ns, state.st_ino, state.st_size) for state in states)


def load_material(*, certificate_path: Path, key_path: Path) -> TlsMaterial:
    """TLS 1.2 or newer, without compression or renegotiation, with PostgreSQL's ALPN name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(certificate_path, key_path, password="")  # noqa: S106 - never ask on the terminal
    context.set_alpn_protocols([ALPN_PROTOCOL])
    leaf = x509.load_pem_x509_certificates(certificate_path.read_bytes())[0]
    return TlsMaterial(context, end_point_hash(leaf))


def end_point_hash(certificate: x509.Certificate) -> bytes | None:
    """What `tls-server-end-point` binds to (RFC 5929); None for signatures without a hash, such as Ed25519's."""
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None:
        return None
    return certificate.fingerprint(hashes.SHA256() if algorithm.name in _WEAK_HASHES else algorithm)


def find_or_make_certificate(directory: Path, *, names: tuple[str, ...] = ("localhost",)) -> ServerCertificate:
    """The certificate in `directory`; a self-signed one for `names` (host names or addresses) if there is none."""
    certificate_path, key_path = directory / CERTIFICATE_NAME, directory / KEY_NAME
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(directory / ".certificate.lock"):  # two servers that start at once would mix their halves
        if not (certificate_path.exists() and key_path.exists()):
            _make(certificate_path=certificate_path, key_path=key_path, names=names)
    return ServerCertificate(certificate_path=certificate_path, key_path=key_path)


def _make(*, certificate_path: Path, key_path: Path, names: tuple[str, ...]) -> None:
    """Key first: a crash between the two leaves no certificate, and the next start makes both anew."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(key_path, pem, mode=0o600)
    certificate = self_signed(key, names=names)
    _write(certificate_path, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)


def self_signed(key: ec.EllipticCurvePrivateKey, *, names: tuple[str, ...]) -> x509.Certificate:
    """For clients that are given this very certificate as their root (sslmode verify-ca or verify-full)."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(path: Path, content: bytes, *, mode: int) -> None:
    staged = path.with_name(f".{path.name}.{os.getpid()}")
    staged.unlink(missing_ok=True)
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(staged, path)
