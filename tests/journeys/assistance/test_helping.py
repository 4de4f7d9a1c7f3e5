"""Ana calls, Sam helps: over HTTP from the question who she is to the last token."""

import json
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as HttpClient
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.services import set_roles, suspend_account
from accounts.types import Role
from audit.models import Event
from kit.call import CallContext
from oauth.types import GrantType, TokenType
from tests.actors import ChannelApp, by_now, claims_of, make_client, make_customer, sign_in
from tests.exchanges import exchange
from tests.operators import sign_in_operator
from tests.services.delegation.people import CHANNEL, open_desk

pytestmark = pytest.mark.django_db


class Stage:
    """Ana in her browser, Sam in his, the desk's client with Sam's own token."""

    def __init__(self, call: CallContext) -> None:
        open_desk(call)
        self.ana = make_customer(call, "ana")
        self.her_browser = sign_in(self.ana)
        self.sams_browser, self.sam = sign_in_operator(Role.SUPPORT, call)
        self.desk = make_desk(call)
        self.token = self.desk.tokens_for(self.sams_browser, scope="openid")["access_token"]

    def ask(self, method: str, path: str, body: Any = None, *, token: str = "") -> Any:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return getattr(HttpClient(), method)(path, headers=headers, **data)

    def begin(self, **changes: Any) -> dict[str, Any]:
        answer = self.ask("post", "/api/assistance/", {"subject": self.ana.sub, "reason": "order", **changes})
        assert answer.status_code == 201, answer.content
        return dict(answer.json())

    def trade(self, begun: dict[str, Any], **changes: Any) -> Any:
        fields = {
            "subject_token": begun["assistance"],
            "subject_token_type": TokenType.ASSISTANCE.value,
            "actor_token": self.token,
            "actor_token_type": TokenType.ACCESS_TOKEN.value,
            "scope": "openid profile email",
        }
        return exchange(self.desk, **{**fields, **changes})

    def act(self, begun: dict[str, Any]) -> str:
        answer = self.trade(begun)
        assert answer.status_code == 200, answer.content
        return str(answer.json()["access_token"])


def make_desk(call: CallContext, **changes: Any) -> ChannelApp:
    draft = {
        "name": "Desk",
        "channel": CHANNEL,
        "grant_types": ("authorization_code", GrantType.TOKEN_EXCHANGE.value),
        "scopes": ("openid", "profile", "email", "offline_access", "consent.write"),
    }
    return make_client(call, **{**draft, **changes})


@pytest.fixture
def stage(call: CallContext) -> Stage:
    cache.clear()
    return Stage(call)


def test_from_the_question_who_she_is_to_the_end_of_the_help(stage: Stage) -> None:
    found = stage.ask("post", "/api/verifications/", {"login_hint": "ana@people.example"})
    assert found.status_code == 200
    assert (found.json()["subject"], found.json()["name"]) == (stage.ana.sub, "Ana")
    verified = found.json()["verification"]
    assert (verified["method"], verified["channel"], verified["level"]) == ("password", "web", 1)
    assert set(verified) == {"method", "channel", "at", "acr", "level", "valid_until"}

    begun = stage.begin(note="Wants another size")
    claims = claims_of(token := stage.act(begun))
    assert (claims["sub"], claims["act"], claims["sid"]) == (
        stage.ana.sub,
        {"sub": stage.sam.removeprefix("account:")},
        begun["sid"],
    )
    assert claims["exp"] - claims["iat"] <= 300
    assert stage.desk.introspect(token)["act"] == claims["act"]
    assert stage.ask("get", "/oauth/userinfo", token=token).json()["sub"] == stage.ana.sub

    assert [each["assistance"] for each in stage.ask("get", "/api/assistance/").json()] == [begun["assistance"]]
    path = f"/api/assistance/{begun['assistance']}/"
    assert stage.ask("get", path).json()["sid"] == begun["sid"]
    assert [stage.ask("delete", path).status_code for _ in range(2)] == [204, 204]
    assert stage.ask("get", path).status_code == 404
    assert stage.desk.introspect(token) == {"active": False}
    assert stage.trade(begun).status_code == 400


def test_every_line_of_the_help_names_sam_as_actor_and_ana_as_subject(stage: Stage) -> None:
    before = Event.objects.order_by("-id").values_list("id", flat=True)[0]
    stage.ask("post", "/api/verifications/", {"login_hint": stage.ana.sub})
    begun = stage.begin()
    stage.act(begun)
    stage.ask("delete", f"/api/assistance/{begun['assistance']}/")
    lines = list(Event.objects.filter(id__gt=before).order_by("id"))
    assert {line.type for line in lines} >= {
        "customer.looked_up",
        "session.carried_over",
        "delegation.begun",
        "token.issued",
        "session.revoked",
        "delegation.revoked",
    }
    assert {(line.actor, line.subject) for line in lines} == {(stage.sam, stage.ana.sub)}


def api_addresses(patterns: list[Any], before: str = "") -> list[str]:
    found = []
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += api_addresses(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern) and here.startswith("api/"):
            found.append("/" + re.sub(r"<[^>]+>", "something", here))
    return sorted(set(found) - {"/api/schema/", "/api/docs/"})


def test_whoever_acts_for_ana_reads_where_she_is_signed_in_and_reaches_no_other_door(stage: Stage) -> None:
    token = stage.act(stage.begin())
    opened = []
    for path in api_addresses(get_resolver().url_patterns):
        for method in ("get", "post", "put", "patch", "delete"):
            answer = stage.ask(method, path, None if method == "get" else {}, token=token)
            assert answer.status_code in (200, 403, 405), (method, path, answer.content)
            if answer.status_code == 200:
                opened.append((method, path))
    assert opened == [("get", "/api/sessions/")]


def test_an_assisted_token_is_worth_nothing_in_an_exchange(stage: Stage) -> None:
    begun = stage.begin()
    token = stage.act(begun)
    assert stage.trade(begun, actor_token=token).status_code == 400
    for requested in (TokenType.SESSION_TRANSFER, TokenType.ACCESS_TOKEN):
        answer = exchange(
            stage.desk,
            subject_token=token,
            subject_token_type=TokenType.ACCESS_TOKEN.value,
            requested_token_type=requested.value,
            audience=stage.desk.client.client_id,
        )
        assert answer.status_code == 400, answer.content


@pytest.mark.parametrize("scope", ["offline_access", "consent.write", "offline_access consent.write"])
def test_staff_get_no_scope_that_outlives_the_moment_or_speaks_her_will(stage: Stage, scope: str) -> None:
    begun = stage.begin()
    assert stage.trade(begun, scope=scope).json()["error"] == "invalid_scope"
    granted = stage.trade(begun, scope=f"openid {scope}").json()
    assert granted["scope"] == "openid"
    assert "refresh_token" not in granted


@pytest.mark.parametrize("hint", ["nobody@people.example", "acc_nobody", "support@operators.example"])
def test_nobody_unknown_stopped_or_of_the_house_is_found_and_no_answer_differs(
    stage: Stage, call: CallContext, hint: str
) -> None:
    suspend_account(sub=make_customer(call, "ben").sub, reason="fraud", call=call)
    missed = stage.ask("post", "/api/verifications/", {"login_hint": hint})
    stopped = stage.ask("post", "/api/verifications/", {"login_hint": "ben@people.example"})
    assert (missed.status_code, missed.json()) == (stopped.status_code, stopped.json())
    assert missed.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "ana",
        {"login_hint": ""},
        {"login_hint": "ana\x00@people.example"},
        {"login_hint": "a" * 10_000},
        {"login_hint": ["ana@people.example"]},
        {"login_hint": None},
    ],
)
def test_hints_that_can_be_nobodys_are_malformed(stage: Stage, body: Any) -> None:
    assert stage.ask("post", "/api/verifications/", body).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "fun"},
        {"reason": None},
        {"sid": "ses_something"},
        {"subject": "\x00"},
        {"subject": "a" * 10_000},
        {"note": "x" * 301},
        {"note": "\u202eevil"},
        {"note": "one\ntwo"},
    ],
)
def test_requests_that_say_too_much_or_nothing_are_malformed(stage: Stage, changes: dict[str, Any]) -> None:
    body = {"subject": stage.ana.sub, "reason": "order", **changes}
    assert stage.ask("post", "/api/assistance/", body).status_code == 400


def test_without_a_proof_she_is_asked_first(stage: Stage, call: CallContext) -> None:
    ben = make_customer(call, "ben")
    found = stage.ask("post", "/api/verifications/", {"login_hint": ben.email})
    assert found.json()["verification"] is None
    refused = stage.ask("post", "/api/assistance/", {"subject": ben.sub, "reason": "order"})
    assert (refused.status_code, refused.json()["code"]) == (403, "verification_required")


def test_a_customers_token_a_clients_own_and_one_of_another_channel_open_nothing(
    stage: Stage, call: CallContext
) -> None:
    hers = stage.desk.tokens_for(stage.her_browser, scope="openid")["access_token"]
    shop = make_client(call, name="Shop")
    elsewhere = shop.tokens_for(stage.sams_browser, scope="openid")["access_token"]
    service = make_desk(
        call,
        name="Service",
        grant_types=("client_credentials",),
        redirect_uris=(),
        scopes=("decisions",),
        default_scopes=("decisions",),
    )
    alone = service.post("/oauth/token", grant_type="client_credentials").json()["access_token"]
    for token, code in ((hers, "not_staff"), (alone, "not_staff"), (elsewhere, "assistance_closed")):
        for path, body in (
            ("/api/verifications/", {"login_hint": stage.ana.sub}),
            ("/api/assistance/", {"subject": stage.ana.sub, "reason": "order"}),
        ):
            refused = stage.ask("post", path, body, token=token)
            assert (refused.status_code, refused.json()["code"]) == (403, code), refused.content


def test_another_staff_members_help_does_not_exist(stage: Stage, call: CallContext) -> None:
    begun = stage.begin()
    browser, _ = sign_in_operator(Role.ADMIN, call)
    token = stage.desk.tokens_for(browser, scope="openid")["access_token"]
    path = f"/api/assistance/{begun['assistance']}/"
    assert [stage.ask(method, path, token=token).status_code for method in ("get", "delete")] == [404, 404]
    assert stage.trade(begun, actor_token=token).status_code == 400
    assert stage.act(begun)


@pytest.mark.parametrize("end", ["suspended customer", "suspended staff", "role taken", "she signs out"])
def test_whatever_ends_it_every_token_is_dead_at_once(stage: Stage, call: CallContext, end: str) -> None:
    begun = stage.begin()
    token = stage.act(begun)
    sam = stage.sam.removeprefix("account:")
    if end == "suspended customer":
        suspend_account(sub=stage.ana.sub, reason="fraud", call=by_now(call))
    elif end == "suspended staff":
        suspend_account(sub=sam, reason="left", call=by_now(call))
    elif end == "role taken":
        set_roles(sub=sam, roles=[Role.AUDITOR], call=by_now(call))
    else:
        stage.her_browser.post("/accounts/logout/")
    assert stage.desk.introspect(token) == {"active": False}
    assert stage.ask("get", "/api/sessions/", token=token).status_code == 401
    assert stage.trade(begun).status_code == 400
