"""The load: a few keep-alive connections in one thread, each with its own chain of requests.

A chain is a generator that yields requests and is sent the answers; it checks each answer and reports each finished
operation to a `Tally`. Raw sockets and epoll rather than an HTTP library, because the generator shares its core with
the database and must not be what is measured: it costs about 20 µs a request.
"""

import select
import socket
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")
Chain = Generator[bytes, "Answer", None]


class WrongAnswer(Exception):
    """An answer that is not the one a correct server gives; the round does not count."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        """The first header of that name, or an empty string."""
        wanted = name.lower().encode() + b":"
        for line in self.head.split(b"\r\n")[1:]:
            if line[: len(wanted)].lower() == wanted:
                return line[len(wanted) :].strip().decode("latin-1")
        return ""

    def cookies(self) -> dict[str, str]:
        """The cookies that are set, without their attributes."""
        pairs = [line[11:].split(b";")[0] for line in self.head.split(b"\r\n") if line[:11].lower() == b"set-cookie:"]
        split = [pair.strip().decode("latin-1").partition("=") for pair in pairs]
        return {name: value for name, _, value in split}

    def expect(self, status: int, *pieces: bytes) -> "Answer":
        """Refuse any other status, or a body without these pieces."""
        if self.status != status or any(piece not in self.body for piece in pieces):
            found = f"{self.status} {self.head!r:.600} {self.body!r:.300}"
            raise WrongAnswer(f"expected {status} with {pieces!r}, got {found}")
        return self


@dataclass(slots=True)
class Tally:
    """What was measured in one round: seconds of each operation that began and ended inside the window."""

    begins_at: float = 0.0
    ends_at: float = float("inf")
    seconds: list[float] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)

    def done(self, began: float) -> bool:
        """Count an operation that began at `began` (perf_counter) and has just succeeded.

        True for one in about a hundred, whose answer the chain should look at more closely.
        """
        now = time.perf_counter()
        if began < self.begins_at or now > self.ends_at:
            return False
        self.seconds.append(now - began)
        return len(self.seconds) % 128 == 1


class _Connection:
    __slots__ = ("buffer", "chain", "socket")

    def __init__(self, address: tuple[str, int], chain: Generator[bytes, Answer, Any]) -> None:
        self.socket = socket.create_connection(address, timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.chain = chain
        self.socket.sendall(next(chain))

    def read(self) -> Answer | None:
        """The next whole answer, or None while more must arrive."""
        piece = self.socket.recv(65536)
        if not piece:
            raise WrongAnswer("the server closed a connection")
        self.buffer += piece
        return self._take()

    def _take(self) -> Answer | None:
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.buffer[:end]
        lowered = head.lower()
        if (at := lowered.find(b"\r\ncontent-length:")) >= 0:
            length = int(lowered[at + 17 :].split(b"\r\n", 1)[0])
            if len(self.buffer) < end + 4 + length:
                return None
            body, self.buffer = self.buffer[end + 4 : end + 4 + length], self.buffer[end + 4 + length :]
            return Answer(int(head[9:12]), head, body)
        if b"transfer-encoding: chunked" in lowered:
            return self._take_chunks(head, self.buffer[end + 4 :])
        if int(head[9:12]) in (204, 304):
            self.buffer = self.buffer[end + 4 :]
            return Answer(int(head[9:12]), head, b"")
        raise WrongAnswer(f"an answer without a length: {head!r}")

    def _take_chunks(self, head: bytes, rest: bytes) -> Answer | None:
        body = b""
        while b"\r\n" in rest:
            size, _, rest = rest.partition(b"\r\n")
            length = int(size.split(b";")[0], 16)
            if len(rest) < length + 2:
                return None
            body, rest = body + rest[:length], rest[length + 2 :]
            if length == 0:
                self.buffer = rest
                return Answer(int(head[9:12]), head, body)
        return None


def run(
    address: tuple[str, int],
    chains: list[Chain],
    tally: Tally,
    *,
    seconds: float,
    warm_up: float,
    also: Sequence[Tally] = (),
    at_begin: Callable[[], None] = lambda: None,
    at_end: Callable[[], None] = lambda: None,
) -> float:
    """Drive all chains for `warm_up` and then `seconds`; only what lies in the latter counts. Returns its length.

    `also` are further tallies of the same window; `at_begin` and `at_end` are called at its edges. Raises WrongAnswer.
    """
    by_number = {each.socket.fileno(): each for each in (_Connection(address, chain) for chain in chains)}
    poll = _poll(by_number)
    started = time.perf_counter()
    tally.begins_at, tally.ends_at = started + warm_up, started + warm_up + seconds
    has_begun = False
    try:
        while (now := time.perf_counter()) < tally.ends_at:
            if not has_begun and now >= tally.begins_at:
                has_begun = True
                at_begin()
                tally.begins_at = time.perf_counter()
                tally.ends_at = tally.begins_at + seconds
                for other in also:
                    other.begins_at, other.ends_at = tally.begins_at, tally.ends_at
            for number, _ in poll.poll(0.05):
                connection = by_number[number]
                if (answer := connection.read()) is not None:
                    connection.socket.sendall(connection.chain.send(answer))
        at_end()
    finally:
        poll.close()
        for connection in by_number.values():
            connection.socket.close()
    return tally.ends_at - tally.begins_at


def converse(address: tuple[str, int], part: Generator[bytes, Answer, T]) -> T:
    """Go through one chain that ends, alone on a connection of its own; what it returns. Raises WrongAnswer."""
    connection = _Connection(address, part)
    try:
        while True:
            while (answer := connection.read()) is None:
                pass
            connection.socket.sendall(part.send(answer))
    except StopIteration as end:
        found: T = end.value
        return found
    finally:
        connection.socket.close()


def _poll(numbers: Iterable[int]) -> select.epoll:
    poll = select.epoll()
    for number in numbers:
        poll.register(number, select.EPOLLIN)
    return poll
