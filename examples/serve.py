"""All programs of the demo in one process, each on a port of its own: `python -m examples.serve 8000`.

One process starts in a second and takes the memory of one; each app runs alone just as well (`flask --app ... run`).
"""

import importlib
import sys
from threading import Thread
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from examples import PROGRAMS, Example


class QuietHandler(WSGIRequestHandler):
    """Answers without a line for each request: pages that poll would fill the log."""

    def log_request(self, *_: Any) -> None:
        """Say nothing."""


def open_app(example: Example, first_port: int) -> BaseWSGIServer:
    """The server of one app, already listening."""
    path, _, name = example["module"].partition(":")
    module = importlib.import_module(path)
    app = getattr(module, name)
    port = first_port + example["port_offset"]
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
    getattr(module, "begin", lambda: None)()  # what it does beside answering
    return server


def main() -> None:
    """Serve until the process is ended."""
    servers = [open_app(example, int(sys.argv[1])) for example in PROGRAMS]
    for server in servers[1:]:
        Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == "__main__":
    main()
