"""What comes back over a line: whole answers in time and in size, from the one who proved the name."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kit import fetch as way_out
from kit.fetch import FetchFailed, FetchSession, fetch

Answerer = Callable[[socket.socket, bytes], None]


@pytest.fixture(autouse=True)
def _loopback(settings):
    settings.FETCH_ALLOW_LOOPBACK = True


@contextlib.contextmanager
def listener(answer: Answerer, *, tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A server on loopback that reads one request head per connection and lets `answer` do the rest."""
    heads: list[bytes] = []
    stop = threading.Event()

    def serve(server: socket.socket) -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                line, _ = server.accept()
                threading.Thread(target=handle, args=(line,), daemon=True).start()

    def handle(line: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as closing:
            line = closing.enter_context(tls.wrap_socket(line, server_side=True) if tls else line)
            head = b""
            while b"\r\n\r\n" not in head and (piece := line.recv(4096)):
                head += piece
            heads.append(head)
            answer(line, head)

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1], heads
        finally:
            stop.set()
            thread.join()


def say(text: bytes) -> Answerer:
    return lambda line, _: line.sendall(text)


def ok(body: bytes, *headers: bytes) -> bytes:
    head = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def test_an_answer_comes_back_with_status_headers_and_body():
    with listener(say(ok(b'{"a": 1}', b"Content-Type: application/json", b"X-Two: 2"))) as (port, heads):
        answer = fetch(f"http://127.0.0.1:{port}/a?b=c", headers={"X-Mine": "1", "Host": "evil.example"})
    assert (answer.status, answer.json(), answer.headers["x-two"]) == (200, {"a": 1}, "2")
    assert heads[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")
    assert b"Host: 127.0.0.1:%d\r\n" % port in heads[0]
    assert b"evil.example" not in heads[0]
    assert b"X-Mine: 1\r\n" in heads[0]


def test_a_body_is_sent_whole():
    received = []

    def answer(line: socket.socket, head: bytes) -> None:
        body = head.partition(b"\r\n\r\n")[2]
        while len(body) < 5000:
            body += line.recv(4096)
        received.append(body)
        line.sendall(ok(b""))

    with listener(answer) as (port, _):
        assert fetch(f"http://127.0.0.1:{port}/", "POST", body=b"x" * 5000).is_success
    assert received == [b"x" * 5000]


@pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/1.1"])
def test_a_body_that_comes_after_its_head_is_read(version: bytes):
    def answer(line: socket.socket, _: bytes) -> None:
        line.sendall(version + b" 200 OK\r\nConnection: close\r\n\r\n")
        time.sleep(0.1)
        line.sendall(b"late")
        line.close()

    with listener(answer) as (port, _):
        assert fetch(f"http://127.0.0.1:{port}/").body == b"late"


def test_a_redirect_is_not_followed():
    away = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    with listener(say(away)) as (port, heads):
        answer = fetch(f"http://127.0.0.1:{port}/")
        with FetchSession() as session, pytest.raises(requests.TooManyRedirects):
            session.get(f"http://127.0.0.1:{port}/")
    assert answer.status == 302
    assert len(heads) == 2


@pytest.mark.parametrize(
    "drip",
    [
        lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        lambda line: line.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxx\r\n"),
        lambda line: line.sendall(b"HTTP/1.1 100 Continue\r\n\r\n"),
        lambda line: None,
    ],
    ids=["body", "header", "chunk", "continue", "nothing"],
)
def test_an_answer_that_drips_ends_with_the_time_for_everything(drip):
    def answer(line: socket.socket, _: bytes) -> None:
        drip(line)
        for _each in range(100):
            line.sendall(b"x")
            time.sleep(0.05)

    with listener(answer) as (port, _):
        began = time.monotonic()
        with pytest.raises(FetchFailed):
            fetch(f"http://127.0.0.1:{port}/", seconds=0.5)
    assert time.monotonic() - began < 1.5


def test_a_resolver_that_does_not_answer_ends_with_the_time_for_everything(monkeypatch):
    def resolve(host: str, port: int) -> list[str]:
        time.sleep(3)
        return ["8.8.8.8"]

    monkeypatch.setattr(way_out, "resolve", resolve)
    began = time.monotonic()
    with pytest.raises(FetchFailed, match="could not be resolved"):
        fetch("https://id.example.com/", seconds=0.3)
    assert time.monotonic() - began < 1.0


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5f5e100\r\n",
    ],
    ids=["announced", "endless", "chunked"],
)
def test_a_gigantic_answer_is_left_after_the_cap(head: bytes):
    sent = []

    def answer(line: socket.socket, _: bytes) -> None:
        line.sendall(head)
        with contextlib.suppress(OSError):
            for _each in range(1000):
                line.sendall(b"x" * 100_000)
                sent.append(1)

    with listener(answer) as (port, _), pytest.raises(FetchFailed):
        fetch(f"http://127.0.0.1:{port}/", max_bytes=100_000)
    assert len(sent) < 500


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ok(b"\x1f\x8b", b"Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
    ids=["nothing", "no http", "broken off", "broken chunk", "encoded", "many headers", "long header"],
)
def test_an_answer_that_is_not_one_fails_and_never_raises_anything_else(answer: bytes):
    with listener(say(answer)) as (port, _):
        with pytest.raises(FetchFailed):
            fetch(f"http://127.0.0.1:{port}/", seconds=2)
        with FetchSession(seconds=2) as session, pytest.raises(requests.RequestException):
            session.get(f"http://127.0.0.1:{port}/").json()


def test_what_is_not_json_fails_as_an_answer():
    for body in (b"", b"<html>", b"\xff", b"[" * 100_000):
        with listener(say(ok(body))) as (port, _), pytest.raises(FetchFailed):
            fetch(f"http://127.0.0.1:{port}/").json()


def test_a_header_cannot_be_split():
    with listener(say(ok(b""))) as (port, heads), pytest.raises(FetchFailed):
        fetch(f"http://127.0.0.1:{port}/", headers={"X-Mine": "1\r\nX-Yours: 2"})
    assert all(b"X-Yours" not in head for head in heads)


def test_proxies_and_passwords_of_the_environment_are_not_used(monkeypatch, tmp_path: Path):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with listener(say(ok(b"x"))) as (port, heads), FetchSession() as session:
        assert fetch(f"http://127.0.0.1:{port}/").body == b"x"
        assert session.get(f"http://127.0.0.1:{port}/").text == "x"
    assert all(b"Authorization" not in head for head in heads)


def test_a_library_that_speaks_requests_posts_forms_and_reads_json():
    with listener(say(ok(b'{"b": 2}', b"Content-Type: application/json"))) as (port, heads), FetchSession() as session:
        answer = session.post(f"http://127.0.0.1:{port}/token", data={"a": "1"}, auth=("id", "secret"))
    assert answer.json() == {"b": 2}
    assert b"Authorization: Basic aWQ6c2VjcmV0\r\n" in heads[0]
    assert b"Accept-Encoding: identity\r\n" in heads[0]


# --- TLS ------------------------------------------------------------------------------------------------------


def certificate(directory: Path, name: str) -> tuple[ssl.SSLContext, str]:
    """A server's TLS context for a self-signed name, and the file that makes it trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, str(path)


@pytest.fixture
def trusting(monkeypatch):
    """Let `kit.fetch` trust the authority in a file, as a system store would."""

    def trust(path: str) -> None:
        context = ssl.create_default_context(cafile=path)
        monkeypatch.setattr(way_out, "tls_context", lambda: context)

    return trust


def test_the_certificate_is_checked_against_the_name_and_the_name_is_sent(tmp_path, trusting, monkeypatch):
    server, authority = certificate(tmp_path, "id.example.com")
    trusting(authority)
    asked: list[str | None] = []
    server.sni_callback = lambda line, name, context: asked.append(name)
    monkeypatch.setattr(way_out, "resolve", lambda host, port: ["127.0.0.1"])
    with listener(say(ok(b"safe")), tls=server) as (port, heads):
        assert fetch(f"https://id.example.com:{port}/").body == b"safe"
    assert asked == ["id.example.com"]
    assert b"Host: id.example.com:%d\r\n" % port in heads[0]


def test_a_certificate_for_another_name_is_refused(tmp_path, trusting, monkeypatch):
    server, authority = certificate(tmp_path, "other.example.com")
    trusting(authority)
    monkeypatch.setattr(way_out, "resolve", lambda host, port: ["127.0.0.1"])
    with listener(say(ok(b"safe")), tls=server) as (port, heads), pytest.raises(FetchFailed):
        fetch(f"https://id.example.com:{port}/", seconds=2)
    assert heads == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path, monkeypatch):
    server, _ = certificate(tmp_path, "id.example.com")
    monkeypatch.setattr(way_out, "resolve", lambda host, port: ["127.0.0.1"])
    with listener(say(ok(b"safe")), tls=server) as (port, heads), pytest.raises(FetchFailed):
        fetch(f"https://id.example.com:{port}/", seconds=2)
    assert heads == []


def test_the_next_address_is_tried_when_one_does_not_answer(monkeypatch):
    monkeypatch.setattr(way_out, "resolve", lambda host, port: ["127.9.9.9", "127.0.0.1"])
    with listener(say(ok(b"here"))) as (port, _):
        assert fetch(f"http://localhost:{port}/").body == b"here"
