"""Relying parties that hear of sessions that end: their addresses, and the one small server behind all of them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

PORT = 18120
PARTIES = tuple(f"http://127.0.0.1:{PORT}/party/{number}" for number in range(3))


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    tokens: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.tokens.append(parse_qs(body)["logout_token"][0])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Say nothing."""


@contextmanager
def parties() -> Iterator[list[str]]:
    """Listen at all addresses; the logout tokens that arrive, for as long as it lasts."""
    tokens: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", PORT), type("_Door", (_Door,), {"tokens": tokens}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield tokens
    finally:
        server.shutdown()
        server.server_close()
