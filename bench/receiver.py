"""A connected system that applies what it hears: `python -m bench.receiver PORT SECRET FILE`.

It verifies each signature with the standard's own library, keeps the id and the time in a file, and says so.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from standardwebhooks import Webhook

_APPLIED = b'{"applied": true}'


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def serve(port: int, secret: str, arrivals: Path) -> None:
    """Listen until killed."""
    webhook, lock = Webhook(secret), threading.Lock()
    with arrivals.open("a", buffering=1) as kept:

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                event = webhook.verify(body, {name.lower(): value for name, value in self.headers.items()})
                with lock:
                    kept.write(f"{event['id']} {time.time()}\n")
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(_APPLIED)))
                self.end_headers()
                self.wfile.write(_APPLIED)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
                """Say nothing."""

        server = _Server(("127.0.0.1", port), Door)
        print(json.dumps("listening"), flush=True)
        server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
