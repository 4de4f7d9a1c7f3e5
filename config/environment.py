"""What the environment says, read once: the mode, the data directory, secrets, addresses of servers.

Raises ImproperlyConfigured with one clear sentence for whatever is missing or unsafe.
"""

import base64
import contextlib
import ipaddress
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

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
SHORTEST_SECRET_KEY = 50
FEWEST_CHARACTERS = 12
# Test runs use these; everybody can read them there.
PUBLISHED_SECRETS = frozenset({"only-for-tests", "dGhyb3VnaGxpbmUtdGVzdC1rZXktb2YtMzItYnl0ZXM="})


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


def new_secret_key() -> str:
    """A fresh SECRET_KEY: 384 random bits."""
    return secrets.token_urlsafe(48)


def refuse_weak_secrets(**values: str) -> None:
    """In production: no secret that others know, that is short or no random one, or that serves for two things."""
    if not PRODUCTION:
        return
    for name, value in values.items():
        if value in PUBLISHED_SECRETS:
            raise ImproperlyConfigured(f"{name} is a published test key; make one of your own.")
        if len(set(value)) < FEWEST_CHARACTERS:
            raise ImproperlyConfigured(f"{name} is not random: it repeats the same few characters.")
    if len(values["SECRET_KEY"]) < SHORTEST_SECRET_KEY:
        raise ImproperlyConfigured(f"SECRET_KEY is too short: it needs at least {SHORTEST_SECRET_KEY} characters.")
    twice = [name for name, value in values.items() if list(values.values()).count(value) > 1]
    if twice:
        raise ImproperlyConfigured(f"{' and '.join(twice)} are the same; each needs a secret of its own.")


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


def read_hosts(issuer: str) -> list[str]:
    """The host names that requests may come for: that of the issuer unless ALLOWED_HOSTS says more."""
    hosts: list[str] = env.list("ALLOWED_HOSTS", default=[]) or [urlsplit(issuer).hostname or "localhost"]
    if not PRODUCTION:
        return [*hosts, "localhost", "127.0.0.1", "[::1]"]
    if wide := [host for host in hosts if host == "*" or host.startswith(".")]:
        raise ImproperlyConfigured(f"ALLOWED_HOSTS holds {wide[0]!r}; production names each host.")
    return hosts


def read_number(name: str, default: int, *, least: int = 1) -> int:
    """A whole number, `least` or more."""
    try:
        number = int(env.str(name, default="") or default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a number.") from error
    if number < least:
        raise ImproperlyConfigured(f"{name} must be {least} or more.")
    return number


def read_file(name: str) -> str:
    """The path of a file that must be there when it is named; empty when it is not."""
    path = str(env.str(name, default=""))
    if path and not Path(path).is_file():
        raise ImproperlyConfigured(f"{name} names {path!r}, which is no file.")
    return path


def read_log_level(default: str) -> str:
    """How much our own rooms tell: LOG_LEVEL."""
    level = str(env.str("LOG_LEVEL", default="") or default).upper()
    if level not in LOG_LEVELS:
        raise ImproperlyConfigured(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}.")
    return level


def read_networks(name: str, *, default: list[str]) -> list[str]:
    """Networks in CIDR notation, comma-separated."""
    networks: list[str] = env.list(name, default=default)
    for each in networks:
        try:
            ipaddress.ip_network(each)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} holds {each!r}, which is no network like 10.1.0.0/16.") from error
    return networks


def read_email() -> dict[str, Any]:
    """Django's settings for the mail server; production needs one, and none that only prints what it gets."""
    url = env.str("EMAIL_URL", default="")
    if PRODUCTION and not url:
        raise ImproperlyConfigured("EMAIL_URL is not set; production needs a mail server.")
    if PRODUCTION and not url.startswith(("smtp://", "smtps://", "smtp+tls://", "smtp+ssl://")):
        raise ImproperlyConfigured("EMAIL_URL must look like smtp+tls://user:password@host:587 in production.")
    try:
        return dict(env.email_url("EMAIL_URL", default="dummymail://"))
    except (ValueError, KeyError, environ.ImproperlyConfigured) as error:
        raise ImproperlyConfigured(
            "EMAIL_URL cannot be read; it must look like smtp+tls://user:password@host:587."
        ) from error


def read_database(name: str = "DATABASE_URL") -> dict[str, Any]:
    """Django's settings for PostgreSQL (a connection for each thread, kept) or the embedded SQLite file."""
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
        database = env.db_url_config(url, engine="kit.postgresql")
    except (ValueError, environ.ImproperlyConfigured) as error:
        # What went wrong may quote a piece of the password, so it is not repeated.
        raise ImproperlyConfigured(
            f"{name} cannot be read; it must look like postgresql://user:password@host:5432/name, "
            "with special characters percent-encoded."
        ) from error
    if not database.get("NAME"):
        raise ImproperlyConfigured(f"{name} names no database: postgresql://user:password@host:5432/name.")
    database["CONN_MAX_AGE"] = None  # a connection for each thread that serves, kept: see decision 0032
    # Rather an error after a moment than every thread waiting for a database that is away, and probes behind them.
    database.setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)
    database["OPTIONS"].setdefault("prepare_threshold", 5)  # Django's default, none, would refuse to prepare anything
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


def broker_options(broker: str) -> dict[str, object]:
    """How the broker is spoken to: one that is frozen must not hold whoever rings, a folder stays in DATA_DIR."""
    if broker == "filesystem://":
        return {
            "data_folder_in": str(DATA_DIR / "broker"),
            "data_folder_out": str(DATA_DIR / "broker"),
            "control_folder": str(DATA_DIR / "broker" / "control"),  # else a folder wherever the command runs
        }
    if broker.startswith("redis"):
        return {"socket_timeout": 3.0, "socket_connect_timeout": 3.0, "health_check_interval": 5}
    return {}


def caches(redis_url: str) -> dict[str, dict[str, object]]:
    """CACHES: Redis with the database as its deputy, or the database alone."""
    table: dict[str, object] = {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # counted tries must not be pushed out by more of them
    }
    if not redis_url:
        return {"default": table}
    redis: dict[str, object] = {
        "BACKEND": "kit.redis_cache.RedisCache",
        "LOCATION": redis_url,
        "OPTIONS": {"socket_timeout": 1.0, "socket_connect_timeout": 1.0},  # one that is frozen takes a second, once
    }
    return {"default": redis, "without_redis": table}


def storage_of_static_files(*, collected: bool) -> str:
    """The storage class of static files: compressed and under names that change with their content once collected."""
    if collected:
        return "whitenoise.storage.CompressedManifestStaticFilesStorage"
    return "django.contrib.staticfiles.storage.StaticFilesStorage"
