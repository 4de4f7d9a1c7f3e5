"""The operations of the consent register: checks about a million customers, and choices.

Whose consent is asked for is drawn anew for each request, so that neither the gateway nor PostgreSQL can have it at
hand; each answer of one in 128 requests is held against what was seeded.
"""

import json
import random
import secrets
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from bench.chains import Browser, claims_of, own_token, tokens_of
from bench.load import Chain, Tally, WrongAnswer
from bench.target import Target

PATH = "/api/consent"
NOTICE: dict[str, Any] = {"id": "privacy", "version": 1, "language": "en"}
PURPOSES = ("marketing.email", "marketing.sms", "personalization")
SUBJECT = "acc_bench{:07d}"
"""The seeded customers; see `bench.peers.gateway.register` for what each of them chose."""


def expected(number: int, purpose: str) -> str:
    """What the register must answer about a seeded customer: everybody gets mail, nobody texts, every other a shop."""
    if purpose == "personalization":
        return "granted" if number % 2 else "withdrawn"
    return "granted" if purpose == "marketing.email" else "unknown"


def check(items: int, target: Target, _browser: Browser, tally: Tally) -> Chain:
    """A channel's client asks whether so many things may be done, each about another customer (G6)."""
    asker = yield from own_token(target, "consent.read")
    while True:
        drawn = [(random.randrange(target.subjects), random.choice(PURPOSES)) for _ in range(items)]
        asked = [{"subject": SUBJECT.format(number), "purpose": purpose, "channel": "web"} for number, purpose in drawn]
        request = target.post_json(f"{PATH}/check", {"items": asked}, **asker)
        began = time.perf_counter()
        answer = (yield request).expect(200, b'"results":', b'"token":')
        if tally.done(began):
            found = [each["reason"] for each in json.loads(answer.body)["results"]]
            if found != [expected(*each) for each in drawn]:
                raise WrongAnswer(f"expected the answers about {drawn}, got {answer.body!r:.300}")
            tally.samples.append(json.loads(answer.body)["token"])


def choose(target: Target, browser: Browser, tally: Tally) -> Chain:
    """A customer changes her mind about a purpose, over and over: an event, its journal line, the state after."""
    token = (yield from tokens_of(target, browser))["access_token"]
    subject = claims_of(token)["sub"]
    for choice in _choices(subject):
        began = time.perf_counter()
        request = target.post_json(f"{PATH}/events", choice, authorization=f"Bearer {token}")
        answer = (yield request).expect(201, b'"seq":', b'"effective":')
        if tally.done(began):
            wanted = "granted" if choice["action"] == "grant" else "withdrawn"
            if json.loads(answer.body)["effective"]["reason"] != wanted:
                raise WrongAnswer(f"expected {wanted}, got {answer.body!r:.300}")


def _choices(subject: str) -> Iterator[dict[str, Any]]:
    while True:
        common = {"subject": subject, "purpose": "personalization", "channel": "web"}
        yield {**common, "event_id": secrets.token_urlsafe(12), "action": "grant", "notice": NOTICE}
        yield {**common, "event_id": secrets.token_urlsafe(12), "action": "withdraw"}


CHECKED = "consent check, 20 items"
UNHURRIED_CHECK = "consent check, 20 items, one at a time"
CHOICE = "consent choice"
OPERATIONS: dict[str, Callable[[Target, Browser, Tally], Chain]] = {
    "consent check, 1 item": partial(check, 1),
    CHECKED: partial(check, 20),
    UNHURRIED_CHECK: partial(check, 20),
    "consent check, 100 items": partial(check, 100),
    CHOICE: choose,
}
