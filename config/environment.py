"""What the environment says, read once: the mode, the data directory, secrets, addresses of servers.

Raises ImproperlyConfigured with one clear sentence for whatever is missing or unsafe.
"""

import base64
import contextlib
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
EMBEDDED_MARKER = DATA_DIR / "embedded"


def read_mode() -> str:
    """`embedded`, `test` or `production`: explicit, else the marker `manage.py up` left, else production."""
    mode = env.str("THROUGHLINE_MODE", default="")
    if mode and mode not in ("embedded", "test", "production"):
        raise ImproperlyConfigured(f"THROUGHLINE_MODE is {mode!r}; it can be embedded, test or production.")
    if mode:
        return str(mode)
    if not EMBEDDED_MARKER.exists():
        return "production"
    _follow_marker()
    return "embedded"


def _follow_marker() -> None:
    """Use what the marker says about the running demo (NAME=value lines), unless the environment says otherwise."""
    for line in EMBEDDED_MARKER.read_text().splitlines():
        name, _, value = line.partition("=")
        is_dead_socket = value.startswith("unix://") and not Path(urlsplit(value).path).exists()
        if name in ("PORT", "ISSUER_URL", "REDIS_URL") and not is_dead_socket:
            os.environ.setdefault(name, value)


MODE = read_mode()
PRODUCTION = MODE == "production"


def read_secret(name: str, make: Any) -> str:
    """A secret from the environment; in the embedded mode made once and kept in DATA_DIR; in tests made afresh."""
    if value := env.str(name, default=""):
        return str(value)
    if PRODUCTION:
        raise ImproperlyConfigured(f"{name} is not set; production does not start without it.")
    if MODE == "test":
        return str(make())
    path = DATA_DIR / "secrets" / name.lower()
    try:
        if not path.exists():
            _write_once(path, str(make()))
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"Cannot write {path}: {error.strerror}. Set DATA_DIR to a place you own."
        ) from error


def _write_once(path: Path, value: str) -> None:
    """Put a whole file at `path` unless one is there: of several processes that start at once, one wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)  # unlike a rename, a link never replaces what another process put there
    finally:
        draft.unlink(missing_ok=True)


def new_encryption_key() -> str:
    """A fresh 256-bit key in the form KEY_ENCRYPTION_KEY and SEAL_SIGNING_KEY take: URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def check_key(name: str, value: str) -> str:
    """Refuse a key that is not 32 bytes of URL-safe base64."""
    try:
        valid = len(base64.urlsafe_b64decode(value)) == 32
    except ValueError:
        valid = False
    if not valid:
        raise ImproperlyConfigured(f"{name} must be 32 random bytes in URL-safe base64.")
    return value


def only_outside_production(name: str, default: Any, cast: Any) -> Any:
    """A relaxation that the embedded mode, tests and benchmarks may set; production refuses it."""
    value = env.get_value(name, cast=cast, default=default)
    if PRODUCTION and value != default:
        raise ImproperlyConfigured(f"{name} is not allowed in production.")
    return value


def read_issuer() -> str:
    """The issuer without a trailing slash; https in production."""
    issuer = str(env.str("ISSUER_URL", default="")).rstrip("/")
    if not issuer:
        if PRODUCTION:
            raise ImproperlyConfigured("ISSUER_URL is not set; production does not start without it.")
        issuer = f"http://localhost:{env.int('PORT', default=8000)}"
    parts = urlsplit(issuer)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.path:
        raise ImproperlyConfigured(f"ISSUER_URL {issuer!r} is not an origin like https://id.example.com.")
    if PRODUCTION and parts.scheme != "https":
        raise ImproperlyConfigured("ISSUER_URL must begin with https:// in production.")
    return issuer


def read_database(name: str = "DATABASE_URL") -> dict[str, Any]:
    """Django's settings for PostgreSQL (pooled) or the embedded SQLite file."""
    url = env.str(name, default="")
    if not url:
        if PRODUCTION:
            raise ImproperlyConfigured(f"{name} is not set; production needs a PostgreSQL database.")
        return _sqlite(DATA_DIR / "throughline.sqlite3")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/name.") from error
    if parts.scheme == "sqlite":
        if PRODUCTION:
            raise ImproperlyConfigured(f"{name} points at SQLite; production needs PostgreSQL.")
        # sqlite:///name is relative to where the command runs, sqlite:////name is absolute.
        return _sqlite(Path(unquote(parts.path[1:])) if len(parts.path) > 1 else DATA_DIR / "throughline.sqlite3")
    if parts.scheme not in ("postgres", "postgresql", "psql"):
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/name.")
    return _postgresql(name, url)


def _postgresql(name: str, url: str) -> dict[str, Any]:
    try:
        database = env.db_url_config(url, engine="django.db.backends.postgresql")
    except (ValueError, environ.ImproperlyConfigured) as error:
        # What went wrong may quote a piece of the password, so it is not repeated.
        raise ImproperlyConfigured(
            f"{name} cannot be read; it must look like postgresql://user:password@host:5432/name, "
            "with special characters percent-encoded."
        ) from error
    if not database.get("NAME"):
        raise ImproperlyConfigured(f"{name} names no database: postgresql://user:password@host:5432/name.")
    database["CONN_MAX_AGE"] = 0  # the pool keeps the connections
    database.setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=16)}
    return dict(database)


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "TEST": {"NAME": path.with_name(f"test-{path.name}")},  # a file: threads lock as they do in use
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
    }


def broker_url(redis_url: str) -> str:
    """The Celery broker: CELERY_BROKER_URL, else the same Redis, else a folder (no server at all)."""
    if explicit := env.str("CELERY_BROKER_URL", default=""):
        return str(explicit)
    if redis_url.startswith("unix://"):
        return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
    return redis_url or "filesystem://"
