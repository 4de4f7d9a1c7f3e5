"""Production as a person, a client and an operator meet it: a sign-up, tokens, and what the log tells of them."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.operations.production_house import HOST, Browser, ProductionHouse, Server

EMAIL, NAME, PASSWORD = "ana.petrova@example.com", "Ana Petrova", "a long walk by the river 7"
TRACE = "trace-of-this-sign-up"


@dataclass
class Story:
    """A house in which somebody signed up and in and a client asked for tokens; and all that nobody may read."""

    house: ProductionHouse
    web: Server
    worker: Server
    ana: Browser
    secrets: dict[str, str]

    def log(self) -> list[dict[str, Any]]:
        """Every line of every process."""
        return self.web.lines() + self.worker.lines()


@pytest.fixture(scope="module")
def story(production_database: ProductionHouse) -> Iterator[Story]:
    house = production_database
    web, worker = house.start_web(), house.start_worker()
    ana = Browser(house)
    form = ana.open("/accounts/signup/").form("email", "password1")
    page = ana.submit(form, headers={"X-Request-ID": TRACE}, email=EMAIL, password1=PASSWORD, name=NAME)
    code = _code_in(house.mail.wait_for(EMAIL))
    ana.submit(page.form("code"), code="WRNG-CODE")
    ana.submit(ana.page.form("code"), code=code)
    assert ana.go("GET", "/sessions/").status_code == 200
    secrets = {"password": PASSWORD, "code": code, "email": EMAIL, "local part": EMAIL.partition("@")[0], "name": NAME}
    secrets |= _sign_in_elsewhere(house)
    secrets |= _ask_for_tokens(house)
    secrets |= {f"cookie {name}": value for name, value in ana.cookies.items() if value}
    secrets |= {name: house.environment[name] for name in ("SECRET_KEY", "KEY_ENCRYPTION_KEY", "SEAL_SIGNING_KEY")}
    _wait_for(worker, "message sent")
    yield Story(house, web, worker, ana, secrets)
    house.stop_all()


def _code_in(letter: str) -> str:
    found = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", letter)
    assert found, letter
    return found[0]


def _sign_in_elsewhere(house: ProductionHouse) -> dict[str, str]:
    again = Browser(house)
    wrong = "not my password at all 1"
    again.submit(again.open("/accounts/login/").form("login", "password"), login=EMAIL, password=wrong)
    again.submit(again.page.form("login", "password"), login=EMAIL, password=PASSWORD)
    assert again.go("GET", "/sessions/").status_code == 200
    return {"wrong password": wrong}


def _ask_for_tokens(house: ProductionHouse) -> dict[str, str]:
    document = (
        "clients:\n  probe:\n    name: Probe\n    channel: web\n    grant_types: [client_credentials]\n"
        "    scopes: [decisions]\n    default_scopes: [decisions]\n    application_type: web\n"
    )
    path = house.data_dir / "clients.yaml"
    path.write_text(document)
    applied = house.manage("policy", "apply", str(path))
    assert applied.returncode == 0, applied.stderr
    found = re.search(r"[A-Za-z0-9_-]{43}", applied.stdout)
    assert found, applied.stdout
    secret, wrong = found[0], "x" * 20 + "wrong-secret-of-a-client"

    def ask(path: str, password: str, **form: str) -> requests.Response:
        headers = {"Host": HOST}
        return requests.post(f"{house.address}{path}", data=form, auth=("probe", password), headers=headers, timeout=30)

    assert ask("/oauth/token", wrong, grant_type="client_credentials").status_code == 401
    assert ask("/oauth/token", secret, grant_type="authorization_code", code="a-code-nobody-gave").status_code == 400
    answer = ask("/oauth/token", secret, grant_type="client_credentials")
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    assert ask("/oauth/introspect", secret, token=token).status_code == 200
    in_query = f"/oauth/authorize?client_id=probe&state=the-state-of-a-stranger&login_hint={EMAIL}"
    requests.get(f"{house.address}{in_query}", headers={"Host": HOST, "Authorization": f"Bearer {token}"}, timeout=30)
    requests.get(f"{house.address}/nowhere/{EMAIL}", headers={"Host": HOST}, timeout=30)
    requests.get(f"{house.address}/", headers={"Host": "ana.petrova.evil.example"}, timeout=30)
    return {
        "client secret": secret,
        "wrong client secret": wrong,
        "access token": token,
        "code in a request": "a-code-nobody-gave",
        "state": "the-state-of-a-stranger",
    }


def _wait_for(server: Server, words: str) -> None:
    deadline = time.monotonic() + 30
    while words not in server.log.read_text():
        assert time.monotonic() < deadline, server.log.read_text()
        time.sleep(0.1)


def test_no_secret_and_nothing_personal_stands_in_any_log(story: Story):
    logged = story.web.log.read_text() + story.worker.log.read_text()
    assert "request answered" in logged
    assert {what: value for what, value in story.secrets.items() if value in logged} == {}


def test_every_line_is_json_with_time_level_and_logger(story: Story):
    for line in story.log():
        assert {"event", "level", "logger", "timestamp"} <= set(line), line


def test_every_line_about_a_request_or_task_carries_its_trace_id(story: Story):
    rooms = [
        line for line in story.log() if line["logger"].startswith(("config.", "notifications.", "celery.app.trace"))
    ]
    assert rooms
    assert [line for line in rooms if "trace_id" not in line] == []


def test_one_trace_id_links_the_request_the_mail_and_the_journal(story: Story):
    web = [line for line in story.web.lines() if line.get("trace_id") == TRACE]
    assert {"request answered", "message written"} <= {line["event"] for line in web}
    worker = [line for line in story.worker.lines() if line.get("trace_id") == TRACE]
    assert "message sent" in {line["event"] for line in worker}
    assert any(line["event"].startswith("Task notifications.tasks.send_waiting") for line in worker)
    refs = {line["message_ref"] for line in [*web, *worker] if "message_ref" in line}
    assert len(refs) == 1
    journal = story.house.query("SELECT type, payload->>'message' FROM audit_event WHERE trace_id = %s", TRACE)
    assert {"account.created", "notification.sent"} <= {type for type, _ in journal}
    assert [message for type, message in journal if type == "notification.sent"] == list(refs)


def test_a_line_names_client_and_subject_by_their_opaque_ids(story: Story):
    [(sub,)] = story.house.query("SELECT sub FROM accounts_account")
    lines = story.web.lines()
    assert [line for line in lines if line.get("sub") == sub and line.get("route") == "/sessions/"]
    assert [line for line in lines if line.get("client") == "probe" and line.get("route") == "/oauth/token"]


def test_cookies_are_bound_to_this_host_and_closed_to_scripts(story: Story):
    names = {each.partition("=")[0] for each in story.ana.set_cookies}
    assert names == {"__Host-throughline", "__Host-throughline-csrf", "__Host-throughline-device"}
    for each in story.ana.set_cookies:
        attributes = {word.strip().lower() for word in each.split(";")[1:]}
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= attributes, each
        assert not [word for word in attributes if word.startswith("domain")], each


def test_metrics_count_what_happened_over_all_workers(story: Story):
    told = requests.get(f"{story.house.address}/metrics", timeout=10).text
    assert _value(told, 'throughline_tokens_issued_total{grant="client_credentials"}') == 1
    assert _value(told, 'throughline_sign_ins_total{outcome="succeeded"}') == 2
    assert _value(told, 'throughline_sign_ins_total{outcome="failed"}') == 1
    assert _value(told, 'throughline_refusals_total{code="invalid_client"}') == 1
    assert _value(told, 'throughline_journal_events_total{type="account.created"}') == 1
    assert _value(told, 'throughline_http_requests_total{method="POST",route="/oauth/token",status="401"}') == 1
    assert _value(told, "throughline_outbox_waiting ") == 0
    assert "throughline_journal_unsealed " in told


def _value(told: str, name: str) -> float:
    found = [line for line in told.splitlines() if line.startswith(name)]
    assert found, f"{name} is not in {told}"
    return float(found[0].rpartition(" ")[2])


def test_metrics_name_no_person_and_no_client(story: Story):
    told = requests.get(f"{story.house.address}/metrics", timeout=10).text
    assert not re.search(r"acc_|ses_|probe|@", told)


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_metrics_are_closed_to_whoever_comes_through_the_proxy(story: Story, name: str):
    answer = requests.get(f"{story.house.address}/metrics", headers={name: "127.0.0.1"}, timeout=10)
    assert answer.status_code == 404
    assert "throughline" not in answer.text


def test_static_files_are_named_by_content_compressed_and_kept_for_good(story: Story):
    page = Browser(story.house).go("GET", "/accounts/login/").text
    found = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page)
    assert found, page
    answer = story.ana.go("GET", found[1], headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert "max-age=315360000" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"


def test_links_and_metadata_are_https_under_the_issuer_whatever_the_proxy_says(story: Story):
    headers = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example"}
    told = story.ana.go("GET", "/.well-known/openid-configuration", headers=headers).json()
    assert {
        value for value in told.values() if isinstance(value, str) and not value.startswith(f"https://{HOST}")
    } == set()
