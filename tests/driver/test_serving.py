"""`manage.py rundriver`: TLS, who is let in without a key, and how it stops."""

from __future__ import annotations

import datetime
import ipaddress
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from storage.driver.generated.backend_pb2 import InitBackendCommand
from storage.driver.generated.service_pb2_grpc import StorageDriverServiceStub
from tests import warm_start
from tests.driver.doors import request_of
from tests.live_server import give_catalog, manage, server_environment

START_SECONDS = 30.0
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what has to be refused


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as PEM."""

    certificate: bytes
    key: bytes
    name: x509.Name
    private: ec.EllipticCurvePrivateKey


def make_pair(name: str, issuer: Pair | None = None) -> Pair:
    """Signed by `issuer`, else by itself, for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    addresses = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.name if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .sign(issuer.private if issuer else key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Pair(certificate.public_bytes(serialization.Encoding.PEM), pem, subject, key)


def write_pair(pair: Pair, directory: Path) -> tuple[str, str]:
    paths = directory / "server.crt", directory / "server.key"
    for path, content in zip(paths, (pair.certificate, pair.key), strict=True):
        draft = path.with_suffix(".new")
        draft.write_bytes(content)
        draft.replace(path)
    return str(paths[0]), str(paths[1])


@contextmanager
def driver(
    directory: Path, *arguments: str, beside: Path | None = None, **overrides: str
) -> Iterator[tuple[warm_start.WarmProcess, int]]:
    """A running `rundriver` on a data directory of its own, or beside the server of another one, and its port."""
    data_dir = beside or directory / "data"
    data_dir.mkdir(exist_ok=True)
    environment = server_environment(data_dir, **overrides)
    if beside is not None:
        pass  # its server has made all that there is
    elif "DATABASE_URL" not in environment:
        give_catalog(data_dir)
    else:
        manage(data_dir, "migrate")
    port_file = directory / "port"
    command = ["rundriver", "--port", "0", "--port-file", str(port_file), *arguments]
    with (directory / "driver.log").open("ab") as log:
        process = warm_start.popen(command, env=environment, stdout=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not port_file.exists():
            assert process.poll() is None, (directory / "driver.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process, int(port_file.read_text())
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)


def init(channel: grpc.Channel, key: str | None = None, **options: object) -> str:
    """The first message, or the name of the status of the refusal."""
    request = request_of(InitBackendCommand(), project=None, key=key)
    try:
        return StorageDriverServiceStub(channel).Execute(request, timeout=10, **options).messages[0].message
    except grpc.RpcError as error:
        return cast(grpc.Call, error).code().name


def test_tls_is_spoken_and_a_new_certificate_is_taken_without_a_restart(tmp_path: Path) -> None:
    first, second = make_pair("first"), make_pair("second")
    certificate, key = write_pair(first, tmp_path)
    with driver(tmp_path, "--tls-cert", certificate, "--tls-key", key) as (_, port):

        def answer(pair: Pair | None) -> str:
            credentials = grpc.ssl_channel_credentials(pair.certificate) if pair else None
            address = f"localhost:{port}"
            with (
                grpc.secure_channel(address, credentials) if credentials is not None else grpc.insecure_channel(address)
            ) as channel:
                return init(channel)

        assert answer(first) == "Backend initialized"
        assert answer(None) == "UNAVAILABLE"
        write_pair(second, tmp_path)
        assert answer(second) == "Backend initialized"
        assert answer(first) == "UNAVAILABLE"


def test_with_a_client_authority_strangers_are_not_let_in(tmp_path: Path) -> None:
    authority = make_pair("authority")
    server, client = make_pair("server", authority), make_pair("client", authority)
    certificate, key = write_pair(server, tmp_path)
    (tmp_path / "ca.crt").write_bytes(authority.certificate)
    options = ("--tls-cert", certificate, "--tls-key", key, "--tls-client-ca", str(tmp_path / "ca.crt"))
    with driver(tmp_path, *options) as (_, port):
        known = grpc.ssl_channel_credentials(authority.certificate, client.key, client.certificate)
        unknown = grpc.ssl_channel_credentials(authority.certificate)
        with (
            grpc.secure_channel(f"localhost:{port}", known) as inside,
            grpc.secure_channel(f"localhost:{port}", unknown) as outside,
        ):
            assert init(inside) == "Backend initialized"
            assert init(outside) == "UNAVAILABLE"


def test_where_keys_are_required_a_call_without_one_is_refused(tmp_path: Path) -> None:
    with (
        driver(tmp_path, "--auth", "required") as (_, port),
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        assert init(channel) == "UNAUTHENTICATED"
        assert init(channel, "tests-admin-key") == "Backend initialized"


def test_where_keys_are_off_even_a_wrong_one_is_ignored(tmp_path: Path) -> None:
    with driver(tmp_path, "--auth", "off") as (_, port), grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert init(channel, "nonsense") == "Backend initialized"


@pytest.mark.parametrize("arguments", [(), ("--auth", "off"), ("--auth", "optional")])
def test_it_does_not_start_open_to_the_network(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    give_catalog(tmp_path)
    done = manage(tmp_path, "rundriver", "--host", EVERYWHERE, "--port", "0", *arguments)

    assert done.returncode == 1
    assert "GRPC_ALLOW_INSECURE" in done.stderr


def test_it_refuses_a_port_that_is_taken(tmp_path: Path) -> None:
    with driver(tmp_path) as (_, port):
        done = manage(tmp_path / "data", "rundriver", "--port", str(port))

    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {port}" in done.stderr


def test_it_ends_cleanly_when_asked_to(tmp_path: Path) -> None:
    with driver(tmp_path) as (process, port), grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert init(channel) == "Backend initialized"
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(20) == 0
        except subprocess.TimeoutExpired:
            pytest.fail("the driver did not stop")
        assert init(channel) == "UNAVAILABLE"
