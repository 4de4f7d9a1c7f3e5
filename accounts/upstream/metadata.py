"""What a provider upstream publishes: its discovery document and its keys, fetched by `kit.fetch`, kept for minutes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from accounts.conf import may_fetch_loopback
from accounts.errors import UpstreamRefused, UpstreamSilent
from kit.destinations import DestinationRefused, read_destination
from kit.fetch import Fetched, FetchError, fetch
from kit.fresh import Fresh

T = TypeVar("T")
Failure = UpstreamSilent | UpstreamRefused
SECONDS = 8.0
_KEPT_SECONDS = 300.0
_KEYS_AT_MOST_EVERY = 10.0  # a key id that nobody knows must not make us fetch for every stranger
_SILENCE_KEPT_SECONDS = 5.0  # a provider that is down must not hold a thread of ours for everybody who tries
_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Metadata:
    """The part of a discovery document that a relying party needs; `says_issuer`: see RFC 9207."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    posts_secret: bool
    says_issuer: bool


def get_metadata(issuer: str) -> Metadata:
    """The provider's discovery document, whose issuer is exactly this one (OpenID Connect Discovery 4.3).

    Raises UpstreamSilent, UpstreamRefused.
    """
    return _kept(_metadata(issuer))


def find_keys(jwks_uri: str, kid: str | None) -> list[dict[str, Any]]:
    """The provider's keys with this id, or all of them where a token names none; fetched anew for an unknown id."""
    kept = _keys(jwks_uri)
    return _named(_kept(kept), kid) or _named(_kept(kept, seconds=_KEYS_AT_MOST_EVERY), kid)


def forget_documents() -> None:
    """Drop what was fetched, for tests and after an operator changed a provider."""
    _metadata.cache_clear()
    _keys.cache_clear()


def ask(url: str, method: str = "GET", **rest: Any) -> Fetched:
    """Ask a provider; raises UpstreamSilent when nothing usable comes back."""
    try:
        return fetch(url, method, seconds=SECONDS, **rest)
    except FetchError as error:
        raise UpstreamSilent(str(error)) from error


def read_json(answer: Fetched, what: str) -> dict[str, Any]:
    """The JSON object of a successful answer; raises UpstreamSilent for any other status, UpstreamRefused for junk."""
    if not answer.is_success:
        raise UpstreamSilent(f"{what}: status {answer.status}")
    try:
        document = answer.json()
    except FetchError as error:
        raise UpstreamRefused(f"{what}: no JSON") from error
    if not isinstance(document, dict):
        raise UpstreamRefused(f"{what}: no object")
    return document


@lru_cache(maxsize=64)
def _metadata(issuer: str) -> Fresh[Metadata | Failure]:
    return Fresh(lambda _: _attempt(_read_metadata, issuer), seconds=_KEPT_SECONDS)


@lru_cache(maxsize=64)
def _keys(jwks_uri: str) -> Fresh[list[dict[str, Any]] | Failure]:
    return Fresh(lambda _: _attempt(_read_keys, jwks_uri), seconds=_KEPT_SECONDS)


def _attempt(read: Callable[[str], T], url: str) -> T | Failure:
    try:
        return read(url)
    except (UpstreamSilent, UpstreamRefused) as error:
        return error


def _kept(fresh: Fresh[T | Failure], *, seconds: float | None = None) -> T:
    """What is kept; a failure is kept too, but not for long."""
    found = fresh.get(seconds=seconds)
    if isinstance(found, UpstreamSilent | UpstreamRefused):
        found = fresh.get(seconds=_SILENCE_KEPT_SECONDS)
    if isinstance(found, UpstreamSilent | UpstreamRefused):
        raise type(found)(found.fault)
    return found


def _read_metadata(issuer: str) -> Metadata:
    document = read_json(ask(issuer.rstrip("/") + _WELL_KNOWN), "discovery")
    if document.get("issuer") != issuer:
        raise UpstreamRefused("discovery: issuer")
    methods = document.get("token_endpoint_auth_methods_supported")
    return Metadata(
        issuer=issuer,
        authorization_endpoint=_endpoint(document, "authorization_endpoint"),
        token_endpoint=_endpoint(document, "token_endpoint"),
        userinfo_endpoint=_endpoint(document, "userinfo_endpoint") if document.get("userinfo_endpoint") else "",
        jwks_uri=_endpoint(document, "jwks_uri"),
        # client_secret_basic is what a document means that does not tell (Discovery, section 3).
        posts_secret=isinstance(methods, list) and "client_secret_basic" not in methods,
        says_issuer=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _endpoint(document: dict[str, Any], name: str) -> str:
    url = str(document.get(name, ""))
    try:
        read_destination(url, loopback=may_fetch_loopback())
    except DestinationRefused as error:
        raise UpstreamRefused(f"discovery: {name}") from error
    return url


def _read_keys(jwks_uri: str) -> list[dict[str, Any]]:
    keys = read_json(ask(jwks_uri), "jwks").get("keys")
    if not isinstance(keys, list):
        raise UpstreamRefused("jwks: keys")
    return [key for key in keys if isinstance(key, dict)]


def _named(keys: list[dict[str, Any]], kid: str | None) -> list[dict[str, Any]]:
    return [key for key in keys if kid is None or key.get("kid") == kid]
