"""Messages are kept encrypted, sent after the commit, tried again, given up, and wiped."""

import smtplib
import socketserver
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from celery import current_app
from django.core import mail
from django.db import transaction
from kombu.exceptions import OperationalError

from audit.models import Event
from kit.refusal import MalformedInput
from kit.unit_of_work import deed
from notifications import services
from notifications.errors import TransportFailed
from notifications.flows.delivery import send_waiting
from notifications.models import Message
from notifications.queries import count_waiting, list_messages
from notifications.rules import MAX_ATTEMPTS
from notifications.tasks import send_waiting as task
from notifications.transports import TRANSPORTS, smtp
from notifications.types import Letter

LETTER = Letter(ref="msg_1", to="ana@example.com", subject="Hello", body="Your code", sender_host="localhost")


def write(call, **changes) -> str:
    values = {"to": "ana@example.com", "subject": "Your code", "body": "ABCD-1234", "call": call}
    return services.send_mail(**(values | changes))


def _row() -> tuple:
    return Message.objects.values_list()[0]


@pytest.fixture
def production(settings):
    settings.MODE = "production"
    settings.EMAIL_TRANSPORT = "smtp"


@pytest.fixture
def failing(monkeypatch):
    """A transport that refuses everything, and how."""

    def _failing(failure: TransportFailed) -> None:
        def refuse(letter: Letter) -> None:
            raise failure

        monkeypatch.setitem(TRANSPORTS, "outbox_page", refuse)

    return _failing


@pytest.mark.django_db
def test_nothing_of_a_message_can_be_read_in_the_table(call):
    write(call)
    row = b" ".join(bytes(each) if isinstance(each, bytes | memoryview) else str(each).encode() for each in _row())
    assert b"ana" not in row
    assert b"ABCD" not in row
    [entry] = list_messages()
    assert (entry.to, entry.subject, entry.body) == ("ana@example.com", "Your code", "ABCD-1234")


@pytest.mark.django_db
def test_a_ciphertext_copied_to_another_message_does_not_open_there(call):
    write(call)
    write(call, to="ben@example.com")
    ana, ben = Message.objects.all()
    Message.objects.filter(pk=ben.pk).update(content=ana.content)
    assert send_waiting(call=call, limit=5) == 2
    ben.refresh_from_db()
    assert (ben.last_error, ben.failed_at) == ("unreadable", call.now)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "bad",
    [
        {"to": "a@b\nBcc: ben@example.com"},
        {"to": "ana"},
        {"subject": "Hi\r\nBcc: ben@example.com"},
        {"headers": {"List-Unsubscribe": "<https://x>\r\nBcc: ben@example.com"}},
        {"headers": {"Bcc": "ben@example.com"}},
        {"headers": {"List-Unsubscribe": "<https://x/" + "y" * 3000 + ">"}},
    ],
)
def test_what_would_break_out_of_a_header_is_refused(call, bad):
    with pytest.raises(MalformedInput):
        write(call, **bad)
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_a_mail_of_a_list_carries_how_to_leave_it_by_one_click(call, settings):
    settings.EMAIL_TRANSPORT = "smtp"
    headers = {"List-Unsubscribe": "<https://x.example/u>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    write(call, headers=headers)
    assert send_waiting(call=call, limit=1) == 1
    (sent,) = mail.outbox
    assert {name: sent.message()[name] for name in headers} == headers


@pytest.mark.django_db(transaction=True)
def test_a_message_of_a_deed_that_failed_was_never_written(call):
    @deed
    def fail() -> None:
        write(call)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not Message.objects.exists()


@pytest.fixture(autouse=True)
def the_bell_is_whole(monkeypatch):
    """Nobody waits because a test before this one found the broker away."""
    monkeypatch.setattr("kit.doorbell._Broken.until", 0.0)


@pytest.mark.django_db
def test_the_worker_is_rung_after_the_commit(call, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **options: rung.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        write(call)
        assert rung == []
    assert rung == [task.name]


@pytest.mark.django_db
@pytest.mark.parametrize("failure", [OperationalError("no broker"), ConnectionRefusedError()])
def test_a_broker_that_is_down_does_not_fail_the_deed(call, monkeypatch, django_capture_on_commit_callbacks, failure):
    def refuse(name, **options):
        raise failure

    monkeypatch.setattr(current_app, "send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        write(call)
    assert count_waiting() == 1


@pytest.mark.django_db
def test_the_demo_keeps_what_it_sent_to_show_it_and_nothing_leaves(call):
    write(call)
    assert task() == 1
    [entry] = list_messages()
    assert entry.sent_at is not None
    assert entry.body == "ABCD-1234"
    assert mail.outbox == []
    assert count_waiting() == 0


@pytest.mark.django_db
def test_production_sends_and_wipes(call, production):
    ref = write(call)
    assert send_waiting(call=call) == 1
    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["ana@example.com"], "Your code", "ABCD-1234")
    assert sent.extra_headers["Message-ID"] == f"<{ref}@localhost>"
    message = Message.objects.get()
    assert (message.recipient, message.content) == (None, None)
    assert list_messages() == []


@pytest.mark.django_db
def test_an_observation_names_nobody(call):
    ref = write(call)
    send_waiting(call=call)
    event = Event.objects.get(type="notification.sent")
    assert event.payload["message"] == ref
    assert event.subject == ""
    assert "ana" not in str(event.payload)


@pytest.mark.django_db
def test_a_failure_that_will_pass_is_tried_again_later(call, failing):
    failing(TransportFailed("unreachable"))
    write(call)
    assert send_waiting(call=call, limit=5) == 1
    message = Message.objects.get()
    assert (message.attempts, message.last_error, message.failed_at) == (1, "unreachable", None)
    assert timedelta(seconds=5) <= message.next_attempt_at - call.now <= timedelta(seconds=10)
    assert send_waiting(call=call) == 0
    assert send_waiting(call=replace(call, now=call.now + timedelta(seconds=11))) == 1


@pytest.mark.django_db
def test_a_lasting_failure_is_given_up_at_once(call, failing):
    failing(TransportFailed("recipient_refused", lasting=True))
    write(call)
    send_waiting(call=call)
    assert Message.objects.get().failed_at == call.now
    event = Event.objects.get(type="notification.failed")
    assert (event.payload["error"], event.payload["attempts"]) == ("recipient_refused", 1)


@pytest.mark.django_db
def test_after_the_last_attempt_a_message_is_given_up_and_wiped(call, failing, settings):
    failing(TransportFailed("timed_out"))
    write(call)
    settings.MODE = "production"
    settings.EMAIL_TRANSPORT = "outbox_page"
    now = call.now
    for _ in range(MAX_ATTEMPTS):
        assert send_waiting(call=replace(call, now=now)) == 1
        now += timedelta(hours=2)
    message = Message.objects.get()
    assert (message.attempts, message.content) == (MAX_ATTEMPTS, None)
    assert message.failed_at is not None
    assert send_waiting(call=replace(call, now=now)) == 0
    assert Event.objects.filter(type="notification.failed").count() == 1


@pytest.mark.django_db
def test_a_message_of_a_worker_that_died_comes_back_when_its_lease_is_over(call):
    write(call)
    assert services.lease_message(until=call.now + timedelta(seconds=60), call=call)
    assert send_waiting(call=call) == 0
    assert send_waiting(call=replace(call, now=call.now + timedelta(seconds=61))) == 1


@pytest.mark.django_db
def test_an_end_is_written_once(call):
    ref = write(call)
    services.note_sent(ref=ref, call=call)
    services.note_sent(ref=ref, call=call)
    services.note_failure(ref=ref, failure=TransportFailed("late", lasting=True), call=call)
    assert Event.objects.filter(type__startswith="notification.").count() == 1


@pytest.mark.django_db
def test_a_forgotten_recipient_leaves_no_message(call):
    write(call)
    write(call, to="ben@example.com")
    assert services.forget_recipient(to="ANA@example.com", call=call) == 1
    assert [entry.to for entry in list_messages()] == ["ben@example.com"]
    assert services.forget_recipient(to="ana@example.com", call=call) == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_message_once(call, monkeypatch):
    refs = {write(call, body=str(number)) for number in range(30)}
    delivered: list[str] = []
    monkeypatch.setitem(TRANSPORTS, "outbox_page", lambda letter: delivered.append(letter.ref))
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        try:
            while send_waiting(call=call):
                pass
        finally:
            transaction.get_connection().close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(delivered) == sorted(refs)
    assert Message.objects.filter(attempts=1, sent_at__isnull=False).count() == 30


class _MailServer(socketserver.ThreadingTCPServer):
    """A mail server that answers every recipient alike."""

    daemon_threads = True
    answer = b"250 ok\r\n"


class _Conversation(socketserver.StreamRequestHandler):
    server: _MailServer

    def handle(self) -> None:
        self.wfile.write(b"220 hello\r\n")
        while line := self.rfile.readline().upper():
            if line.startswith(b"RCPT"):
                self.wfile.write(self.server.answer)
            elif line.startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() != b".\r\n":
                    pass
                self.wfile.write(b"250 taken\r\n")
            elif line.startswith(b"QUIT"):
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


@pytest.fixture
def mail_server(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with _MailServer(("127.0.0.1", 0), _Conversation) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("answer", "code", "lasting"),
    [(b"550 no such person\r\n", "recipient_refused", True), (b"451 come back later\r\n", "recipient_refused", False)],
)
def test_a_mail_servers_answer_says_whether_to_try_again(mail_server, answer, code, lasting):
    mail_server.answer = answer
    with pytest.raises(TransportFailed) as caught:
        smtp.deliver(LETTER)
    assert (caught.value.code, caught.value.lasting) == (code, lasting)


def test_a_mail_server_takes_a_mail(mail_server):
    smtp.deliver(LETTER)


def test_an_unreachable_mail_server_is_tried_again(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(TransportFailed) as caught:
        smtp.deliver(LETTER)
    assert (caught.value.code, caught.value.lasting) == ("unreachable", False)


@pytest.mark.parametrize(
    ("error", "code", "lasting"),
    [
        (smtplib.SMTPAuthenticationError(535, b"no"), "not_authenticated", False),
        (smtplib.SMTPDataError(554, b"spam"), "refused", True),
        (smtplib.SMTPSenderRefused(421, b"busy", "x"), "refused", False),
        (smtplib.SMTPServerDisconnected(), "unreachable", False),
        (TimeoutError(), "timed_out", False),
        (ValueError("header"), "malformed", True),
    ],
)
def test_every_way_to_fail_has_a_code(monkeypatch, error, code, lasting):
    def fail(message):
        raise error

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    with pytest.raises(TransportFailed) as caught:
        smtp.deliver(LETTER)
    assert (caught.value.code, caught.value.lasting) == (code, lasting)
