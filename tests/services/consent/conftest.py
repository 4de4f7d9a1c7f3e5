"""The demo's purposes under one notice, and Ana, who chooses."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from audit.queries import find_event, read_personal
from consent.models import ConsentEvent, EffectiveState
from consent.queries import check
from consent.services import publish_notice, put_processor, put_purpose, record_choices
from consent.types import (
    Action,
    Answer,
    Choice,
    Item,
    LegalBasis,
    NoticeRef,
    ProcessorKind,
    PurposeDraft,
    Recorded,
    RecordedEvent,
    Regime,
    Tier,
)
from kit.call import CallContext
from tests.actors import make_channel

ANA, BEN = "acc_ana", "acc_ben"
NOTICE = NoticeRef("privacy", 1, "en")


def draft(id: str, **changes: Any) -> PurposeDraft:
    """A purpose as an operator would write it."""
    return PurposeDraft(**{"id": id, "notice": "privacy", "texts": {"en": {"title": id}}, **changes})


PURPOSES = (
    draft("service", legal_basis=LegalBasis.CONTRACT),
    draft("marketing", gpc_applies=True),
    draft("marketing.email", parent="marketing", gpc_applies=True),
    draft("marketing.sms", parent="marketing", gpc_applies=True),
    draft("personalization", categories=("purchases", "location")),
    draft("analytics", legal_basis=LegalBasis.LEGITIMATE_INTEREST, regime=Regime.OPT_OUT, gpc_applies=True),
    draft("ai.assistance", agent_allowed=True),
    draft("ai.training", min_evidence=5),
)


@dataclass
class Register:
    """The register with its catalog, and the short ways to choose and to ask that tests take."""

    call: CallContext
    numbers: Any = field(default_factory=itertools.count)

    def later(self, seconds: float = 1.0) -> "Register":
        """The same, some time on."""
        return Register(replace(self.call, now=self.call.now + timedelta(seconds=seconds)), self.numbers)

    def choice(self, action: str, purpose: str, party: str = ANA, **changes: Any) -> Choice:
        """A verified choice, grants under the notice."""
        usual: dict[str, Any] = {"event_id": f"choice {next(self.numbers)}", "tier": Tier.VERIFIED}
        if action == "grant":
            usual["notice"] = NOTICE
        return Choice(**{"party": party, "purpose": purpose, "action": Action(action), **usual, **changes})

    def choose(self, action: str, purpose: str, party: str = ANA, **changes: Any) -> Recorded:
        """Record one choice."""
        return record_choices(choices=[self.choice(action, purpose, party, **changes)], call=self.call)

    def ask(self, purpose: str, party: str = ANA, **changes: Any) -> Answer:
        """What the register answers to one question."""
        return check([Item(party, purpose, **changes)], self.call.now).answers[0]


@contextmanager
def unreadable(table: str) -> Iterator[None]:
    """Nobody may read a table, as after a restore that went wrong: the database answers with an error."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO away")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE away RENAME TO {table}")


def fill_catalog(call: CallContext) -> None:
    """Purposes, the notice about them, two processors and the channel web."""
    make_channel(call)
    for each in PURPOSES:
        put_purpose(draft=each, call=call)
    named = [each.id for each in PURPOSES]
    publish_notice(ref=NOTICE, text="What we do with your data.", purposes=named, material=True, call=call)
    put_processor(id="mailer", kind=ProcessorKind.VENDOR, title="Mailer Ltd", call=call)
    put_processor(id="bot", kind=ProcessorKind.AI_AGENT, title="The assistant", call=call)


def personal_of(event: RecordedEvent) -> dict[str, Any] | None:
    """What a choice keeps of its person, if it can still be read."""
    line = find_event(event_id=event.journal_id)
    assert line
    return read_personal(line)


@pytest.fixture
def register(db, call) -> Register:
    """The register, filled."""
    fill_catalog(call)
    return Register(call)


@pytest.fixture
def rows() -> Callable[[], list[ConsentEvent]]:
    """Every event, by party and sequence."""
    return lambda: list(ConsentEvent.objects.order_by("party", "seq"))


@pytest.fixture
def states() -> Callable[[], dict[tuple[str, str], EffectiveState]]:
    """Every state."""
    return lambda: {(row.party, row.purpose): row for row in EffectiveState.objects.all()}
