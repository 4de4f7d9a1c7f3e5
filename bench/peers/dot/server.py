"""Starting django-oauth-toolkit for the benchmark."""

import os
import secrets

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bench.servers import CONNECTIONS, Surroundings, people_in, python_server, run_seed
from bench.target import Target
from config.supervisor.processes import Child
from scripts.throwaway_postgres import ROLE

_THREADS = 8
_PATHS = {
    "token": "/o/token/",
    "authorization": "/o/authorize/",
    "introspection": "/o/introspect/",
    "userinfo": "/o/userinfo/",
    "discovery": "/o/.well-known/openid-configuration",
    "jwks": "/o/.well-known/jwks.json",
    "sign_in": "/login/",
}


def start_toolkit(around: Surroundings, *, tuned: bool) -> tuple[Child, Target]:
    """The toolkit as its tutorial has it, or tuned: fast secret hashing, connections that stay, argon2id."""
    name = f"dot-{'tuned' if tuned else 'plain'}"
    around.new_database(name)
    port = 18121 if tuned else 18122
    env = {each: value for each, value in os.environ.items() if each in ("PATH", "HOME", "LANG")} | {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "RSA_KEY": _rsa_key(),
        "DB_NAME": name,
        "DB_HOST": str(around.folder / "postgres"),
        "DB_USER": ROLE,
        "BENCH_TUNED": "1" if tuned else "0",
    }
    seeded = run_seed("bench.peers.dot.seed", str(2 * CONNECTIONS), env=env)
    child = python_server(around, name, "bench.peers.dot.wsgi:application", port=port, threads=_THREADS, env=env)
    target = Target(
        port=port,
        **seeded["customers"],
        machine=(seeded["machine"]["client_id"], seeded["machine"]["client_secret"]),
        paths=_PATHS,
        scope="openid profile email",
        people=people_in(seeded),
        login_fields=("username", "password"),
    )
    return child, target


def _rsa_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
