"""Where a URL that somebody else wrote may lead: judged by its letters first, then by every address its name has.

Pure: nothing here resolves or connects. `kit.fetch` does, and only to what was judged here.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST_URL = 2048
_PLAIN_URL = re.compile(r"[\x21-\x7e]+")  # no space, no control, nothing that two parsers read differently
_AUTHORITY = re.compile(r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[1-9][0-9]{0,4}))?")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # a name that ends in one is read as an IPv4 address by some

# What is not the public internet (IANA special-purpose registries), and what could carry such an address inside.
_PRIVATE_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")  # leaves out v4-mapped, NAT64, unique local, link-local, multicast
_PRIVATE_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        # protocol assignments with Teredo, documentation, 6to4, AS112, documentation
        ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214: an IPv4 address follows in the last 32 bits


class DestinationRefused(Exception):
    """The URL may not be fetched; the message says why, without repeating the URL."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One URL taken apart: `host` is a name or an address literal, without brackets; `target` is path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": 443, "http": 80}[self.scheme] else f"{host}:{self.port}"


def read_destination(url: str, *, loopback: bool = False) -> Destination:
    """Take a URL apart; raises DestinationRefused for whatever is not a plain https URL.

    With `loopback` also plain http and the name `localhost` pass; `may_connect` then holds http to loopback addresses.
    """
    if len(url) > LONGEST_URL or not _PLAIN_URL.fullmatch(url) or "\\" in url or "#" in url:
        raise DestinationRefused("The URL holds characters that a URL does not have, or is too long.")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise DestinationRefused("This is not a URL.") from error
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        raise DestinationRefused("Only https is fetched.")
    authority = _AUTHORITY.fullmatch(parts.netloc)
    if authority is None:
        raise DestinationRefused("The URL must name a host, in ASCII, and nothing else before its path.")
    port = int(authority["port"] or (443 if parts.scheme == "https" else 80))
    if port > 65535 or (port < 1024 and port not in (443, 80) and not loopback):
        raise DestinationRefused("The port is not one that is fetched from.")
    if port == 80 and parts.scheme == "https":
        raise DestinationRefused("The port is not one that is fetched from.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(parts.scheme, _read_host(authority["host"].lower(), loopback=loopback), port, target)


def _read_host(host: str, *, loopback: bool) -> str:
    if host.startswith("["):
        return str(_address(host[1:-1]))
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return str(_address(host))  # strict: four decimal numbers without leading zeros, or refused
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise DestinationRefused("The host is not a plain host name.")
    if len(labels) == 1 and not (loopback and host == "localhost"):
        raise DestinationRefused("The host is not a full host name.")
    return host


def literal_address(host: str) -> str | None:
    """The host itself when it is an address and needs no resolver, else None."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def may_connect(destination: Destination, address: str, *, loopback: bool = False) -> bool:
    """Whether this answer of a resolver may be connected to, for this destination."""
    if loopback and is_loopback(address):
        return True
    return destination.scheme == "https" and is_public(address)


def is_loopback(address: str) -> bool:
    """Whether a literal address is this very machine, plainly written: no mapped or embedded form."""
    try:
        return ipaddress.ip_address(address) in _LOOPBACK_V6 or ipaddress.ip_address(address) in _LOOPBACK_V4
    except ValueError:
        return False


_LOOPBACK_V4 = ipaddress.IPv4Network("127.0.0.0/8")
_LOOPBACK_V6 = ipaddress.IPv6Network("::1/128")


def is_public(address: str) -> bool:
    """Whether a literal address lies on the public internet and carries no IPv4 address inside."""
    if "%" in address:  # a zone: link-local by nature
        return False
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return not any(found in network for network in _PRIVATE_V4)
    if found not in _PUBLIC_V6 or any(found in network for network in _PRIVATE_V6):
        return False
    return (int(found) >> 32) & 0xFFFFFFFF not in _ISATAP


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError as error:
        raise DestinationRefused("The address is not in its plain form.") from error
