"""What a customer has permitted, in her words: purposes, where, to whom, since when, under which notice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from channel_registry.queries import list_channels
from consent.queries import (
    current_notice,
    find_effective,
    find_notice,
    list_all_purposes,
    list_history,
    list_mandates,
    list_processors,
)
from consent.types import (
    GRANTS,
    Action,
    Answer,
    Effective,
    LegalBasis,
    NoticeRef,
    NoticeText,
    ProcessorKind,
    PurposeRule,
    Reason,
    RecordedEvent,
    Tier,
)
from kit.refusal import NotFound
from oauth.queries import find_client
from portal import rules

ASKED = frozenset({LegalBasis.CONSENT, LegalBasis.LEGITIMATE_INTEREST})
"""On which grounds a customer is asked, or may object."""

_MOST_TOLD = 200


@dataclass(frozen=True, slots=True)
class Place:
    """One channel or processor by name: whether a purpose is allowed there, and what can be said about it."""

    field: str
    value: str
    name: str
    allowed: bool
    why: str
    can_allow: bool
    can_stop: bool
    differs: bool


@dataclass(frozen=True, slots=True)
class ConsentView:
    """One purpose as a customer reads it. `allow` and `stop` are the actions her two buttons stand for, or empty."""

    id: str
    title: str
    description: str
    data: str
    depth: int
    below: tuple[str, ...]
    allowed: bool
    word: str
    tone: str
    why: str
    allow: str
    stop: str
    conflict: bool
    ask_again: bool
    since: datetime | None
    until: datetime | None
    shown: NoticeText | None
    current: NoticeText | None
    who: tuple[str, ...]
    exceptions: tuple[str, ...]
    lasts: str
    seq: int
    receipt: str

    @property
    def asks(self) -> bool:
        """Whether it waits for an answer: both are shown, equally easy."""
        return bool(self.allow and self.stop)


@dataclass(frozen=True, slots=True)
class EventView:
    """One choice as a customer reads it in her history."""

    id: str
    what: str
    about: str
    where: str
    how: str
    at: datetime
    notice: NoticeText | None
    proved: bool


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """Everything a customer has to say about: what waits for her, what she decided, what needs no yes."""

    asked: tuple[ConsentView, ...]
    needed: tuple[ConsentView, ...]
    waiting: int
    conflicts: int
    proxies: tuple[str, ...]

    @property
    def allowed(self) -> tuple[str, ...]:
        """The titles of what she said yes to, or has not objected to."""
        return tuple(view.title for view in self.asked if view.allowed)


def get_consents(*, subject: str, now: datetime) -> ConsentPage:
    """All purposes in force for a customer at `now`, by the judgement that the check gives everybody else."""
    rows = find_effective(subject, now)
    views = _views(rows, subject)
    asked = tuple(view for row, view in zip(rows, views, strict=True) if row.purpose.legal_basis in ASKED)
    return ConsentPage(
        asked=asked,
        needed=tuple(view for view in views if view not in asked),
        waiting=sum(view.asks for view in asked),
        conflicts=sum(view.conflict for view in asked),
        proxies=tuple(_proxies(subject, now)),
    )


def get_consent(*, subject: str, purpose: str, now: datetime) -> tuple[ConsentView, list[Place], list[EventView]]:
    """One purpose with each channel and processor by name, and what she said of it so far. Raises NotFound."""
    rows = find_effective(subject, now)
    for row, view in zip(rows, _views(rows, subject), strict=True):
        if view.id == purpose:
            places = list(_places(row, view)) if row.purpose.legal_basis in ASKED else []
            return view, places, list_told(subject=subject, purpose=purpose)
    raise NotFound


def list_told(*, subject: str, purpose: str = "") -> list[EventView]:
    """What a customer said, of one purpose or of all, the newest first."""
    events = list_history(subject, purpose=purpose, limit=_MOST_TOLD)
    titles = {row.pk: row.texts for row in list_all_purposes()}
    processors = {row.pk: row.title for row in list_processors()}
    notices: dict[NoticeRef, NoticeText | None] = {}
    return [_told(event, titles, processors, notices) for event in events]


# --- Standing in words ----------------------------------------------------------------------------------------


def _views(rows: Sequence[Effective], subject: str) -> list[ConsentView]:
    below, known, who = _below(rows), _known(rows), _who_may(rows)
    return [_view(row, subject, below[row.purpose.id], known, who[row.purpose.id]) for row in rows]


def _view(
    row: Effective, subject: str, below: tuple[str, ...], known: Mapping[str, str], who: tuple[str, ...]
) -> ConsentView:
    purpose, answer = row.purpose, row.answer
    current = current_notice(purpose.notice) if purpose.notice else None
    allow, stop = _buttons(row, has_notice=current is not None)
    said = answer.reason in _SAID
    return ConsentView(
        id=purpose.id,
        title=purpose.text("title"),
        description=purpose.text("description"),
        data=purpose.text("data"),
        depth=len(purpose.ancestors),
        below=below,
        allowed=answer.permits,
        word=_word(answer),
        tone="good" if answer.permits else "warn" if allow and stop else "neutral",
        why=rules.explain_consent(answer.reason, permits=answer.permits, elsewhere=_elsewhere(row, subject, known)),
        allow=allow,
        stop=stop,
        conflict=answer.reason is Reason.SIGNAL,
        ask_again=answer.reason is Reason.RECONSENT,
        since=row.since if said else None,
        until=answer.valid_until if answer.permits else None,
        shown=find_notice(row.notice) if row.notice and said else None,
        current=current,
        who=who,
        exceptions=tuple(_exceptions(row, known)),
        lasts=_lasts(purpose),
        seq=row.seq,
        receipt=row.event.id if row.event and row.event.party == subject and said else "",
    )


def _lasts(purpose: PurposeRule) -> str:
    if purpose.legal_basis is LegalBasis.LEGITIMATE_INTEREST:
        return "We do it until you object."
    if purpose.legal_basis not in ASKED:
        return "As long as you have an account."
    return f"A yes lasts {rules.name_ttl(purpose.ttl.days if purpose.ttl else None)}. A no stays."


_SAID = frozenset({Reason.GRANTED, Reason.DENIED, Reason.WITHDRAWN, Reason.OBJECTED, Reason.SIGNAL})
_REFUSED = frozenset({Reason.DENIED, Reason.WITHDRAWN, Reason.OBJECTED, Reason.SIGNAL})


def _word(answer: Answer) -> str:
    if answer.reason in {Reason.CONTRACT, Reason.LEGAL_OBLIGATION}:
        return "Needed"
    if answer.permits:
        return "Allowed" if answer.reason is Reason.GRANTED else "On unless you object"
    return "Not allowed" if answer.reason in _REFUSED else "Waits for your answer"


def _buttons(row: Effective, *, has_notice: bool) -> tuple[str, str]:
    """The actions that her two buttons stand for: one to allow, one to stop; both where nothing is said yet."""
    purpose, answer = row.purpose, row.answer
    if purpose.legal_basis not in ASKED:
        return "", ""
    grant = Action.GRANT.value if has_notice else ""
    if answer.permits:
        return "", _refusal(purpose, answer).value
    if answer.reason in _REFUSED:
        return grant, ""
    return grant, (Action.WITHDRAW if answer.reason is Reason.RECONSENT else Action.DENY).value


def _refusal(purpose: PurposeRule, answer: Answer) -> Action:
    if purpose.legal_basis is LegalBasis.LEGITIMATE_INTEREST:
        return Action.OBJECT
    return Action.WITHDRAW if answer.reason is Reason.GRANTED else Action.DENY


def _elsewhere(row: Effective, subject: str, known: Mapping[str, str]) -> str:
    """What decided, when it was not said of this purpose, or not by this account."""
    if row.event is None:
        return ""
    if row.event.purpose != row.purpose.id and row.answer.reason is not Reason.SIGNAL:
        return known.get(row.event.purpose, row.event.purpose)
    if row.event.party == subject or row.answer.reason is Reason.SIGNAL:
        return ""
    return "another device or record of yours"


def _exceptions(row: Effective, known: Mapping[str, str]) -> Iterable[str]:
    """The channels, processors and kinds of data that come out otherwise: `not: Text message`."""
    alone = {cell[:3] for cell in row.named if _breadth(cell[:3]) == 1}
    for channel, processor, category, answer in row.named:
        cell = (channel, processor, category)
        if _breadth(cell) > 1 and any(_lies_in(cell, each) for each in alone):
            continue  # said already
        names = [rules.name_channel(channel) if channel not in {"", "*"} else ""]
        names += [known.get(each, each) for each in (processor, category) if each not in {"", "*"}]
        said = ", ".join(name for name in names if name)
        yield f"{'also' if answer.permits else 'not'}: {said}"


def _breadth(cell: tuple[str, str, str]) -> int:
    return sum(each not in {"", "*"} for each in cell)


def _lies_in(cell: tuple[str, str, str], other: tuple[str, str, str]) -> bool:
    return all(theirs in {"", "*", mine} for mine, theirs in zip(cell, other, strict=True))


def _below(rows: Sequence[Effective]) -> dict[str, tuple[str, ...]]:
    asked = [row.purpose for row in rows if row.purpose.legal_basis in ASKED]
    return {row.purpose.id: tuple(each.id for each in asked if row.purpose.id in each.ancestors) for row in rows}


def _known(rows: Sequence[Effective]) -> dict[str, str]:
    """Ids that may stand in a sentence, by what they are called."""
    found = {row.pk: row.title for row in list_processors()}
    return {**found, **{row.purpose.id: row.purpose.text("title") for row in rows}, "internal": "us"}


def _who_may(rows: Sequence[Effective]) -> dict[str, tuple[str, ...]]:
    """By purpose: who works with the data where it is allowed, by name, with what they are."""
    processors = [row for row in list_processors() if row.retired_at is None]
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        closed = {processor for _, processor, _, answer in row.named if not answer.permits}
        fitting = [each for each in processors if _may_work(each.kind, row.purpose) and each.pk not in closed]
        found[row.purpose.id] = tuple(_name_processor(each.title, each.kind) for each in fitting)
    return found


def _may_work(kind: str, purpose: PurposeRule) -> bool:
    return kind != ProcessorKind.AI_AGENT or purpose.agent_allowed


def _name_processor(title: str, kind: str) -> str:
    return f"{title} ({rules.PROCESSORS[ProcessorKind(kind)]})"


def _places(row: Effective, view: ConsentView) -> Iterable[Place]:
    """Each open channel and each processor by name, with its own answer: the general one, unless it was named."""
    named = {(channel, processor): answer for channel, processor, category, answer in row.named if category == "*"}
    places = [("channel", each.slug, rules.name_channel(each.slug)) for each in list_channels() if each.enabled]
    places += [
        ("processor", each.pk, _name_processor(each.title, each.kind))
        for each in list_processors()
        if each.retired_at is None and _may_work(each.kind, row.purpose)
    ]
    for field, value, name in places:
        answer = named.get((value, "*") if field == "channel" else ("*", value), row.answer)
        differs = answer.permits != view.allowed
        yield Place(
            field=field,
            value=value,
            name=name,
            allowed=answer.permits,
            why=rules.explain_consent(answer.reason, permits=answer.permits) if differs else "",
            can_allow=not answer.permits and view.current is not None,
            can_stop=answer.permits,
            differs=differs,
        )


def _proxies(subject: str, now: datetime) -> Iterable[str]:
    for row in list_mandates(subject):
        if row.revoked_at is None and (row.expires_at is None or row.expires_at > now):
            yield rules.MANDATES[row.kind]


# --- History --------------------------------------------------------------------------------------------------


def _told(
    event: RecordedEvent,
    titles: Mapping[str, Mapping[str, Mapping[str, str]]],
    processors: Mapping[str, str],
    notices: dict[NoticeRef, NoticeText | None],
) -> EventView:
    if event.notice and event.notice not in notices:
        notices[event.notice] = find_notice(event.notice)
    names = [rules.name_channel(event.channel)] if event.channel else []
    names += [processors.get(event.processor, event.processor)] if event.processor else []
    names += [event.category] if event.category else []
    return EventView(
        id=event.id,
        what=rules.name_choice(event.action, event.source),
        about=_title(event.purpose, titles),
        where=", ".join(names),
        how=_how(event),
        at=event.recorded_at,
        notice=notices[event.notice] if event.notice else None,
        proved=event.tier >= Tier.VERIFIED or event.action not in GRANTS,
    )


def _how(event: RecordedEvent) -> str:
    """Through what it came, in words."""
    if event.source in rules.SOURCES:
        return rules.SOURCES[event.source]
    _, _, client_id = event.recorder.partition("client:")
    client = find_client(client_id=client_id.partition(" ")[0]) if client_id else None
    return f"through {client.name}" if client else ""


def _title(purpose: str, titles: Mapping[str, Mapping[str, Mapping[str, str]]]) -> str:
    return PurposeRule(purpose, texts=titles.get(purpose, {})).text("title")
