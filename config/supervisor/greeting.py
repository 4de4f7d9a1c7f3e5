"""What `manage.py up` says when everything answers: addresses, and who can sign in."""

import json
import os
import sys
from collections.abc import Iterator

from config.supervisor.launch import ROOT, Launch
from examples import PROGRAMS


def greeting(launch: Launch, issuer: str) -> str:
    """The text for the terminal."""
    lines = ["", "Throughline is running. Ctrl-C ends all of it.", "", *_addresses(launch, issuer)]
    if launch.demo:
        lines += ["", *_logins(launch), "", f"A code: {_command(launch, 'demo_code ana')}"]
    lines += ["", f"Data and logs: {launch.data_dir}", ""]
    return "\n".join(lines)


def _command(launch: Launch, words: str) -> str:
    """How to type another command that works on this run's data."""
    elsewhere = "" if launch.data_dir == ROOT / "var" else f"DATA_DIR={launch.data_dir} "
    return f"{elsewhere}{os.path.relpath(sys.executable)} manage.py {words}"


def _addresses(launch: Launch, issuer: str) -> Iterator[str]:
    pages = {"Portal": "/", "Console": "/console/", "Admin": "/admin/", "Mails": "/outbox/"}
    pages["Discovery"] = "/.well-known/openid-configuration"
    for name, path in pages.items():
        yield f"  {name:<12} {issuer}{path}"
    for example in PROGRAMS if launch.examples else ():
        yield f"  {example['title']:<12} http://localhost:{launch.port + example['port_offset']}/"


def _logins(launch: Launch) -> Iterator[str]:
    demo = json.loads((launch.data_dir / "demo.json").read_text())
    for group in ("customers", "operators"):
        for name, login in demo.get(group, {}).items():
            second = "  and a code" if login.get("totp_secret") else ""
            yield f"  {name:<12} {login.get('email', ''):<32} {login.get('password', '')}{second}"
