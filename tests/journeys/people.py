"""What people do with the pages they are shown: sign in, give a code, allow, confirm."""

import base64
import hashlib
import hmac
import os
import re
import struct
import time
from typing import Any

from redis import Redis

from tests.journeys.running_demo import RunningDemo, other_redis_database
from tests.journeys.visitor import Page, Visitor

PAGES_AT_MOST = 6
SECONDS_TO_TYPE = 5.0


def answer_pages(visitor: Visitor, person: dict[str, Any], *, stop_at: str | None = None) -> Page:
    """Answer whatever stands between her and `stop_at`: sign-in, second factor, consent, a confirmation."""
    for _ in range(PAGES_AT_MOST):
        if stop_at and visitor.last_address.startswith(stop_at):
            return visitor.page
        answers = ((form, _answer(form.fields, form.has, person)) for form in visitor.page.forms)
        form, values = next(((form, values) for form, values in answers if values is not None), (None, {}))
        if form is None:
            break
        visitor.submit(form, stop_at=stop_at, **values)
    if stop_at:
        assert visitor.last_address.startswith(stop_at), _lost(visitor)
    return visitor.page


def _answer(fields: dict[str, str], has: Any, person: dict[str, Any]) -> dict[str, str] | None:
    if has("login", "password"):
        return {"login": person["email"], "password": person["password"]}
    if has("password") and not has("password1") and not has("password2"):
        return {"password": person["password"]}
    if has("code") and person.get("totp_secret"):
        return {"code": fresh_totp(person["totp_secret"])}
    if has("allow"):
        return {"allow": "yes"}
    return None


def _lost(visitor: Visitor) -> str:
    page = visitor.page
    return f"stands at {page.url} ({page.status}): {page.text[:600]}\ncame by {visitor.trail}"


def sign_up(visitor: Visitor, demo: RunningDemo, *, email: str, password: str, name: str = "") -> Page:
    """Sign up at the gateway and type in the code that came by mail."""
    page = visitor.open(f"{demo.issuer}/accounts/signup/")
    form = page.form("email", "password1")
    answers = {"email": email, "password1": password} | ({"name": name} if form.has("name") else {})
    page = visitor.submit(form, **answers)
    return visitor.submit(page.form("code"), code=mailed_code(demo, email))


def mailed_code(demo: RunningDemo, email: str) -> str:
    """The code in the newest mail to that address, read where a newcomer reads it: on the outbox page."""
    stranger = Visitor()
    page = stranger.open(f"{demo.issuer}/outbox/")
    assert email in page.text, f"no mail to {email}: {page.text[:600]}"
    found = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", page.text[page.text.index(email) :])
    assert found, page.text[:600]
    return found[0]


def open_within_a_second(visitor: Visitor, url: str, words: str) -> Page:
    """Open a page until it says `words`: every node knows of an ended session after a second at the latest."""
    deadline = time.monotonic() + 1.0
    while words not in (page := visitor.open(url)).text and time.monotonic() < deadline:
        time.sleep(0.1)
    assert words in page.text, page.text
    return page


def fresh_totp(secret: str) -> str:
    """The current code, with time left to give it; the running gateway no longer knows whether it was given already.

    That a code works once is proved where half a minute is not waited for: in the room's and the step-up's tests.
    """
    if (left := 30 - time.time() % 30) < SECONDS_TO_TYPE:
        time.sleep(left)
    code = totp(secret)
    with Redis.from_url(other_redis_database(os.environ["REDIS_URL"])) as remembered:
        for key in remembered.scan_iter(f"*mfa.totp.used*code={code}"):
            remembered.delete(key)
    return code


def totp(secret: str, *, at: float | None = None) -> str:
    """The code an authenticator app shows (RFC 6238, SHA-1, 30 s, six digits)."""
    counter = int((time.time() if at is None else at) // 30)
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    start = mac[-1] & 15
    return f"{(int.from_bytes(mac[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"
