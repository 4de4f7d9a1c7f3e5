"""A system that is told by SCIM: scim2-server from PyPI, as its authors run it, in a process of its own."""

import json
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOKEN = "the-other-sides-token"
_MEDIA_TYPE = "application/scim+json"


@dataclass
class ScimServer:
    """Its address, and what stands there, asked like anybody else would."""

    url: str
    process: subprocess.Popen[str] = field(repr=False)

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": _MEDIA_TYPE}
        content = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, content, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            said = answer.read()
        return dict(json.loads(said)) if said else {}

    def users(self, sub: str | None = None) -> list[dict[str, Any]]:
        """The users there, or those whose `externalId` is this."""
        query = urllib.parse.urlencode({"filter": f'externalId eq "{sub}"'}) if sub else ""
        return list(self.ask("GET", f"/Users?{query}").get("Resources", []))

    def user(self, sub: str) -> dict[str, Any]:
        [found] = self.users(sub)
        return found


@contextmanager
def scim_server() -> Iterator[ScimServer]:
    """One that is empty, and gone afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    program = str(Path(sys.executable).parent / "scim2-server")
    command = [program, "--port", port, "--bearer-token", TOKEN]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield ScimServer(_read_address(process), process)
    finally:
        process.kill()
        process.wait()


def _read_address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        if "http://" in line:
            return line[line.index("http://") :].strip()
        assert process.poll() is None, "scim2-server did not start"
    raise AssertionError("scim2-server does not say where it listens")
