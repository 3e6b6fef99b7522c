"""Imports reach listed hosts only, and never a private network by way of a public name."""

from __future__ import annotations

import pytest

from files.errors import ObjectHostNotAllowed
from files.services.remote_objects.allowed_hosts import checked_address, parse_endpoint, require_allowed


@pytest.mark.parametrize(
    ("text", "host", "authority"),
    [
        ("S3.Example.org", "s3.example.org", "s3.example.org"),
        ("https://s3.example.org:443/", "s3.example.org", "s3.example.org"),
        ("http://s3.example.org:9000", "s3.example.org", "s3.example.org:9000"),
        ("http://[2001:db8::1]:9000", "2001:db8::1", "[2001:db8::1]:9000"),
    ],
)
def test_endpoints(text: str, host: str, authority: str) -> None:
    endpoint = parse_endpoint(text)
    assert (endpoint.host, endpoint.authority) == (host, authority)


@pytest.mark.parametrize(
    "text", ["", "http://", "http://[", "http://x:y", "http://x:99999", "http://a b", "http://\ud800", "ftp://x", "x/y"]
)
def test_what_is_no_endpoint(text: str) -> None:
    with pytest.raises(ObjectHostNotAllowed, match="no endpoint"):
        parse_endpoint(text)


@pytest.mark.parametrize("allowed", [["s3.example.org"], ["S3.example.org:9000"]])
def test_a_host_is_listed_with_any_port_or_with_one(allowed: list[str]) -> None:
    require_allowed(parse_endpoint("http://s3.example.org:9000"), allowed)


@pytest.mark.parametrize("allowed", [[], ["example.org"], ["s3.example.org:9001"], ["s3.example.org.evil"]])
def test_others_are_closed(allowed: list[str]) -> None:
    with pytest.raises(ObjectHostNotAllowed):
        require_allowed(parse_endpoint("http://s3.example.org:9000"), allowed)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1", "::ffff:10.1.2.3"])
def test_private_addresses_have_to_be_listed_themselves(address: str) -> None:
    endpoint = parse_endpoint(f"http://[{address}]" if ":" in address else f"http://{address}")
    with pytest.raises(ObjectHostNotAllowed, match="private"):
        checked_address(endpoint, ["s3.example.org"])


@pytest.mark.parametrize(
    ("address", "listed"), [("127.0.0.1", "127.0.0.1"), ("10.1.2.3", "10.1.0.0/16"), ("::ffff:10.1.2.3", "10.1.2.3")]
)
def test_listed_addresses_and_networks_are_open(address: str, listed: str) -> None:
    endpoint = parse_endpoint(f"http://[{address}]" if ":" in address else f"http://{address}")
    assert checked_address(endpoint, [listed])


def test_a_listed_name_does_not_open_the_private_address_that_it_has() -> None:
    with pytest.raises(ObjectHostNotAllowed, match="private"):
        checked_address(parse_endpoint("http://localhost"), ["localhost"])
