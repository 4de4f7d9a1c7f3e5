"""What somebody outside may read of the register, each as far as it is theirs to know."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from accounts.errors import AccountUnknown
from accounts.queries import get_account
from consent import conf, rules
from consent.models import Processor
from consent.queries.catalog import find_purpose, load_rules
from consent.queries.checking import check, find_effective
from consent.queries.notices import find_notice
from consent.queries.register import find_event, list_history
from consent.queries.tokens import seal_check
from consent.types import (
    INTERNAL,
    Answer,
    Checked,
    Controller,
    Effective,
    Item,
    PartyKind,
    PurposeRule,
    Receipt,
    RecordedEvent,
    Statement,
)
from keyring.queries import sign_jwt
from kit.call import Caller
from kit.refusal import NotAllowed, NotFound

RECEIPT = "consent-receipt+jwt"


def check_for(items: Sequence[Item], *, reader: Caller, now: datetime) -> tuple[Checked, str]:
    """The answers to some questions, and a token to commit against. One statement, however many items.

    A customer asks for herself, a client for channels it belongs to or serves. Raises NotFound, NotAllowed.
    """
    if reader.subject is not None:
        if any(item.party != reader.subject for item in items):
            raise NotFound
    elif not all(reader.serves_channel(channel) for channel in {item.channel for item in items} - {""}):
        raise NotAllowed("The client neither belongs to that channel nor serves it.")
    checked = check(items, now)
    return checked, seal_check(checked, client=asker_of(reader), now=now)


def asker_of(reader: Caller) -> str:
    """Who may commit against the token of a check: the client that asked, and of a customer's own she alone."""
    return " ".join(each for each in (reader.client_id, reader.subject) if each)


def answer_after(said: Statement, now: datetime) -> Answer:
    """What holds for exactly what a choice was about."""
    item = Item(said.party, said.purpose, said.channel, said.processor or INTERNAL, said.category)
    return check([item], now).answers[0]


def read_effective(party: str, *, reader: Caller, now: datetime) -> list[Effective]:
    """What holds for a party, as far as the reader's channels. Raises NotFound."""
    check_reader(party, reader)
    rows = find_effective(party, now)
    if reader.subject is not None:
        return rows
    return [_within_reach(row, reader) for row in rows]


def _within_reach(row: Effective, reader: Caller) -> Effective:
    named = (cell for cell in row.named if cell[0] == rules.OTHER or reader.serves_channel(cell[0]))
    return replace(row, named=tuple(named))


def read_history(party: str, *, purpose: str, reader: Caller) -> list[RecordedEvent]:
    """What a party chose, the newest first; of it a client sees what its channels have to do with. Raises NotFound."""
    check_reader(party, reader)
    return [event for event in list_history(party, purpose=purpose) if _concerns(event, reader)]


def check_reader(party: str, reader: Caller) -> None:
    """A customer reads her own, a client with the scope what there is. Raises NotFound."""
    if reader.subject is not None:
        if party != reader.subject:
            raise NotFound
    elif rules.kind_of(party) is PartyKind.ACCOUNT:
        try:
            get_account(party)
        except AccountUnknown as error:
            raise NotFound from error


def get_event(id: str, *, reader: Caller) -> RecordedEvent:
    """One event that is the reader's to know; a proxy knows what she herself chose for somebody. Raises NotFound."""
    event = find_event(id) if len(id) <= _LONGEST_ID and id.isprintable() else None
    if event is None or not (_concerns(event, reader) or _is_chosen_as_proxy(event, reader)):
        raise NotFound
    return event


_LONGEST_ID = 40


def _is_chosen_as_proxy(event: RecordedEvent, reader: Caller) -> bool:
    """Whether the reader said it by a mandate; it stays her act when the mandate has ended."""
    return reader.subject is not None and bool(event.mandate) and event.actor == f"account:{reader.subject}"


def _concerns(event: RecordedEvent, reader: Caller) -> bool:
    if reader.subject is not None:
        return event.party == reader.subject
    return not event.channel or reader.serves_channel(event.channel)


def render_receipt(event: RecordedEvent) -> Receipt:
    """The receipt of an event, made from the event each time, so that the two cannot differ.

    Whose it is is the caller's to check.
    """
    purpose = find_purpose(event.purpose) or load_rules(retired=True).get(event.purpose) or PurposeRule(event.purpose)
    processor = Processor.objects.filter(pk=event.processor).first() if event.processor else None
    document = rules.render_receipt(
        event,
        purpose=purpose,
        notice=find_notice(event.notice) if event.notice else None,
        controller=Controller(**conf.controller()),
        processor=processor.title if processor else "",
        receipt_url=conf.receipt_url(event.id),
        withdrawal_url=conf.withdrawal_url(),
    )
    claims = {
        "iss": conf.issuer(),
        "sub": event.party,
        "iat": int(event.recorded_at.timestamp()),
        "jti": event.id,
        "receipt": document,
    }
    return Receipt(event.id, document, sign_jwt(claims, typ=RECEIPT))
