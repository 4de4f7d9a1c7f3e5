"""Which URLs and which addresses may be fetched from, by their letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.destinations import Destination, DestinationRefused, is_loopback, is_public, may_connect, read_destination


@pytest.mark.parametrize(
    ("url", "destination"),
    [
        ("https://id.example.com", Destination("https", "id.example.com", 443, "/")),
        ("https://ID.Example.com/a?b=c", Destination("https", "id.example.com", 443, "/a?b=c")),
        ("https://id.example.com:8443/x", Destination("https", "id.example.com", 8443, "/x")),
        ("https://id.example.com:443/", Destination("https", "id.example.com", 443, "/")),
        ("https://xn--bcher-kva.example/", Destination("https", "xn--bcher-kva.example", 443, "/")),
        ("https://8.8.8.8/", Destination("https", "8.8.8.8", 443, "/")),
        ("https://[2606:4700::1111]/", Destination("https", "2606:4700::1111", 443, "/")),
    ],
)
def test_a_plain_https_url_is_taken_apart(url: str, destination: Destination):
    assert read_destination(url) == destination


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://id.example.com/", "id.example.com"),
        ("https://id.example.com:8443/", "id.example.com:8443"),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443"),
    ],
)
def test_the_host_header_names_the_host_as_it_was_written(url: str, authority: str):
    assert read_destination(url).authority == authority


def test_plain_http_and_localhost_are_taken_where_loopback_is_allowed():
    assert read_destination("http://localhost:8001/x", loopback=True) == Destination("http", "localhost", 8001, "/x")
    for url in ("http://localhost:8001/x", "https://localhost/"):
        with pytest.raises(DestinationRefused):
            read_destination(url)


def test_plain_http_reaches_loopback_only_also_where_loopback_is_allowed():
    destination = read_destination("http://id.example.com/", loopback=True)
    assert may_connect(destination, "127.0.0.1", loopback=True)
    assert not may_connect(destination, "8.8.8.8", loopback=True)
    assert not may_connect(destination, "10.0.0.1", loopback=True)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "100.63.255.255", "172.32.0.1", "2606:4700::1111"])
def test_the_public_internet_is_public(address: str):
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_that_python_calls_private_is_public_here(address):
    if not address.is_global or address.is_multicast:
        assert not is_public(str(address))


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_that_python_calls_private_is_public_here(address):
    if not address.is_global or address.is_multicast or address.ipv4_mapped or address.sixtofour or address.teredo:
        assert not is_public(str(address))


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_stumble(text: str):
    for url in (text, f"https://{text}", f"https://id.example.com{text}"):
        try:
            destination = read_destination(url)
        except DestinationRefused:
            continue
        assert destination.scheme == "https"
        assert destination.host.isascii()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.255.254", "::1"])
def test_loopback_is_this_machine(address: str):
    assert is_loopback(address)
    assert not is_public(address)


@pytest.mark.parametrize("address", ["::ffff:127.0.0.1", "0.0.0.0", "::", "localhost", "128.0.0.1"])
def test_what_only_looks_like_loopback_is_not(address: str):
    assert not is_loopback(address)
