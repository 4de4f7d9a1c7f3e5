"""A relying party's back-channel: a real HTTP server that keeps what it is told, and answers as a test wants."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from tests.actors import claims_of

Reply = int | tuple[int, Mapping[str, str]]


@dataclass
class Told:
    """One request as it arrived."""

    form: dict[str, list[str]]
    headers: dict[str, str]
    at: float = field(default_factory=time.monotonic)

    @property
    def token(self) -> str:
        """The logout token."""
        return self.form["logout_token"][0]

    @property
    def claims(self) -> dict[str, Any]:
        """What the logout token says, unverified."""
        return claims_of(self.token)


class RelyingParty:
    """Listens on loopback. `reply` is a status, with headers if need be, or a function of what was told."""

    def __init__(self, reply: Reply | Callable[[Told], Reply] = 200) -> None:
        self.reply = reply
        self.name = ""  # its client_id, once it is registered
        self.told: list[Told] = []
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.uri = f"http://127.0.0.1:{self._server.server_address[1]}/backchannel"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def sids(self) -> list[str]:
        """The sessions it was told of, in the order of arrival."""
        return [told.claims["sid"] for told in self.told]

    def wait_for(self, count: int, *, seconds: float = 10) -> list[Told]:
        """What it was told, once there are so many."""
        deadline = time.monotonic() + seconds
        while len(self.told) < count:
            assert time.monotonic() < deadline, f"told {len(self.told)} times, not {count}"
            time.sleep(0.01)
        return self.told

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _take(self, told: Told) -> Reply:
        with self._lock:
            self.told.append(told)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self.reply(told) if callable(self.reply) else self.reply
        finally:
            with self._lock:
                self.at_once -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        party = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                reply = party._take(Told(parse_qs(body.decode()), {k.lower(): v for k, v in self.headers.items()}))
                status, headers = reply if isinstance(reply, tuple) else (reply, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def relying_party(reply: Reply | Callable[[Told], Reply] = 200) -> Iterator[RelyingParty]:
    """One that stops listening at the end."""
    party = RelyingParty(reply)
    try:
        yield party
    finally:
        party.close()
