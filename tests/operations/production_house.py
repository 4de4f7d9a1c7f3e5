"""A house in production mode, as an operator runs it: real settings, real processes, a mail server that can dawdle."""

import json
import os
import secrets
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import requests
from psycopg.conninfo import make_conninfo

from config.environment import env, new_encryption_key, new_secret_key
from config.serving import worker_command
from tests.journeys.running_demo import other_redis_database
from tests.journeys.visitor import Form, Page
from tests.operations.house import ROOT, clean_environment, free_port

HOST = "id.example.test"
ISSUER = f"https://{HOST}"
PATIENCE = 60.0


def secrets_of_its_own() -> dict[str, str]:
    """The three secrets of a production installation."""
    return {
        "SECRET_KEY": new_secret_key(),
        "KEY_ENCRYPTION_KEY": new_encryption_key(),
        "SEAL_SIGNING_KEY": new_encryption_key(),
    }


def production_environment(**changes: str) -> dict[str, str]:
    """What an operator sets; the servers it names need not be there."""
    return (
        secrets_of_its_own()
        | {
            "ISSUER_URL": ISSUER,
            "DATABASE_URL": "postgresql://throughline:word@db.example.test:5432/throughline",
            "REDIS_URL": "redis://redis.example.test:6379/0",
            "EMAIL_URL": "smtp+tls://throughline:word@mail.example.test:587",
            "TRUSTED_PROXY_COUNT": "1",
        }
        | changes
    )


class MailServer:
    """A mail server on this machine: keeps what it gets, and waits before it accepts while `slowly` is set."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        self.begun = threading.Event()
        self.slowly = 0.0
        letters = self.letters
        mail = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 mail")
                while line := self.rfile.readline():
                    word = line.strip().upper()
                    if word.startswith(b"DATA"):
                        self.say("354 go on")
                        letter = b"".join(iter(self.rfile.readline, b".\r\n"))
                        mail.begun.set()
                        time.sleep(mail.slowly)
                        letters.append(letter.decode())
                    if word.startswith(b"QUIT"):
                        self.say("221 bye")
                        return
                    self.say("250 ok")

            def say(self, words: str) -> None:
                self.wfile.write(f"{words}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"smtp://127.0.0.1:{self._server.server_address[1]}"

    def wait_for(self, address: str) -> str:
        """The newest letter to an address."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := [letter for letter in self.letters if address in letter]:
                return found[-1]
            time.sleep(0.05)
        raise AssertionError(f"no letter to {address}")

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Server:
    """One process of the house and the log it writes."""

    process: subprocess.Popen[bytes]
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        """What it has written so far; every line is JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def terminate(self) -> None:
        """What an orchestrator sends to stop it."""
        self.process.send_signal(signal.SIGTERM)


@dataclass
class ProductionHouse:
    """A prepared database and everything to start web and worker on it."""

    environment: dict[str, str]
    port: int
    data_dir: Path
    mail: MailServer
    servers: list[Server] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the web server listens: what the proxy would talk to."""
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *words: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment | changes,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def start_web(self, **changes: str) -> Server:
        """Start the web server and wait until it is ready."""
        words = [sys.executable, "manage.py", "serve", "--port", str(self.port), "--workers", "1", "--threads", "4"]
        server = self._start("web", words, **changes)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert server.process.poll() is None, server.log.read_text()
            assert time.monotonic() < deadline, server.log.read_text()
            time.sleep(0.05)
        return server

    def start_worker(self, **changes: str) -> Server:
        """Start a worker."""
        return self._start("worker", worker_command(), **changes)

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with self.connect() as connection:
            connection.autocommit = True
            return connection.execute(statement, values).fetchall()

    def connect(self) -> psycopg.Connection:
        """A connection to the database."""
        return connect(self.environment["DATABASE_URL"])

    def stop_all(self) -> None:
        """End whatever the test left running."""
        for server in self.servers:
            if server.process.poll() is None:
                server.terminate()
        for server in self.servers:
            try:
                server.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(server.process.pid, signal.SIGKILL)
                server.process.wait()
        self.servers.clear()

    def _start(self, name: str, words: list[str], **changes: str) -> Server:
        log = self.data_dir / f"{name}-{len(self.servers)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                words,
                cwd=ROOT,
                env=self.environment | changes,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        self.servers.append(Server(process, log))
        return self.servers[-1]

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.address}/livez", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False


@contextmanager
def model_house(data_dir: Path) -> Iterator[ProductionHouse]:
    """A house that was prepared as an operator does it and never served: the others are copies of it."""
    with _house(data_dir, "template0") as house:
        for words in (["collectstatic", "--noinput"], ["prepare"]):
            done = house.manage(*words)
            assert done.returncode == 0, done.stderr
        yield house


@contextmanager
def production_house(data_dir: Path, model: ProductionHouse) -> Iterator[ProductionHouse]:
    """A house with a copy of the model's database, its secrets and its files; everything is gone afterwards."""
    shared = {name: model.environment[name] for name in (*secrets_of_its_own(), "STATIC_ROOT")}
    with _house(data_dir, urlsplit(model.environment["DATABASE_URL"]).path.rpartition("/")[2], **shared) as house:
        yield house


@contextmanager
def _house(data_dir: Path, template: str, **changes: str) -> Iterator[ProductionHouse]:
    given = os.environ["DATABASE_URL"]
    name = f"production_{secrets.token_hex(4)}"
    with connect(given, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    mail = MailServer()
    settings = {
        "DATABASE_URL": _named(given, name),
        "REDIS_URL": other_redis_database(os.environ["REDIS_URL"]),
        "EMAIL_URL": mail.url,
        "DATA_DIR": str(data_dir),
        "STATIC_ROOT": str(data_dir / "static"),
        "LOG_LEVEL": "DEBUG",
    }
    environment = clean_environment(**production_environment(**settings | changes))
    house = ProductionHouse(environment, free_port(), data_dir, mail)
    try:
        yield house
    finally:
        house.stop_all()
        mail.close()
        with connect(given, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Browser:
    """A person's browser behind the proxy that ends TLS: keeps every cookie, says where forms come from."""

    def __init__(self, house: ProductionHouse) -> None:
        self.house = house
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []
        self.page: Page
        self.path = "/"

    def go(self, method: str, path: str, **options: Any) -> requests.Response:
        """One request, as the proxy passes it on; redirects are left to the caller."""
        headers = {"Host": HOST, "X-Forwarded-For": "203.0.113.7", "Origin": ISSUER, "Referer": f"{ISSUER}{self.path}"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers |= options.pop("headers", {})
        answer = requests.request(
            method, f"{self.house.address}{path}", headers=headers, allow_redirects=False, timeout=30, **options
        )
        for each in answer.raw.headers.getlist("Set-Cookie"):
            self.set_cookies.append(each)
            name, _, value = each.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.path = path
        return answer

    def open(self, path: str) -> Page:
        """Open a page and follow redirects inside the house."""
        return self._follow(self.go("GET", path))

    def submit(self, form: Form, *, headers: dict[str, str] | None = None, **values: str) -> Page:
        """Send a form of the current page."""
        path = urlsplit(form.action).path or self.path
        return self._follow(self.go("POST", path, data=form.fields | values, headers=headers or {}))

    def _follow(self, answer: requests.Response) -> Page:
        for _ in range(10):
            if answer.status_code not in (301, 302, 303):
                break
            target = urlsplit(answer.headers["Location"])
            answer = self.go("GET", target.path + (f"?{target.query}" if target.query else ""))
        self.page = Page(answer)
        return self.page


def connect(url: str, **options: Any) -> psycopg.Connection:
    """Connect as Django does: an address with a socket's folder is Django's own form."""
    parts = env.db_url_config(url)
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    where = {name: parts[key] for name, key in names.items() if parts[key]}
    return psycopg.connect(conninfo=make_conninfo("", **where), **options)


def _named(url: str, name: str) -> str:
    """The same server, another database."""
    base, question, options = url.partition("?")
    return f"{base.rpartition('/')[0]}/{name}{question}{options}"
