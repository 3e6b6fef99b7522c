"""The server's certificate: made once, kept private, followed when replaced, kept when the new one is bad."""

from __future__ import annotations

import os
import shutil
import ssl
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from workspaces.pgwire.certificates import end_point_hash, find_or_make_certificate, self_signed


def leaf(directory: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((directory / "server.crt").read_bytes())


def test_it_is_made_once_with_a_private_key(tmp_path: Path) -> None:
    find_or_make_certificate(tmp_path / "tls", names=("db.example.org", "127.0.0.1", "::1"))
    made = leaf(tmp_path / "tls")
    find_or_make_certificate(tmp_path / "tls")
    assert leaf(tmp_path / "tls") == made
    assert stat.S_IMODE((tmp_path / "tls" / "server.key").stat().st_mode) == 0o600
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["db.example.org"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]


def test_servers_that_start_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: find_or_make_certificate(tmp_path), range(8)))
    assert len({each.material().channel_binding for each in made}) == 1


def test_old_versions_of_tls_are_out(tmp_path: Path) -> None:
    context = find_or_make_certificate(tmp_path).material().context
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_the_binding_is_the_hash_of_the_certificate(tmp_path: Path) -> None:
    certificate = find_or_make_certificate(tmp_path)
    assert certificate.material().channel_binding == leaf(tmp_path).fingerprint(hashes.SHA256())


def test_a_replaced_certificate_is_served(tmp_path: Path) -> None:
    certificate = find_or_make_certificate(tmp_path / "old")
    find_or_make_certificate(tmp_path / "new")
    before = certificate.material()
    assert certificate.material() is before
    for name in ("server.key", "server.crt"):
        shutil.copy(tmp_path / "new" / name, tmp_path / "old" / name)
    after = certificate.material()
    assert after.channel_binding == leaf(tmp_path / "new").fingerprint(hashes.SHA256())
    assert after.context is not before.context


@pytest.mark.parametrize("damage", [b"", b"not a certificate"])
def test_a_bad_replacement_leaves_the_good_one(tmp_path: Path, damage: bytes) -> None:
    certificate = find_or_make_certificate(tmp_path)
    before = certificate.material()
    (tmp_path / "server.crt").write_bytes(damage)
    assert certificate.material() is before
    os.unlink(tmp_path / "server.crt")
    assert certificate.material() is before


def test_half_a_replacement_waits_for_the_other_half(tmp_path: Path) -> None:
    certificate = find_or_make_certificate(tmp_path / "old")
    find_or_make_certificate(tmp_path / "new")
    before = certificate.material()
    shutil.copy(tmp_path / "new" / "server.key", tmp_path / "old" / "server.key")
    assert certificate.material() is before
    shutil.copy(tmp_path / "new" / "server.crt", tmp_path / "old" / "server.crt")
    assert certificate.material() is not before


def test_a_signature_without_a_hash_has_no_binding() -> None:
    authority = ed25519.Ed25519PrivateKey.generate()
    template = self_signed(ec.generate_private_key(ec.SECP256R1()), names=("localhost",))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(template.subject)
        .issuer_name(template.subject)
        .public_key(template.public_key())
        .serial_number(1)
        .not_valid_before(template.not_valid_before_utc)
        .not_valid_after(template.not_valid_after_utc)
        .sign(authority, None)
    )
    assert end_point_hash(certificate) is None
