"""The sample of a connected system: nobody else is believed, nothing is done twice, and nothing old overwrites new."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from standardwebhooks import Webhook

SECRET = "whsec_" + "QUJD" * 10
OLD = "whsec_" + "REVG" * 10


@pytest.fixture
def crm(tmp_path: Any, monkeypatch: Any) -> FlaskClient:
    monkeypatch.setenv("SYSTEM_SECRETS", f"{SECRET} {OLD}")
    monkeypatch.setenv("SYSTEM_DATABASE", str(tmp_path / "crm.sqlite3"))
    monkeypatch.setenv("SYSTEM_URL", "http://localhost:8007")
    monkeypatch.setenv("OIDC_ISSUER", "http://localhost:8000")
    from examples.connected_system import ConnectedSystem

    def keep(event: dict[str, Any], known: dict[str, Any]) -> dict[str, Any] | None:
        return None if event["type"] == "account.erased" else known | event["data"].get("attributes", {})

    return ConnectedSystem("crm", "examples.crm.app", keep).test_client()


def send(crm: FlaskClient, path: str, body: Any, *, id: str = "evt_1", secret: str = SECRET, late: int = 0) -> Any:
    data = json.dumps(body)
    now = datetime.now(UTC)
    stamp = now.replace(year=now.year - 1) if late else now
    headers = {
        "webhook-id": id,
        "webhook-timestamp": str(int(stamp.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, stamp, data),
    }
    return crm.post(path, data=data, headers=headers)


def change(sequence: int, name: str = "Ana", type: str = "profile.changed") -> dict[str, Any]:
    return {"type": type, "subject": "sub_ana", "data": {"sequence": sequence, "attributes": {"name": name}}}


def known(crm: FlaskClient) -> Any:
    return send(crm, "/digest", {}, id="dig_1").json["subjects"]


def test_a_change_is_done_once_and_the_answer_says_so(crm: FlaskClient) -> None:
    first = send(crm, "/hooks", change(3))
    assert (first.json["applied"], first.json["did"]) == (True, "applied")
    again = send(crm, "/hooks", change(3))
    assert (again.status_code, again.json["did"]) == (200, "heard before")
    assert "Ana" in crm.get("/").text


def test_an_older_change_never_overwrites_a_newer_one(crm: FlaskClient) -> None:
    send(crm, "/hooks", change(5, "New"), id="evt_5")
    late = send(crm, "/hooks", change(4, "Old"), id="evt_4")
    assert late.json["did"] == "superseded"
    assert "New" in crm.get("/").text
    assert "Old" not in crm.get("/").text
    assert [each["sequence"] for each in known(crm)] == [5]


def test_its_page_shows_people_as_they_are_called_and_canaries_behind_them(crm: FlaskClient) -> None:
    hostile = "<script>alert(1)</script>\u202e" + "W" * 10_000
    send(crm, "/hooks", change(1, hostile))
    bird = {"name": "Canary", "email": "x@canary.invalid"}
    body = {"type": "profile.changed", "subject": "sub_nobody", "data": {"sequence": 1, "attributes": bird}}
    send(crm, "/hooks", body, id="evt_2")
    page = crm.get("/").text
    assert "<script>alert" not in page
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;\u202e" in page, "it turns no letter but its own"
    assert page.index("&lt;script&gt;") < page.index("Canary")
    assert "A canary: nobody" in page


def test_nobody_who_was_erased_comes_back(crm: FlaskClient) -> None:
    send(crm, "/hooks", change(5, "Ana Willow"), id="evt_5")
    send(crm, "/hooks", change(7, type="account.erased"), id="evt_7")
    send(crm, "/hooks", change(6, "Ana Willow"), id="evt_6")
    assert "Ana Willow" not in crm.get("/").text


@pytest.mark.parametrize("path", ["/hooks", "/digest"])
def test_nobody_else_is_believed(crm: FlaskClient, path: str) -> None:
    stranger = "whsec_" + "eHh4" * 10
    assert send(crm, path, change(1), secret=stranger).status_code == 401
    assert send(crm, path, change(1), late=1).status_code == 401
    assert crm.post(path, json=change(1)).status_code == 401
    headers = {"webhook-id": "a", "webhook-timestamp": "soon", "webhook-signature": "v1,???"}
    assert crm.post(path, json=change(1), headers=headers).status_code == 401
    assert known(crm) == []


def test_while_a_secret_is_exchanged_the_old_one_counts_too(crm: FlaskClient) -> None:
    assert send(crm, "/hooks", change(1), secret=OLD).status_code == 200


def test_a_new_secret_is_learned_by_who_runs_it_and_nobody_else(crm: FlaskClient) -> None:
    new = "whsec_" + "R0hJ" * 10
    token = crm.application.form_token  # type: ignore[attr-defined]
    assert send(crm, "/hooks", change(1), secret=new).status_code == 401
    assert crm.post("/secret", data={"secret": new}).status_code == 403
    assert crm.post("/secret", data={"secret": "nonsense", "token": token}).status_code == 400
    assert crm.post("/secret", data={"secret": new, "token": token}).status_code == 303
    assert send(crm, "/hooks", change(1), secret=new).status_code == 200
    assert send(crm, "/hooks", change(2), secret=SECRET, id="evt_2").status_code == 200, "while it is exchanged"
    assert new not in crm.get("/").text


def test_a_verification_is_answered_and_changes_nothing(crm: FlaskClient) -> None:
    answer = send(crm, "/hooks", {"type": "throughline.verification", "data": {"system": "crm"}})
    assert answer.json == {"applied": True, "system": "crm"}
    assert known(crm) == []


def test_a_digest_says_what_is_here_of_some_or_in_steps(crm: FlaskClient) -> None:
    for number in range(5):
        event = change(1) | {"subject": f"sub_{number}"}
        send(crm, "/hooks", event, id=f"evt_{number}")
    assert [each["subject"] for each in known(crm)] == [f"sub_{number}" for number in range(5)]
    step = send(crm, "/digest", {"after": "sub_1", "limit": 2}, id="dig_2").json["subjects"]
    assert [each["subject"] for each in step] == ["sub_2", "sub_3"]
    some = send(crm, "/digest", {"subjects": ["sub_4", "nobody"]}, id="dig_3").json["subjects"]
    assert [each["subject"] for each in some] == ["sub_4"]
