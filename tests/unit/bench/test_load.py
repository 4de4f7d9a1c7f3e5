"""The load generator: whole answers only, every answer checked, nothing counted outside the window."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from bench import load
from bench.load import Answer, Tally, WrongAnswer

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=1; Path=/\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"


class Server:
    """A server that gives one answer to every request, a piece at a time."""

    def __init__(self, answer: bytes, piece: int) -> None:
        self.pieces = [answer[at : at + piece] for at in range(0, len(answer), piece)]
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = ("127.0.0.1", self.listener.getsockname()[1])
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with suppress(OSError):  # closed by the fixture
            while True:
                threading.Thread(target=self.talk, args=(self.listener.accept()[0],), daemon=True).start()

    def talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while connection.recv(4096):
                for piece in self.pieces:
                    connection.sendall(piece)


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[str, int]]]:
    servers: list[Server] = []

    def start(answer: bytes, piece: int = 10_000) -> tuple[str, int]:
        servers.append(Server(answer, piece))
        return servers[-1].address

    yield start
    for server in servers:
        server.listener.close()


def asking(tally: Tally, seen: list[Answer]) -> load.Chain:
    while True:
        began = time.perf_counter()
        answer = yield b"GET / HTTP/1.1\r\n\r\n"
        seen.append(answer)
        tally.done(began)


@pytest.mark.parametrize("piece", [1, 7, 10_000])
@pytest.mark.parametrize(("raw", "body"), [(PLAIN, b"ok"), (CHUNKED, b"ok"), (EMPTY, b"")])
def test_answers_arrive_whole_however_they_are_cut(serve, raw, body, piece):
    tally, seen = Tally(), list[Answer]()
    load.run(serve(raw, piece), [asking(tally, seen)], tally, seconds=0.1, warm_up=0.0)
    assert seen
    assert {each.body for each in seen} == {body}


def test_only_what_begins_and_ends_in_the_window_counts(serve):
    tally, seen = Tally(), list[Answer]()
    load.run(serve(PLAIN), [asking(tally, seen) for _ in range(2)], tally, seconds=0.1, warm_up=0.1)
    assert 0 < len(tally.seconds) < len(seen)


def test_a_wrong_answer_ends_the_round(serve):
    def checking() -> load.Chain:
        while True:
            (yield b"GET / HTTP/1.1\r\n\r\n").expect(200, b"something else")

    with pytest.raises(WrongAnswer, match="something else"):
        load.run(serve(PLAIN), [checking()], Tally(), seconds=1, warm_up=0)


def test_headers_and_cookies_can_be_read():
    answer = load.Answer(200, PLAIN.partition(b"\r\n\r\n")[0], b"")
    assert answer.header("content-length") == "2"
    assert answer.header("location") == ""
    assert answer.cookies() == {"a": "1"}
