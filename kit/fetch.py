"""The only way out of the house. Whoever writes a URL that we fetch could aim it at our own network.

https only; the name is resolved once, every answer must be public, and the connection goes to the very address that
was checked, while certificate and Host stay those of the name. No redirect is followed, no proxy of the environment is
used; size and time are capped as a whole. FETCH_ALLOW_LOOPBACK lets tests and demos reach their own machine.
"""

import http.client
import io
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import requests
from django.conf import settings
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from kit.destinations import Destination, DestinationRefused, literal_address, may_connect, read_destination

SECONDS = 10.0
MAX_BYTES = 1_000_000
_OURS = frozenset({"host", "connection", "transfer-encoding", "content-length", "accept-encoding"})


class FetchError(Exception):
    """Nothing usable came back. The message is for a log: it holds no secret, no URL and nothing of the body."""


class FetchRefused(FetchError):
    """The URL or an address behind it is not one we connect to: no connection was made."""


class FetchFailed(FetchError):
    """The other side did not answer, not in time, not in full, not in HTTP, or with too much."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, whatever its status: a redirect is handed out like any other and never followed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON; raises FetchFailed when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise FetchFailed("The answer is not JSON.") from error


def fetch(
    url: str,
    method: str = "GET",
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    seconds: float = SECONDS,
    max_bytes: int = MAX_BYTES,
) -> Fetched:
    """Ask a URL that somebody else wrote. `seconds` is for everything, from the resolver to the last byte.

    Raises FetchRefused before any connection, FetchFailed after. Header names come back in small letters.
    """
    deadline = time.monotonic() + seconds
    loopback = bool(settings.FETCH_ALLOW_LOOPBACK)
    try:
        destination = read_destination(url, loopback=loopback)
    except DestinationRefused as error:
        raise FetchRefused(str(error)) from error
    addresses = _checked_addresses(destination, loopback=loopback, deadline=deadline)
    try:
        with _connect(destination, addresses, deadline) as line:
            return _ask(_Line(line, deadline), destination, method, headers or {}, body, max_bytes)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FetchFailed(f"The other side did not answer properly ({type(error).__name__}).") from error


# --- Where to -------------------------------------------------------------------------------------------------


def _checked_addresses(destination: Destination, *, loopback: bool, deadline: float) -> list[str]:
    """Every address of the host, each of them allowed; one that is not spoils them all."""
    literal = literal_address(destination.host)
    addresses = [literal] if literal else _resolve_in_time(destination.host, destination.port, deadline)
    if not addresses or not all(may_connect(destination, each, loopback=loopback) for each in addresses):
        raise FetchRefused("The host has an address that is not public.")
    return addresses


def _resolve_in_time(host: str, port: int, deadline: float) -> list[str]:
    found: list[str] = []
    failures: list[OSError] = []

    def look_up() -> None:
        try:
            found.extend(resolve(host, port))
        except (OSError, UnicodeError) as error:
            failures.append(OSError(str(error)))

    thread = threading.Thread(target=look_up, daemon=True)  # the resolver of the system knows no time limit
    thread.start()
    thread.join(max(0.0, deadline - time.monotonic()))
    if thread.is_alive() or failures:
        raise FetchFailed("The host name could not be resolved.")
    return list(dict.fromkeys(found))


def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver once; the one function a test replaces to answer for the DNS."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


# --- The line -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """TLS 1.2 or later, certificates of the system, host names checked."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _connect(destination: Destination, addresses: list[str], deadline: float) -> socket.socket:
    """A connection to the first address that answers, wrapped in TLS for the host's name under https."""
    failure: OSError = OSError("no address")
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        plain = socket.socket(family, socket.SOCK_STREAM)
        try:
            plain.settimeout(_left(deadline))
            plain.connect((address, destination.port))
            if destination.scheme == "http":
                return plain
            plain.settimeout(_left(deadline))
            return tls_context().wrap_socket(plain, server_hostname=destination.host)
        except OSError as error:
            plain.close()
            failure = error
    raise failure


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time is over")
    return left


class _Line:
    """A socket for http.client on which everything together ends at one deadline, however slowly it drips."""

    def __init__(self, line: socket.socket, deadline: float) -> None:
        self._line = line
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._line.settimeout(_left(self._deadline))
        self._line.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Drip(self._line, self._deadline))

    def close(self) -> None:
        """Nothing yet: http.client lets go before the body was read, and `fetch` closes the socket itself."""


class _Drip(io.RawIOBase):
    """Reads from a socket, each time with no more than what is left of the time."""

    def __init__(self, line: socket.socket, deadline: float) -> None:
        self._line = line
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._line.settimeout(_left(self._deadline))
        return self._line.recv_into(buffer)


def _ask(
    line: _Line, destination: Destination, method: str, headers: Mapping[str, str], body: bytes | None, max_bytes: int
) -> Fetched:
    connection = http.client.HTTPConnection(destination.host, destination.port)
    connection.sock = line
    connection.putrequest(method, destination.target, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", destination.authority)
    connection.putheader("Accept-Encoding", "identity")  # nothing that could unfold
    connection.putheader("Connection", "close")
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    for name, value in headers.items():
        if name.lower() not in _OURS:
            connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    content = response.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise FetchFailed("The answer is too large.")
    if response.length:  # what was announced and did not come
        raise FetchFailed("The answer broke off.")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchFailed("The answer is encoded, which was not asked for.")
    found = {name.lower(): value for name, value in response.headers.items()}
    return Fetched(status=response.status, headers=found, body=content)


# --- For libraries that speak `requests` --------------------------------------------------------------------------


class FetchSession(requests.Session):
    """A `requests.Session` whose every request goes through `fetch`; failures are `requests.RequestException`s."""

    def __init__(self, *, seconds: float = SECONDS, max_bytes: int = MAX_BYTES) -> None:
        super().__init__()
        self.trust_env = False  # no proxies, no .netrc
        for scheme in list(self.adapters):
            self.mount(scheme, _FetchAdapter(seconds=seconds, max_bytes=max_bytes))


class _FetchAdapter(BaseAdapter):
    def __init__(self, *, seconds: float, max_bytes: int) -> None:
        super().__init__()
        self._seconds = seconds
        self._max_bytes = max_bytes

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        body = request.body.encode() if isinstance(request.body, str) else request.body
        try:
            answer = fetch(
                request.url or "",
                request.method or "GET",
                headers=dict(request.headers),
                body=body,
                seconds=self._seconds,
                max_bytes=self._max_bytes,
            )
        except FetchRefused as error:
            raise requests.exceptions.InvalidURL(str(error), request=request) from error
        except FetchError as error:
            raise requests.exceptions.ConnectionError(str(error), request=request) from error
        if 300 <= answer.status < 400:
            raise requests.exceptions.TooManyRedirects("Redirects are not followed.", request=request)
        return _as_response(request, answer)

    def close(self) -> None:
        """There is nothing to close: each request has a connection of its own."""


def _as_response(request: requests.PreparedRequest, answer: Fetched) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.headers)
    response.raw = io.BytesIO(answer.body)
    response.url = request.url or ""
    response.request = request
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    return response
