"""Over https the server's certificate is checked: against the system's authorities, or those of a file."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import keboola_duckdb as sdk
from tests.sdk.scripted_server import Scripted, scripted

FINE = Scripted(200, {"status": "alive"})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kbstore test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with scripted(FINE, tls=context) as running:
        yield running


def test_a_certificate_of_nobody_known_is_refused_at_once(connect, server):
    with pytest.raises(sdk.NetworkError, match="(?i)certificate") as refused:
        connect(server.url, "key").installation.live()
    assert not refused.value.retryable
    assert server.asked == []


def test_the_authorities_of_a_file_are_trusted(connect, server, certificate):
    assert connect(server.url, "key", ca_file=str(certificate)).installation.live().status == "alive"


def test_checking_can_be_left_out(connect, server):
    assert connect(server.url, "key", verify=False).installation.live().status == "alive"
