"""What others deliver twenty times at once to a gateway of several processes counts once."""

import threading
from typing import Any

import pytest
import requests

from tests.faults.house import House
from tests.streams import RISC, Bank

pytestmark = pytest.mark.faults


def at_once(count: int, act: Any) -> list[Any]:
    """Do something so often at the same time; what came of it."""
    answers: list[Any] = []
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait(30)
        answers.append(act(number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == count
    return answers


def deliver(house: House, key: str, sequence: int, phone: str) -> requests.Response:
    """The demo's CRM delivers one record of ana."""
    client = house.demo.client("crm")
    who = (client["client_id"], client["client_secret"])
    form = {"grant_type": "client_credentials"}
    token = requests.post(f"{house.demo.issuer}/oauth/token", data=form, auth=who, timeout=60).json()["access_token"]
    record = {
        "id": "faults-1",
        "sub": house.demo.demo["customers"]["ana"]["sub"],
        "sequence": sequence,
        "occurred_at": "2026-01-01T00:00:00Z",
        "attributes": {"phone": phone},
    }
    return requests.post(
        f"{house.demo.issuer}/api/feeds/crm/records",
        json={"records": [record]},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
        timeout=60,
    )


def test_the_same_key_twenty_times_at_once_is_one_effect(house):
    [(before,)] = house.query("SELECT count(*) FROM sync_feedbatch")
    answers = at_once(20, lambda _number: deliver(house, "faults-key", 1, "+49 30 1"))
    assert {answer.status_code for answer in answers} == {answers[0].status_code}, [each.text for each in answers]
    assert answers[0].status_code in (200, 201, 202), answers[0].text
    assert len({answer.text for answer in answers}) == 1
    assert house.query("SELECT count(*) FROM sync_feedbatch") == [(before + 1,)]


def test_of_twenty_sequences_at_once_the_highest_stands_and_an_older_one_changes_nothing(house):
    def held() -> str:
        return house.demo.manage(
            "shell",
            "-v0",
            "-c",
            "from resolution.queries import find_record\n"
            "print(find_record(source='crm', external_id='faults-1').current['phone'])",
        )

    answers = at_once(20, lambda number: deliver(house, f"faults-{number}", 100 + number, f"+49 30 {100 + number}"))
    assert all(answer.status_code < 300 for answer in answers), [each.text for each in answers]
    assert "119" in held()
    assert deliver(house, "faults-late", 50, "+49 30 50").status_code < 300
    assert "119" in held()


def test_a_security_event_twenty_times_at_once_counts_once(house):
    bank = Bank(audience=house.demo.issuer)
    house.tell(f"hear_from({bank.issuer!r}, {bank.jwks!r})")
    ana = {
        "format": "iss_sub",
        "iss": house.demo.issuer,
        "sub": house.demo.demo["customers"]["ana"]["sub"],
    }
    token = bank.sign(
        bank.claims(f"{RISC}credential-compromise", ana, {"credential_type": "password"}, jti="faults-jti")
    )
    kind = {"Content-Type": "application/secevent+jwt", "Accept": "application/json"}

    def push(_number: int) -> int:
        return requests.post(f"{house.demo.issuer}/ssf/events", data=token, headers=kind, timeout=60).status_code

    assert set(at_once(20, push)) == {202}
    assert house.query("SELECT count(*) FROM audit_event WHERE type = 'signal.heard'") == [(1,)]
