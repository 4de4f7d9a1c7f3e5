"""Starting oidc-provider for the benchmark."""

import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from bench.servers import CannotMeasure, Surroundings
from bench.target import REDIRECT_URI, Target
from config.supervisor.processes import Child

FOLDER = Path(__file__).resolve().parent
_PATHS = {
    "token": "/token",
    "authorization": "/auth",
    "introspection": "/token/introspection",
    "userinfo": "/me",
    "discovery": "/.well-known/openid-configuration",
    "jwks": "/jwks",
}


def start_oidc_provider(around: Surroundings, *, store: str) -> tuple[Child, Target]:
    """The provider with its default adapter in memory, or with the Redis adapter on our Valkey."""
    node = shutil.which("node")
    if node is None:
        raise CannotMeasure("node is not installed")
    _install()
    port = 18131 if store == "memory" else 18132
    secret = secrets.token_urlsafe(32)
    settings = {
        "port": port,
        "store": "memory" if store == "memory" else str(around.valkey_socket),
        "client_id": "bench",
        "client_secret": secret,
        "redirect_uri": REDIRECT_URI,
    }
    env = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    command = [node, "server.mjs", json.dumps(settings)]
    child = around.serve(f"oidc-provider-{store}", command, env=env | {"NODE_ENV": "production"}, cwd=FOLDER, port=port)
    target = Target(
        port=port,
        client_id="bench",
        client_secret=secret,
        paths=_PATHS,
        # A token in JWT form, as ours are, is what oidc-provider issues for a resource.
        form={"resource": "https://orders.example", "scope": "decisions"},
    )
    return child, target


def _install() -> None:
    """Fetch the packages exactly as locked, at first need."""
    npm = shutil.which("npm")
    if npm is None:
        raise CannotMeasure("npm is not installed")
    lock, installed = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    done = subprocess.run([npm, "ci"], cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMeasure(f"npm ci: {done.stderr[-500:]}")


def provider_version() -> str:
    """The locked version of oidc-provider."""
    lock = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"]["node_modules/oidc-provider"]["version"])
