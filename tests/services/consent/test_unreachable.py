"""While the register, or the whole database, cannot be read nothing is permitted: by no door, and by no memory."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pytest
from django.db import Error, connection, transaction

from assurance.services import decide
from assurance.types import Outcome, Question
from consent.models import EffectiveState, LinkedParty, Purpose
from consent.queries import check, forget_catalog, list_permitting, release
from consent.services import put_purpose, revalidate
from consent.types import Item, Reason
from keyring.queries import forget_keys
from kit import clock
from oauth.queries import forget_clients
from oauth.revocation_list import REVOCATIONS
from tests.actors import claims_of, make_client, make_customer, open_channel, sign_in
from tests.journeys.consent.conftest import Speaker, own_token
from tests.services.consent.conftest import ANA, Register, draft, fill_catalog, unreadable

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite is a file: it is not away"),
]
ITEMS = [Item(ANA, "personalization", "web"), Item(ANA, "analytics", "web"), Item(ANA, "service", "web")]
OFFER = {"offer.personalize": {"class": "personalize"}}
WAYS_IN = ("authorization_code", "client_credentials")


@pytest.fixture
def register(transactional_db, call) -> Register:
    fill_catalog(call)
    return Register(call)


@contextmanager
def database_away() -> Iterator[None]:
    """Nobody listens where the database was."""
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(HOST="127.0.0.1", PORT="1")
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)


OUTAGES: list[Callable[[], AbstractContextManager[None]]] = [
    lambda: unreadable(EffectiveState._meta.db_table),
    lambda: unreadable(LinkedParty._meta.db_table),
    database_away,
]
AWAY = pytest.mark.parametrize("outage", OUTAGES, ids=["states", "links", "everything"])


@AWAY
@pytest.mark.parametrize("remembered", [True, False], ids=["catalog at hand", "catalog to be read"])
def test_everything_is_denied_what_she_permitted_and_what_asks_nobody_too(register, outage, remembered):
    register.choose("grant", "personalization")
    assert [answer.permits for answer in check(ITEMS, clock.now()).answers] == [True] * 3
    with outage():
        if not remembered:
            forget_catalog()
        answers = check(ITEMS, clock.now()).answers
        assert {(answer.permits, answer.reason) for answer in answers} == {(False, Reason.STORE_UNREACHABLE)}
        assert list_permitting(ITEMS, clock.now()) == [False] * 3
        assert release({"name": "Ana"}, purpose="service", party=ANA, now=clock.now()) == {}
    assert [answer.permits for answer in check(ITEMS, clock.now()).answers] == [True] * 3


def test_without_the_catalog_nothing_is_permitted(register):
    with unreadable(Purpose._meta.db_table):
        forget_catalog()
        assert not any(answer.permits for answer in check(ITEMS, clock.now()).answers)


def test_who_acts_in_a_transaction_is_taken_back_as_a_whole(register, call):
    register.choose("grant", "personalization")
    checked = check(ITEMS[:1], clock.now())
    with unreadable(EffectiveState._meta.db_table), pytest.raises(Error), transaction.atomic():
        revalidate(checked=checked, call=call)
    with unreadable(EffectiveState._meta.db_table), pytest.raises(Error), transaction.atomic():
        check(ITEMS, clock.now())


@pytest.fixture
def stage(call, register) -> Any:
    """Ana signed in at a shop that personalizes, her yes recorded; the shop's own token, and hers."""
    open_channel(call, "web", WAYS_IN, actions=OFFER)
    put_purpose(draft=draft("personalization", needs=("name",)), call=call)
    shop = make_client(
        call,
        grant_types=WAYS_IN,
        purpose="personalization",
        scopes=("openid", "profile", "email", "decisions", "consent.read", "consent.write"),
        default_scopes=("decisions", "consent.read", "consent.write"),
    )
    ana = make_customer(call, "ana")
    tokens = shop.tokens_for(sign_in(ana), scope="openid profile email")
    register.choose("grant", "personalization", ana.sub)
    return shop, ana, Speaker(own_token(shop)), Speaker(tokens["access_token"])


def test_the_doors_of_the_register_deny_or_refuse(stage):
    _, ana, backend, own = stage
    for speaker in (backend, own):
        speaker.http.raise_request_exception = False
    item = {"subject": ana.sub, "purpose": "personalization", "channel": "web"}
    before = backend.send("check", {"items": [item]}).json()
    assert before["results"][0]["decision"] == "permit"
    with unreadable(EffectiveState._meta.db_table):
        found = backend.ask(ana.sub, "personalization")
        assert (found["decision"], found["reason"]) == ("deny", "store_unreachable")
        assert own.ask(ana.sub, "service")["decision"] == "deny"
        assert backend.send("commit", {"token": before["token"]}).status_code >= 500
        assert own.choose(ana.sub, "grant", "personalization").status_code >= 500
    assert backend.send("commit", {"token": before["token"]}).status_code == 204


def forget_who_may_ask() -> None:
    """A moment later: what the node remembers of tokens, clients and keys has to be read anew."""
    REVOCATIONS.forget()
    forget_clients()
    forget_keys()


@pytest.mark.parametrize("later", [False, True], ids=["at once", "a moment later"])
def test_with_the_whole_database_away_nothing_is_permitted_and_who_may_come_again_is_told(stage, later):
    _, ana, backend, own = stage
    item = {"subject": ana.sub, "purpose": "personalization", "channel": "web"}
    token = backend.send("check", {"items": [item]}).json()["token"]
    with database_away():
        for speaker in (backend, own):
            for path, body in (("check", {"items": [item]}), ("commit", {"token": token})):
                if later:
                    forget_who_may_ask()
                answer = speaker.send(path, body)
                if answer.status_code == 200 and not later:  # the token is still known to be good: the answer is no
                    assert [each["reason"] for each in answer.json()["results"]] == ["store_unreachable"]
                    continue
                assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), answer.content
                assert int(answer["Retry-After"]) > 0
    assert backend.ask(ana.sub, "personalization")["decision"] == "permit"


def test_what_a_client_may_know_of_her_is_cut_to_nothing(stage):
    _, ana, _, own = stage
    told = own.http.get("/oauth/userinfo", headers=own.bearer).json()
    assert set(told) > {"sub"}
    with unreadable(EffectiveState._meta.db_table):
        assert own.http.get("/oauth/userinfo", headers=own.bearer).json() == {"sub": ana.sub}


@pytest.mark.parametrize("away", [False, True])
def test_a_decision_is_no_permit(stage, call, away):
    _, ana, _, own = stage
    sid = claims_of(own.token)["sid"]
    asked = Question(subject=ana.sub, action="offer.personalize", sid=sid, channel="web")
    assert decide(question=asked, call=call).judgement.outcome is Outcome.PERMIT
    with unreadable(EffectiveState._meta.db_table) if away else nullcontext():
        judgement = decide(question=asked, call=call).judgement
    if away:
        assert (judgement.outcome, [each.code for each in judgement.objections]) == (
            Outcome.SUPPRESS,
            ["consent_missing"],
        )
        assert "cannot be read" in judgement.objections[0].message
    else:
        assert judgement.outcome is Outcome.PERMIT


def test_with_the_whole_database_away_there_is_no_decision(stage, call):
    _, ana, backend, own = stage
    asked = {
        "subject": {"type": "customer", "id": ana.sub},
        "action": {"name": "offer.personalize"},
        "resource": {"type": "account", "id": ana.sub},
        "context": {"sid": claims_of(own.token)["sid"], "channel": "web"},
    }

    def ask() -> Any:
        return backend.http.post(
            "/access/v1/evaluation", asked, content_type="application/json", headers=backend.bearer
        )

    assert ask().json()["decision"] is True
    with database_away():
        assert ask().status_code == 503
    with unreadable(EffectiveState._meta.db_table):
        assert ask().json()["decision"] is False
