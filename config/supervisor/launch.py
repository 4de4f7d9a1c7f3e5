"""What `manage.py up` was asked for, and the part of it that must happen before the settings are read.

Settings depend on the mode, DATA_DIR, the port and the address of Valkey; so those are settled first, here, in the
environment that the settings and every child then see. No Django in this file.
"""

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

from config.supervisor import checks, valkey
from config.supervisor.checks import CannotStart
from config.supervisor.processes import Child, start, stop
from examples import PROGRAMS

ROOT = Path(__file__).resolve().parent.parent.parent
_HIGHEST_PORT = 65000  # leaves room for the example sites above it
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True)
class Launch:
    """One run of the house: what was asked for, and the children started so far."""

    port: int
    data_dir: Path
    demo: bool
    examples: bool
    workers: int
    valkey: Child | None = None
    children: list[Child] = field(default_factory=list)
    _starting: bool = False
    _asked_to_stop: bool = False

    def start(self, name: str, command: Sequence[str | Path], **environment: str) -> None:
        """Start a child of the house; its log is DATA_DIR/logs/<name>.log."""
        with self.uninterrupted():
            self.children.append(
                start(name, command, log=self.log_of(name), cwd=ROOT, env=dict(os.environ) | environment)
            )

    def log_of(self, name: str) -> Path:
        """Where the child `name` writes."""
        return self.data_dir / "logs" / f"{name}.log"

    @contextmanager
    def uninterrupted(self) -> Iterator[None]:
        """Hold signals back between the birth of a child and the moment we know of it."""
        self._starting = True
        try:
            yield
        finally:
            self._starting = False
        if self._asked_to_stop:
            sys.exit(0)

    def leave(self, _number: int, _frame: FrameType | None) -> None:
        """The signal handler: unwind, so that `launched` ends every child."""
        self._asked_to_stop = True
        if not self._starting:
            sys.exit(0)


_launch: ContextVar[Launch | None] = ContextVar("launch", default=None)


def current_launch() -> Launch:
    """The launch that `launched` opened; CannotStart when the command was called from other code."""
    launch = _launch.get()
    if launch is None:
        raise CannotStart("this command starts from the shell only: python manage.py up")
    return launch


def add_options(parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    """The options of `manage.py up`; their defaults come from PORT, DATA_DIR and EXAMPLES."""
    data_dir = environment.get("DATA_DIR") or ROOT / "var"
    parser.add_argument("--port", default=environment.get("PORT") or "8000", help="where the gateway listens (8000)")
    parser.add_argument("--data", metavar="DIR", default=data_dir, help="where everything is kept (var/)")
    demo = argparse.BooleanOptionalAction
    parser.add_argument("--demo", action=demo, default=True, help="people, channels and clients to try things with")
    with_examples = environment.get("EXAMPLES", "1").lower() not in ("0", "no", "false", "off")
    parser.add_argument("--no-examples", dest="examples", action="store_false", default=with_examples)
    parser.add_argument("--workers", default="2", help="web worker processes (2)")


def read_launch(arguments: Sequence[str], environment: Mapping[str, str]) -> Launch:
    """Read the command line; CannotStart names what is wrong with it."""
    if environment.get("THROUGHLINE_MODE") not in (None, "", "embedded"):
        raise CannotStart(
            f"this command is the embedded mode, but THROUGHLINE_MODE is {environment['THROUGHLINE_MODE']}"
        )
    parser = _Parser(add_help=False)
    add_options(parser, environment)
    known, _ = parser.parse_known_args(arguments)  # Django's own options are read by Django
    return Launch(
        port=_number("the port", known.port, _HIGHEST_PORT),
        data_dir=Path(known.data).resolve(),
        demo=known.demo,
        examples=known.demo and known.examples,
        workers=_number("the number of workers", known.workers, 64),
    )


@contextmanager
def launched(words: Sequence[str]) -> Iterator[None]:
    """Around every command: for `up`, prepare machine and environment, and end all children however it ends."""
    if words[1:2] != ["up"] or {"-h", "--help"} & set(words):
        yield
        return
    launch = read_launch(words[2:], os.environ)
    checks.check_port("gateway", launch.port)
    for example in PROGRAMS if launch.examples else ():
        checks.check_port(f"{example['name']} example", launch.port + example["port_offset"])
    with checks.hold(launch.data_dir):
        for number in _ENDING:
            signal.signal(number, launch.leave)
        token = _launch.set(launch)
        try:
            _settle_environment(launch)
            yield
        finally:
            _launch.reset(token)
            _end(launch)


def _settle_environment(launch: Launch) -> None:
    os.environ |= {"THROUGHLINE_MODE": "embedded", "DATA_DIR": str(launch.data_dir), "PORT": str(launch.port)}
    if launch.examples:  # the channel apps live on this machine, and are told there that a session has ended
        os.environ.setdefault("FETCH_ALLOW_LOOPBACK", "1")
    if url := os.environ.get("REDIS_URL"):
        checks.check_redis(url)
    elif url := _start_valkey(launch):
        os.environ["REDIS_URL"] = url
    _write_marker(launch, running=True)


def _start_valkey(launch: Launch) -> str | None:
    """The address of a private Valkey, or None where no server runs: then a folder and the database serve."""
    program = valkey.find_server()
    if program is None:
        return None
    path = valkey.socket_in(launch.data_dir)
    with launch.uninterrupted():
        launch.valkey = valkey.start_server(program, socket_path=path, log=launch.log_of("valkey"))
    if not valkey.wait_until_it_answers(launch.valkey, path):
        raise CannotStart(f"{program} does not start; see {launch.log_of('valkey')}")
    return f"unix://{path}?db=0"


def _write_marker(launch: Launch, *, running: bool) -> None:
    """Let every other command find this demo: how it is reached, and Valkey's address while it runs."""
    names = ["PORT", "ISSUER_URL", *(["REDIS_URL"] if running else [])]
    lines = [f"{name}={os.environ[name]}\n" for name in names if os.environ.get(name)]
    (launch.data_dir / "embedded").write_text("".join(lines))


def _end(launch: Launch) -> None:
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
    stop(launch.children)
    stop([launch.valkey] if launch.valkey else [])  # last: the others say goodbye to it
    with suppress(OSError):
        _write_marker(launch, running=False)


def _number(what: str, text: str, highest: int) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise CannotStart(f"{what} must be a number from 1 to {highest}, not {text!r}")
    return int(text)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CannotStart(message)
