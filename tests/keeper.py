"""A connected system that keeps what it hears and says what it holds; it can be made to fail in every silent way."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from sync.flows.silence import listen
from sync.models import Connection
from sync.queries import list_incidents
from sync.types import Trouble
from tests.listener import Heard, Listener, Reply
from tests.town import Town

CYCLE = timedelta(minutes=15)

YES = frozenset({"consent.granted", "consent.confirmed"})
NO = frozenset({"consent.denied", "consent.withdrawn", "consent.objected"})


@dataclass
class Keeper:
    """Give it as the reply of a listener. `fault` is asked of each event: `drop`, `corrupt`, `ignore_no` or nothing."""

    secret: str = ""
    fault: Callable[[dict[str, Any]], str] = lambda _: ""
    answers: Reply = 200
    digest_answers: Reply | None = None
    keeps_consent: bool = False
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: int = 0
    listener: Listener | None = None

    def __call__(self, heard: Heard) -> Reply:
        """Hear a change, or say what is here."""
        if self.answers != 200:
            return self.answers
        said = self.verify(heard)
        if heard.id.startswith("dig_"):
            self.asked += len(said["subjects"])
            return self.digest_answers or (200, {}, json.dumps(self.tell(said["subjects"])).encode())
        if "subject" not in said:
            return 200
        self.hear(said)
        return 200

    def verify(self, heard: Heard) -> dict[str, Any]:
        """What was said, if it was signed with the secret; at whatever time, because days pass in seconds here."""
        at = datetime.fromtimestamp(int(heard.headers["webhook-timestamp"]), UTC)
        assert (
            Webhook(self.secret).sign(heard.id, at, heard.body.decode()) in heard.headers["webhook-signature"].split()
        )
        return heard.event

    def hear(self, event: Mapping[str, Any]) -> None:
        """Keep what it says, unless a fault has it otherwise."""
        fault = self.fault(dict(event))
        seq, data = event["data"]["sequence"], event["data"]
        known = self.people.get(event["subject"], {"seq": 0, "facts": {}, "permits": set()})
        if fault == "drop" or seq <= known["seq"]:
            return
        facts = {} if event["type"] == "account.erased" else data.get("attributes") or known["facts"]
        if fault == "corrupt":
            facts = facts | {"name": "Somebody Else"}
        permits = known["permits"] | ({data["purpose"]} if event["type"] in YES else set())
        if event["type"] in NO and fault != "ignore_no":
            permits -= {data["purpose"]}
        self.people[event["subject"]] = {"seq": seq, "facts": facts, "permits": permits}

    def tell(self, subjects: list[str]) -> dict[str, Any]:
        """The answer of its digest endpoint."""
        return {"subjects": [self._tell_one(each) for each in subjects if each in self.people]}

    def _tell_one(self, subject: str) -> dict[str, Any]:
        known = self.people[subject]
        plain = json.dumps(known["facts"], sort_keys=True, separators=(",", ":"))
        said = {"subject": subject, "sequence": known["seq"], "digest": hashlib.sha256(plain.encode()).hexdigest()}
        return said | ({"permits": sorted(known["permits"])} if self.keeps_consent else {})


def every(number: int, what: str) -> Callable[[dict[str, Any]], str]:
    """A fault of each so-and-so-many-th event, the first of them included."""
    heard = {"count": 0}

    def fault(_: dict[str, Any]) -> str:
        heard["count"] += 1
        return what if heard["count"] % number == 1 or number == 1 else ""

    return fault


@dataclass
class Clock:
    """What happens as time passes: couriers and rounds, by the minute."""

    town: Town
    minute: int = 0
    opened: list[str] = field(default_factory=list)

    @property
    def call(self):
        return self.town.at(minutes=self.minute)

    def pass_time(self, minutes: int, each: Callable[[int], None] | None = None) -> None:
        """A minute at a time: what happens in it, the couriers' way, a look at whoever is due."""
        for _ in range(minutes):
            if each is not None:
                each(self.minute)
            self.town.deliver(minutes=self.minute)
            listen(make_call=lambda: self.call)
            self.minute += 1

    def wait_for(self, trouble: Trouble, within: timedelta = CYCLE, each=None) -> timedelta:
        """How long until an incident of this kind is open. Fails when it takes longer."""
        begun = self.minute
        while trouble not in {each.trouble for each in list_incidents()}:
            assert timedelta(minutes=self.minute - begun) <= within, f"{trouble} was not found"
            self.pass_time(1, each)
        return timedelta(minutes=self.minute - begun)


@pytest.fixture
def clock(town):
    return Clock(town)


@pytest.fixture
def keep(connect):
    """Connect a system that keeps what it hears and says what it holds."""

    def make(slug="crm", **said):
        keeper = Keeper(keeps_consent=bool(said.pop("keeps_consent", False)))
        said = {"event_types": ("profile.changed", "account.erased"), "attributes": ("email", "name"), **said}
        heard = connect(keeper, slug=slug, **{"purpose": "service", "freshness": 5, **said})
        keeper.secret, keeper.listener = heard.secret, heard
        options = {"digest_url": heard.url.replace("/hooks", "/digest"), **said.get("options", {})}
        Connection.objects.filter(slug=slug).update(options=options)
        return keeper

    return make
