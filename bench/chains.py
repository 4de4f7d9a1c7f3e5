"""The measured operations, each as the chain of requests that one connection makes over and over.

Whatever must be there first (a browser that is signed in, a token) a chain gets by itself before its first counted
operation. Every answer is checked for status and shape; now and then the whole of it.
"""

import base64
import hashlib
import html
import json
import re
import secrets
import time
from collections.abc import Callable, Generator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.load import Answer, Chain, Tally, WrongAnswer
from bench.target import REDIRECT_URI, Person, Target

Part = Generator[bytes, Answer, dict[str, str]]
_HIDDEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Browser:
    """The cookies of one person, kept over the rounds."""

    def __init__(self, person: Person | None) -> None:
        self.person = person
        self.cookies: dict[str, str] = {}
        self.is_signed_in = False

    @property
    def cookie(self) -> str:
        """The Cookie header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def keep(self, answer: Answer) -> Answer:
        """Take over what an answer sets; an empty value deletes."""
        self.cookies = {name: value for name, value in (self.cookies | answer.cookies()).items() if value}
        return answer


def client_credentials(target: Target, _browser: Browser, tally: Tally) -> Chain:
    """A client's own token (RFC 6749 section 4.4)."""
    form = {"grant_type": "client_credentials", **target.form}
    request = target.post(target.paths["token"], form, authorization=target.machine_basic)
    while True:
        began = time.perf_counter()
        answer = (yield request).expect(200, b'"access_token":', b'"expires_in":')
        if tally.done(began):
            tally.samples.append(_member(answer, "access_token"))


def introspection(target: Target, browser: Browser, tally: Tally) -> Chain:
    """A resource server asks about a customer's access token (RFC 7662)."""
    tokens = yield from tokens_of(target, browser)
    request = target.post(target.paths["introspection"], {"token": tokens["access_token"]}, authorization=target.basic)
    while True:
        began = time.perf_counter()
        answer = (yield request).expect(200, b'"active":')
        if tally.done(began):
            _refuse_unless(json.loads(answer.body).get("active") is True, answer)


def introspection_of_refresh_token(target: Target, browser: Browser, tally: Tally) -> Chain:
    """A client asks about its refresh token: the one introspection that looks the session up each time."""
    tokens = yield from tokens_of(target, browser)
    request = target.post(target.paths["introspection"], {"token": tokens["refresh_token"]}, authorization=target.basic)
    while True:
        began = time.perf_counter()
        answer = (yield request).expect(200, b'"active":')
        if tally.done(began):
            _refuse_unless(json.loads(answer.body).get("active") is True, answer)


def handoff(target: Target, browser: Browser, tally: Tally) -> Chain:
    """A session carried over to another channel: a client makes a ticket, another client redeems it, both in JSON."""
    assert target.takes_over
    tokens = yield from tokens_of(target, browser)
    sid = claims_of(tokens["access_token"])["sid"]
    giver = yield from own_token(target, "handoff")
    taker = yield from own_token(target.as_client(target.takes_over), "handoff")
    while True:
        began = time.perf_counter()
        offered = yield target.post_json("/api/handoff/", {"sid": sid, "client_id": target.takes_over[0]}, **giver)
        ticket = _member(offered.expect(201, b'"ticket":'), "ticket")
        answer = yield target.post_json("/api/handoff/redeem/", {"ticket": ticket}, **taker)
        answer.expect(200, b'"sid":', b'"acr":')
        if tally.done(began):
            _refuse_unless(json.loads(answer.body)["sid"] != sid, answer)


def decision(target: Target, browser: Browser, tally: Tally) -> Chain:
    """A resource server asks before it acts: session, confidence, consent and policy, audited (AuthZEN 1.0)."""
    claims = claims_of((yield from tokens_of(target, browser))["access_token"])
    asker = yield from own_token(target, "decisions")
    question = {
        "subject": {"type": "customer", "id": claims["sub"]},
        "action": {"name": "orders.view"},
        "resource": {"type": "account", "id": claims["sub"]},
        "context": {"sid": claims["sid"]},
    }
    request = target.post_json("/access/v1/evaluation", question, **asker)
    while True:
        began = time.perf_counter()
        answer = (yield request).expect(200, b'"decision":', b'"decision_id":')
        if tally.done(began):
            _refuse_unless(json.loads(answer.body)["decision"] is True, answer)


def userinfo(target: Target, browser: Browser, tally: Tally) -> Chain:
    """Claims about the customer (OIDC Core section 5.3)."""
    tokens = yield from tokens_of(target, browser)
    request = target.get(target.paths["userinfo"], authorization=f"Bearer {tokens['access_token']}")
    while True:
        began = time.perf_counter()
        answer = (yield request).expect(200, b'"sub":', b'"email":')
        if tally.done(began):
            _refuse_unless("@" in json.loads(answer.body)["email"], answer)


def discovery(target: Target, _browser: Browser, tally: Tally) -> Chain:
    """The metadata document."""
    request = target.get(target.paths["discovery"])
    while True:
        began = time.perf_counter()
        answer = (yield request).expect(200, b'"issuer":')
        if tally.done(began):
            _refuse_unless(json.loads(answer.body)["token_endpoint"].endswith(target.paths["token"]), answer)


def code_for_tokens(target: Target, browser: Browser, tally: Tally) -> Chain:
    """Authorization request of a signed-in browser, then code and verifier for tokens: both legs are one operation."""
    yield from _signed_in(target, browser)
    yield from _authorize(target, browser)  # the first visit may ask for more than a later one
    while True:
        verifier, challenge = _pkce()
        began = time.perf_counter()
        location = (yield _authorization_request(target, browser, challenge)).header("location")
        answer = yield _code_exchange(target, _code_in(location), verifier)
        answer.expect(200, b'"access_token":', b'"id_token":')
        if tally.done(began):
            tally.samples.append(_member(answer, "id_token"))


def refresh(target: Target, browser: Browser, tally: Tally) -> Chain:
    """A refresh token for new tokens, rotated each time: every connection has its own grant."""
    tokens = yield from tokens_of(target, browser)
    refresh_token = tokens["refresh_token"]
    while True:
        fields = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        began = time.perf_counter()
        answer = yield target.post(target.paths["token"], fields, authorization=target.basic)
        renewed = _member(answer.expect(200, b'"access_token":'), "refresh_token")
        _refuse_unless(renewed != refresh_token, answer)
        refresh_token = renewed
        if tally.done(began) and "id_token" in json.loads(answer.body):
            tally.samples.append(_member(answer, "id_token"))


def sign_in(target: Target, browser: Browser, tally: Tally) -> Chain:
    """A password posted to the sign-in form; the form itself is fetched once."""
    form = yield from _sign_in_form(target, browser)
    while True:
        began = time.perf_counter()
        answer = yield _sign_in_post(target, browser, form)
        _refuse_unless(answer.status == 302 and len(answer.cookies()) > 0, answer)
        tally.done(began)


UNHURRIED_DECISION = "decision, one at a time"
OPERATIONS: dict[str, Callable[[Target, Browser, Tally], Chain]] = {
    "client credentials": client_credentials,
    "code → token": code_for_tokens,
    "refresh": refresh,
    "introspection": introspection,
    "introspection of a refresh token": introspection_of_refresh_token,
    "handoff → session": handoff,
    "decision": decision,
    UNHURRIED_DECISION: decision,
    "userinfo": userinfo,
    "discovery": discovery,
    "password sign-in": sign_in,
}


def tokens_of(target: Target, browser: Browser) -> Part:
    """The tokens of a grant of this browser's person."""
    yield from _signed_in(target, browser)
    verifier, code = yield from _authorize(target, browser)
    answer = (yield _code_exchange(target, code, verifier)).expect(200, b'"access_token":', b'"refresh_token":')
    return dict(json.loads(answer.body))


def end_session(target: Target, sid: str, access_token: str) -> Generator[bytes, Answer, None]:
    """A customer ends a session of hers, by the door of the API."""
    (yield target.delete(f"/api/sessions/{sid}/", authorization=f"Bearer {access_token}")).expect(202, b'"notified":')


def own_token(target: Target, scope: str) -> Generator[bytes, Answer, dict[str, str]]:
    """The Authorization header of a client by itself."""
    form = {"grant_type": "client_credentials", "scope": scope}
    answer = yield target.post(target.paths["token"], form, authorization=target.basic)
    return {"authorization": f"Bearer {_member(answer.expect(200), 'access_token')}"}


def claims_of(token: str) -> dict[str, Any]:
    """What a JWT says, for the next request of a chain; nothing is decided by it."""
    payload = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def _authorize(target: Target, browser: Browser) -> Generator[bytes, Answer, tuple[str, str]]:
    """A code, through whatever redirects the server wants on the way, and its verifier."""
    verifier, challenge = _pkce()
    request = _authorization_request(target, browser, challenge)
    for _ in range(10):
        answer = browser.keep((yield request))
        location = answer.header("location")
        if location.startswith(REDIRECT_URI):
            return verifier, _code_in(location)
        _refuse_unless(bool(location), answer)
        request = target.get(target.path_of(location), cookie=browser.cookie)
    raise WrongAnswer("redirected in circles")


def _signed_in(target: Target, browser: Browser) -> Generator[bytes, Answer, None]:
    """Sign in through the form, once for all rounds; servers without a form do it on the way to the first code."""
    if browser.person is None or browser.is_signed_in:
        return
    form = yield from _sign_in_form(target, browser)
    answer = browser.keep((yield _sign_in_post(target, browser, form)))
    _refuse_unless(answer.status == 302, answer)
    browser.is_signed_in = True


def _sign_in_form(target: Target, browser: Browser) -> Generator[bytes, Answer, str]:
    answer = browser.keep((yield target.get(target.paths["sign_in"], cookie=browser.cookie)).expect(200))
    found = _HIDDEN.search(answer.body.decode())
    if found is None:
        raise WrongAnswer("the sign-in page has no form")
    return html.unescape(found[1])


def _sign_in_post(target: Target, browser: Browser, form: str) -> bytes:
    assert browser.person
    name, password = target.login_fields
    fields = {name: browser.person.login, password: browser.person.password, "csrfmiddlewaretoken": form}
    return target.post(target.paths["sign_in"], fields, cookie=browser.cookie)


def _authorization_request(target: Target, browser: Browser, challenge: str) -> bytes:
    parameters = {
        "response_type": "code",
        "client_id": target.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": target.scope,
        "state": secrets.token_urlsafe(8),
        "nonce": secrets.token_urlsafe(8),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return target.get(f"{target.paths['authorization']}?{urlencode(parameters)}", cookie=browser.cookie)


def _code_exchange(target: Target, code: str, verifier: str) -> bytes:
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, "code_verifier": verifier}
    return target.post(target.paths["token"], fields, authorization=target.basic)


def _pkce() -> tuple[str, str]:
    verifier = secrets.token_urlsafe(32)
    return verifier, base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _code_in(location: str) -> str:
    values = parse_qs(urlsplit(location).query)
    if not location.startswith(REDIRECT_URI) or "code" not in values:
        raise WrongAnswer(f"no code in {location!r}")
    return values["code"][0]


def _member(answer: Answer, name: str) -> str:
    value = json.loads(answer.body).get(name)
    if not isinstance(value, str) or not value:
        raise WrongAnswer(f"no {name} in {answer.body!r:.300}")
    return value


def _refuse_unless(holds: bool, answer: Answer) -> None:
    if not holds:
        raise WrongAnswer(f"{answer.status} {answer.head!r:.500} {answer.body!r:.300}")
