"""boto3 over https, with the framing and the trailers that it uses only there."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator

import httpx
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.client import BaseClient
from botocore.exceptions import SSLError

from tests.cast import Server, start_server
from tests.s3_cast import boto_client

MIB = 1 << 20


@pytest.fixture(scope="module")
def https_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("https"), S3_TLS="on")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def certificate(https_server: Server) -> str:
    return str(https_server.data_dir / "tls" / "s3" / "server.crt")


@pytest.fixture(scope="module")
def client(https_server: Server, certificate: str) -> Iterator[BaseClient]:
    made = boto_client(f"https://localhost:{https_server.s3_port}", verify=certificate)
    made.create_bucket(Bucket="https-tests")
    return made


@pytest.mark.parametrize("size_bytes", [0, 1, 100_000, 300_000, 5 * MIB + 1])
def test_objects_of_any_size_round_trip(client, size_bytes):
    body = os.urandom(size_bytes)
    made = client.put_object(Bucket="https-tests", Key="a b+c%d/e.txt", Body=body)
    answer = client.get_object(Bucket="https-tests", Key="a b+c%d/e.txt")
    assert answer["Body"].read() == body
    assert answer["ETag"] == made["ETag"]
    if size_bytes > 20:
        ranged = client.get_object(Bucket="https-tests", Key="a b+c%d/e.txt", Range="bytes=7-")
        assert ranged["Body"].read() == body[7:]


def test_managed_transfers_in_parts_round_trip(client, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(20 * MIB))
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
    client.upload_file(str(source), "https-tests", "large", Config=config)
    assert client.head_object(Bucket="https-tests", Key="large")["ETag"].endswith('-3"')
    client.download_file("https-tests", "large", str(target), Config=config)
    assert target.read_bytes() == source.read_bytes()


def test_kept_connections_serve_large_and_small_objects_in_turn(client, certificate, https_server):
    body = os.urandom(3 * MIB)
    client.put_object(Bucket="https-tests", Key="large", Body=body)
    client.put_object(Bucket="https-tests", Key="small", Body=b"small")
    with httpx.Client(verify=ssl.create_default_context(cafile=certificate)) as http:
        for _ in range(3):
            for key, expected in (("large", body), ("small", b"small")):
                url = client.generate_presigned_url("get_object", Params={"Bucket": "https-tests", "Key": key})
                assert http.get(url).content == expected


def test_a_client_that_does_not_trust_the_certificate_is_told(https_server):
    with pytest.raises(SSLError):
        boto_client(f"https://localhost:{https_server.s3_port}").list_buckets()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_versions_of_tls_are_refused(https_server):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(httpx.ConnectError), httpx.Client(verify=context) as http:
        http.get(f"https://localhost:{https_server.s3_port}/")
