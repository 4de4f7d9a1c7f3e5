"""Server-side request forgery (OWASP A10, CWE-918): no way of writing a URL, and no answer of a resolver, leads to
an address that is not public. Nothing is connected to before every address was judged.
"""

import socket
from typing import Any

import pytest
import requests

from kit import fetch as way_out
from kit.fetch import FetchRefused, FetchSession, fetch

HOSTILE_URLS = [
    # not https
    *("http://id.example.com/", "ftp://id.example.com/", "file:///etc/passwd", "gopher://id.example.com/_x"),
    *(
        "data:text/html,x",
        "//id.example.com/",
        "id.example.com",
        "",
        "https:",
        "https://",
        "https:///x",
        "javascript:1",
    ),
    *("HTTP://id.example.com/", "https//id.example.com", "https:id.example.com", "unix:///run/x.sock"),
    # private addresses, plainly
    *("https://127.0.0.1/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/", "https://0.0.0.0/"),
    *("https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://100.100.100.200/"),
    *(
        "https://192.0.0.1/",
        "https://192.0.2.1/",
        "https://198.18.0.1/",
        "https://198.51.100.1/",
        "https://203.0.113.9/",
    ),
    *("https://224.0.0.1/", "https://239.255.255.250/", "https://240.0.0.1/", "https://255.255.255.255/"),
    "https://192.88.99.1/",
    # the same, written otherwise
    *("https://2130706433/", "https://017700000001/", "https://0177.0.0.1/", "https://0x7f000001/", "https://0x7f.1/"),
    *("https://127.1/", "https://127.0.1/", "https://0/", "https://127.000.000.001/", "https://0x7f.0x0.0x0.0x1/"),
    *("https://3232235777/", "https://00000177.1/", "https://127.0.0.1.1/", "https://a.127/", "https://a.0x7f/"),
    *("https://2852039166/", "https://0xA9FEA9FE/", "https://0251.0376.0251.0376/", "https://4294967297/"),
    # IPv6, and IPv4 inside it
    *("https://[::1]/", "https://[::]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::ffff:127.0.0.1]/"),
    *(
        "https://[::ffff:7f00:1]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b::127.0.0.1]/",
    ),
    *("https://[64:ff9b:1::a00:1]/", "https://[2002:7f00:1::]/", "https://[2002:a9fe:a9fe::1]/"),
    *("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "https://[fe80::1]/", "https://[fc00::1]/"),
    *("https://[fd00:ec2::254]/", "https://[ff02::1]/", "https://[2001:db8::1]/", "https://[fec0::1]/"),
    *("https://[2606:4700::5efe:7f00:1]/", "https://[2606:4700::200:5efe:a00:1]/", "https://[3fff::1]/"),
    *("https://[::ffff:0:127.0.0.1]/", "https://[100::1]/", "https://[5f00::1]/"),
    # zones and brackets
    *("https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[::1%251]/", "https://[::1/", "https://::1/"),
    *("https://[::1]x/", "https://[127.0.0.1]/", "https://[id.example.com]/", "https://[]/", "https://[[::1]]/"),
    # names of this machine and of the neighbourhood
    *("https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://metadata/", "https://intranet:8443/"),
    # somebody else in front of the host, or the host twice
    *("https://id.example.com@127.0.0.1/", "https://127.0.0.1@id.example.com/", "https://a:b@id.example.com/"),
    *("https://@id.example.com/", "https://id.example.com\\@127.0.0.1/", "https://id.example.com\\.evil.example/"),
    *("https://id.example.com%40127.0.0.1/", "https://id.example.com%2f@127.0.0.1/", "https://%31%32%37.0.0.1/"),
    *("https://id.example.com#@127.0.0.1/", "https://id.example.com/#x", "https://id.example.com?@127.0.0.1/#"),
    # dots, letters and spaces that another parser reads differently
    *(
        "https://127\u30020\u30020\u30021/",
        "https://127\uff0e0\uff0e0\uff0e1/",
        "https://127\uff610\uff610\uff611/",
        "https://\u2460\u2461\u2466.0.0.1/",
    ),
    *("https://\uff4cocalhost/", "https://ex\u00e4mple.com/", "https://id.example.com./", "https://127.0.0.1./"),
    *("https://id..example.com/", "https://.example.com/", "https://-id.example.com/", "https://id-.example.com/"),
    *("https://id_x.example.com/", "https://*.example.com/", "https://id.example.com /", " https://id.example.com/"),
    *("https://id.example.com\t/", "https://id.example.com\r\nHost: x/", "https://id.exam\nple.com/"),
    *(
        "https://id.example.com/\x00",
        "https://id.example.com\x7f/",
        "ht\ntps://id.example.com/",
        "https:/\\id.example.com",
    ),
    *("https://id.example.com/a b", "https://id.example.com/\u00fc", "https://id.example.com/\r\nX: y"),
    # ports
    *(
        "https://id.example.com:0/",
        "https://id.example.com:22/",
        "https://id.example.com:25/",
        "https://id.example.com:80/",
    ),
    *(
        "https://id.example.com:65536/",
        "https://id.example.com:-1/",
        "https://id.example.com:/",
        "https://id.example.com:1e3/",
    ),
    *("https://id.example.com:0443/", "https://id.example.com:443:443/", "https://id.example.com:\uff14\uff14\uff13/"),
    # too long
    *(
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 130 + "example/",
        "https://id.example.com/" + "a" * 2048,
    ),
]


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A socket that writes down every attempt to connect and refuses it."""
    attempts: list[Any] = []

    def connect(_self: socket.socket, address: Any) -> None:
        attempts.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return attempts


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the resolver answers, by name."""
    answers: dict[str, list[str]] = {}
    monkeypatch.setattr(way_out, "resolve", lambda host, port: answers[host])
    return answers


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_a_hostile_url_is_refused_before_any_connection(url: str, dns, no_connection):
    dns |= {"id.example.com": ["8.8.8.8"], "localhost": ["127.0.0.1"], "metadata": ["8.8.8.8"]}
    with pytest.raises(FetchRefused):
        fetch(url)
    assert no_connection == []


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_a_library_that_speaks_requests_is_held_to_the_same(url: str, dns, no_connection):
    # requests itself translates names outside ASCII; whatever it makes of them is judged like any other.
    dns |= {"id.example.com": ["8.8.8.8"], "localhost": ["127.0.0.1"], "xn--exmple-cua.com": ["10.0.0.1"]}
    with FetchSession() as session, pytest.raises((requests.RequestException, KeyError)):
        session.get(url)
    assert [address for address in no_connection if address[0] != "8.8.8.8"] == []


PRIVATE_ANSWERS = [
    *("127.0.0.1", "10.1.2.3", "172.31.255.255", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:8.8.8.8"),
    *("64:ff9b::a00:1", "2002:a00:1::1", "2001:0:53aa:64c:0:0:f5ff:fffe", "2001:db8::1"),
]


@pytest.mark.parametrize("answer", PRIVATE_ANSWERS)
def test_a_public_name_with_a_private_address_is_refused(answer: str, dns, no_connection):
    dns["id.example.com"] = [answer]
    with pytest.raises(FetchRefused, match="not public"):
        fetch("https://id.example.com/")
    assert no_connection == []


@pytest.mark.parametrize("answer", PRIVATE_ANSWERS)
@pytest.mark.parametrize("first", [True, False])
def test_one_private_address_among_public_ones_spoils_them_all(answer: str, first: bool, dns, no_connection):
    dns["id.example.com"] = [answer, "8.8.8.8"] if first else ["8.8.8.8", "2606:4700::1111", answer]
    with pytest.raises(FetchRefused):
        fetch("https://id.example.com/")
    assert no_connection == []


def test_a_name_without_an_address_is_refused(dns, no_connection):
    dns["id.example.com"] = []
    with pytest.raises(FetchRefused):
        fetch("https://id.example.com/")
    assert no_connection == []


def test_a_name_that_changes_its_mind_between_check_and_connection_gains_nothing(monkeypatch, no_connection):
    answers = iter([["8.8.8.8"], ["127.0.0.1"], ["127.0.0.1"]])
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    monkeypatch.setattr(way_out, "resolve", resolve)
    with pytest.raises(way_out.FetchFailed):
        fetch("https://id.example.com/")
    assert asked == ["id.example.com"], "the name is resolved once"
    assert no_connection == [("8.8.8.8", 443)], "the connection goes to the address that was checked, not to the name"


def test_by_default_this_very_machine_is_refused(no_connection, settings):
    assert settings.FETCH_ALLOW_LOOPBACK is False
    for url in ("https://127.0.0.1:8443/", "https://[::1]:8443/", "https://localhost:8443/", "http://localhost:8000/"):
        with pytest.raises(FetchRefused):
            fetch(url)
    assert no_connection == []


def test_the_allowance_for_loopback_reaches_nothing_else(dns, no_connection, settings):
    settings.FETCH_ALLOW_LOOPBACK = True
    dns |= {"id.example.com": ["10.0.0.1"], "mixed.example.com": ["127.0.0.1", "10.0.0.1"]}
    for url in ("https://id.example.com/", "http://id.example.com/", "https://mixed.example.com/", "http://10.0.0.1/"):
        with pytest.raises(FetchRefused):
            fetch(url)
    assert no_connection == []
