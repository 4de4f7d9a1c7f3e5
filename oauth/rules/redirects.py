"""Which redirect URIs may be registered, and which presented one is a registered one."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

_RESPONSE_PARAMETERS = {"code", "state", "iss", "error", "error_description", "error_uri"}
_LONGEST_ADDRESS = 2000
_LOOPBACK = {"127.0.0.1", "[::1]", "localhost"}


def redirect_uri_matches(presented: str, registered: Iterable[str], *, native: bool) -> bool:
    """Byte-equal to a registered URI; a native client's loopback URI may differ in its port (RFC 8252 7.3)."""
    registered = tuple(registered)
    if presented in registered:
        return True
    if not native:
        return False
    portless = _without_loopback_port(presented)
    return portless is not None and portless in {_without_loopback_port(uri) for uri in registered}


def _without_loopback_port(uri: str) -> str | None:
    match = re.fullmatch(r"http://(127\.0\.0\.1|\[::1\]|localhost)(?::(\d{1,5}))?(/[\x21-\x7e]*)?", uri)
    if match is None or "#" in uri or (match[2] and int(match[2]) > 65535):
        return None
    return f"http://{match[1]}{match[3] or ''}"


def redirect_uri_problem(uri: str, *, native: bool) -> str | None:
    """Why a redirect URI may not be registered, or None: absolute, no fragment, https (or loopback http)."""
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018  read only now, and refused when it is none
    except ValueError:
        return "is not an address"
    if "#" in uri or "*" in uri or not re.fullmatch(r"[\x21-\x7e]+", uri):
        return "holds a fragment, a wildcard or a character that is not plain ASCII"
    if _RESPONSE_PARAMETERS & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}:
        return "holds a parameter that the answer brings (code, state, iss, error)"
    if parts.username is not None or parts.password is not None:
        return "holds a user name"
    if parts.scheme == "https" and parts.hostname:
        return None
    if parts.scheme == "http" and parts.netloc.rsplit(":", 1)[0] in _LOOPBACK:
        return None
    if native and "." in parts.scheme and not parts.netloc:
        return None  # a private-use scheme in reverse domain form (RFC 8252 7.1)
    return "must be https, http on a loopback address, or a native app's own reverse-domain scheme"


def address_problem(uri: str) -> str | None:
    """Why the gateway cannot call an address itself, or None: https (or loopback http), no fragment, no user name.

    Back-Channel Logout 1.0 section 2.2. What stands behind it is looked at when it is called, by `kit.fetch`.
    """
    if len(uri) > _LONGEST_ADDRESS:
        return "is too long"
    return redirect_uri_problem(uri, native=False)


def start_addresses(redirect_uris: Iterable[str], post_logout_redirect_uris: Iterable[str]) -> set[str]:
    """Where a registered site begins: the root of each web address it is answered at, and where it is left to."""
    found = {uri for uri in post_logout_redirect_uris if _is_web(uri)}
    for uri in filter(_is_web, redirect_uris):
        parts = urlsplit(uri)
        found |= {f"{parts.scheme}://{parts.netloc}", f"{parts.scheme}://{parts.netloc}/"}
    return found


def _is_web(uri: str) -> bool:
    return urlsplit(uri).scheme in ("http", "https")
