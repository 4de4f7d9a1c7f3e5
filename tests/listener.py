"""A connected system: a real HTTP server that checks every signature with the standard's own library."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

Reply = int | tuple[int, Mapping[str, str]] | tuple[int, Mapping[str, str], bytes]


@dataclass
class Heard:
    """One request as it arrived."""

    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def id(self) -> str:
        """The id of the envelope."""
        return self.headers["webhook-id"]

    @property
    def is_verification(self) -> bool:
        """Whether it is about nobody, and only asks who listens."""
        return self.headers.get("webhook-id", "").startswith("vrf_")

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent, unverified."""
        return dict(json.loads(self.body))

    @property
    def seq(self) -> int:
        """Its place among the changes of its subject."""
        return int(self.event["data"]["sequence"])

    def verify(self, secret: str) -> dict[str, Any]:
        """The CloudEvent, verified by `standardwebhooks`; raises WebhookVerificationError."""
        return dict(Webhook(secret).verify(self.body, self.headers))


class Listener:
    """Listens on loopback. `reply` is a status, with headers and a body if need be, or a function of what was heard.

    `facts` is what was heard without the verifications, which come whenever the gateway looks whether anybody listens.
    """

    def __init__(self, reply: Reply | Callable[[Heard], Reply] = 200) -> None:
        self.reply = reply
        self.heard: list[Heard] = []
        self.facts: list[Heard] = []
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hooks"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def ids(self) -> list[str]:
        """The ids of the facts that came, in the order of arrival."""
        return [each.id for each in self.facts]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _take(self, heard: Heard) -> Reply:
        with self._lock:
            self.heard.append(heard)
            if not heard.is_verification:
                self.facts.append(heard)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self.reply(heard) if callable(self.reply) else self.reply
        finally:
            with self._lock:
                self.at_once -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                heard = Heard({name.lower(): value for name, value in self.headers.items()}, body)
                reply = listener._take(heard)
                status, headers, content = _whole(reply)
                if status == 0:  # hang up without a word
                    self.connection.close()
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


def _whole(reply: Reply) -> tuple[int, Mapping[str, str], bytes]:
    if isinstance(reply, int):
        return reply, {}, b""
    return reply if len(reply) == 3 else (*reply, b"")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        """Whoever hung up is no error."""


@contextmanager
def listener(reply: Reply | Callable[[Heard], Reply] = 200) -> Iterator[Listener]:
    """One that stops listening at the end."""
    opened = Listener(reply)
    try:
        yield opened
    finally:
        opened.close()
