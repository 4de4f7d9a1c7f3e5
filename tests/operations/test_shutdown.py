"""SIGTERM: what is under way ends well, nothing new begins, and no mail is lost or sent twice."""

import threading
import time

import pytest
import requests

from tests.operations.production_house import HOST, Browser, ProductionHouse


def test_a_request_in_flight_is_answered_and_no_new_one_is_taken(production: ProductionHouse):
    web = production.start_web()
    answers: list[int] = []

    def ask() -> None:
        # Discovery of keys reads the key ring's table, which the test holds.
        answers.append(requests.get(f"{production.address}/oauth/jwks", headers={"Host": HOST}, timeout=30).status_code)

    with production.connect() as connection:
        connection.execute("LOCK TABLE keyring_signingkey IN ACCESS EXCLUSIVE MODE")
        slow = threading.Thread(target=ask)
        slow.start()
        time.sleep(1)
        web.terminate()
        time.sleep(1)
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{production.address}/livez", timeout=3)
        assert web.process.poll() is None, "it waits for the request in flight"
        connection.rollback()
    slow.join(timeout=30)
    assert answers == [200]
    assert web.process.wait(timeout=30) == 0


def test_a_mail_being_sent_is_sent_once_when_its_worker_is_told_to_stop(production: ProductionHouse):
    production.start_web()
    worker = production.start_worker()
    mail = production.mail
    mail.slowly, mail.letters[:] = 3.0, []
    mail.begun.clear()
    ben = Browser(production)
    form = ben.open("/accounts/signup/").form("email", "password1")
    ben.submit(form, email="ben@example.com", password1="over the hills and far away")
    assert mail.begun.wait(timeout=90), worker.log.read_text()

    worker.terminate()
    assert worker.process.wait(timeout=30) == 0
    assert production.query("SELECT count(*) FROM notifications_message WHERE sent_at IS NOT NULL") == [(1,)]

    mail.slowly = 0.0
    second = production.start_worker()
    told = production.manage("shell", "-v0", "-c", "from notifications.tasks import send_waiting as s; s.delay()")
    assert told.returncode == 0, told.stderr
    deadline = time.monotonic() + 30
    while "send_waiting" not in second.log.read_text():
        assert time.monotonic() < deadline, second.log.read_text()
        time.sleep(0.1)
    assert len(mail.letters) == 1


def test_a_mail_whose_worker_was_killed_is_sent_when_its_lease_is_over(production: ProductionHouse):
    production.query("UPDATE notifications_message SET sent_at = now() WHERE sent_at IS NULL RETURNING 1")
    production.start_web()
    worker = production.start_worker()
    mail = production.mail
    mail.slowly, mail.letters[:] = 20.0, []
    mail.begun.clear()
    eve = Browser(production)
    form = eve.open("/accounts/signup/").form("email", "password1")
    eve.submit(form, email="eve@example.com", password1="over the hills and far away")
    assert mail.begun.wait(timeout=90), worker.log.read_text()
    worker.process.kill()
    worker.process.wait()

    left = "SELECT count(*) FROM notifications_message WHERE sent_at IS NULL AND next_attempt_at > now()"
    assert production.query(left) == [(1,)], "leased: nobody else takes it for a minute"
    mail.slowly, mail.letters[:] = 0.0, []
    production.query("UPDATE notifications_message SET next_attempt_at = now() WHERE sent_at IS NULL RETURNING 1")
    production.start_worker()
    production.manage("shell", "-v0", "-c", "from notifications.tasks import send_waiting as s; s.delay()")
    assert "eve@example.com" in mail.wait_for("eve@example.com")
