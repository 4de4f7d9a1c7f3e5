"""Starting this gateway for the benchmark."""

import base64
import os
import secrets
import sys
from collections.abc import Mapping

from bench.servers import CONNECTIONS, ROOT, Surroundings, people_in, run_seed
from bench.target import Target
from config.serving import WebServer, counting_in
from config.supervisor.processes import Child, start

PORT = 18110
_PATHS = {
    "token": "/oauth/token",
    "authorization": "/oauth/authorize",
    "introspection": "/oauth/introspect",
    "userinfo": "/oauth/userinfo",
    "discovery": "/.well-known/openid-configuration",
    "jwks": "/oauth/jwks",
    "sign_in": "/accounts/login/",
}


def start_worker(around: Surroundings, env: Mapping[str, str]) -> Child:
    """A worker beside the gateway, on its core: it sends what web processes only write down."""
    command = ["taskset", "-c", str(around.cores.server), sys.executable, "-m", "celery", "-A", "config.celery"]
    size = ["worker", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    child = start("worker", [*command, *size], log=around.folder / "worker.log", env=env, cwd=ROOT)
    around.children.append(child)
    return child


def start_gateway(around: Surroundings) -> tuple[Child, Target]:
    """The gateway with its audit, its rate limits far away, and people to sign in."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    env = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")} | {
        "THROUGHLINE_MODE": "test",
        "DATA_DIR": str(around.folder / "data"),
        "DATABASE_URL": around.new_database("gateway"),
        "REDIS_URL": f"unix://{around.valkey_socket}?db=0",
        "RATE_LIMIT_FACTOR": "1000000",
        "FETCH_ALLOW_LOOPBACK": "1",  # the relying parties that hear of sessions that end live here, too
        "LOG_LEVEL": "WARNING",
        "SECRET_KEY": key,
        "KEY_ENCRYPTION_KEY": key,
        "SEAL_SIGNING_KEY": key,
        "PORT": str(PORT),
    }
    seeded = run_seed("bench.peers.gateway.seed", str(2 * CONNECTIONS), env=env)
    counts = counting_in(around.folder / "data" / "counts")
    command = WebServer(port=PORT, workers=1).command()
    child = around.serve("gateway", command, env=env | dict(counts), cwd=ROOT, port=PORT)
    return child, Target(
        port=PORT,
        client_id=seeded["client_id"],
        client_secret=seeded["client_secret"],
        paths=_PATHS,
        people=people_in(seeded),
        takes_over=tuple(seeded["takes_over"]),
        parties=tuple((client_id, secret) for client_id, secret in seeded["parties"]),
        env=env,
    )
