"""Whether a choice can be written down at all: what is said of it must exist, and be theirs to say."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from channel_registry.errors import ChannelUnavailable
from channel_registry.queries import get_policy, get_sources, list_channels
from consent.errors import (
    AlreadyExpired,
    FutureTimestamp,
    MandateMissing,
    MinorCannotConsent,
    NoticeMissing,
    NoticeRetired,
    UnknownChoice,
    UnknownNotice,
    UnknownPurpose,
    UnknownScope,
    UnknownSource,
)
from consent.models import ConsentEvent, Mandate, Processor
from consent.queries.notices import current_notice
from consent.types import (
    FUTURE_TOLERANCE,
    GRANTS,
    INTERNAL,
    LONGEST_EVENT_ID,
    LONGEST_NAME,
    LONGEST_PARTY,
    SIGNAL_SOURCE,
    SOURCES,
    Action,
    Catalog,
    Choice,
    NoticeRef,
    NoticeText,
    PurposeRule,
    Tier,
)
from kit.call import CallContext
from kit.refusal import MalformedInput


@dataclass(frozen=True, slots=True)
class Known:
    """What some choices speak of, as far as there is such a thing."""

    catalog: Catalog
    notices: Mapping[NoticeRef, NoticeText]
    mandates: Mapping[str, Mandate]
    events: Mapping[str, ConsentEvent]

    def purpose_of(self, choice: Choice) -> PurposeRule:
        """The purpose of a choice. Raises UnknownPurpose."""
        purpose = self.catalog.purposes.get(choice.purpose)
        if purpose is None:
            raise UnknownPurpose
        return purpose

    def tier_of(self, choice: Choice) -> Tier:
        """How good the evidence of a choice is: of a proxy's that of a proxy at best."""
        return min(choice.tier, Tier.PROXY) if choice.mandate else choice.tier

    def is_minor(self, choice: Choice) -> bool:
        """Whether the person is known to have been too young to choose this herself."""
        age = self.purpose_of(choice).minor_age
        return age is not None and choice.age is not None and choice.age < age

    def is_signal(self, choice: Choice) -> bool:
        """Whether a choice is a universal signal."""
        return choice.source == SIGNAL_SOURCE


def completed(choice: Choice, events: Mapping[str, ConsentEvent]) -> Choice:
    """A choice with what it leaves to the one that it confirms: notice, scope, what the form listed."""
    target = events.get(choice.refers_to)
    if choice.action is not Action.CONFIRM or target is None or target.party != choice.party or not target.notice:
        return choice
    return replace(
        choice,
        notice=choice.notice or NoticeRef(target.notice, target.notice_version, target.notice_language),
        channel=choice.channel or target.channel,
        processor=choice.processor or target.processor,
        category=choice.category or target.category,
        listed=choice.listed or tuple(target.listed),
    )


def refuse_unfit(choice: Choice, known: Known, call: CallContext) -> None:
    """Raise what `record_choices` says it raises."""
    purpose = known.purpose_of(choice)
    if choice.occurred_at is not None and choice.occurred_at > call.now + FUTURE_TOLERANCE:
        raise FutureTimestamp
    if choice.expires_at is not None and choice.expires_at <= call.now and choice.tier > Tier.INFERRED:
        raise AlreadyExpired
    if choice.source and choice.source not in SOURCES and choice.source not in _ranked_sources():
        raise UnknownSource
    _refuse_unknown_scope(choice, purpose, known)
    _refuse_unfit_signal(choice, purpose, known)
    _refuse_unfit_mandate(choice, known, call)
    if choice.action is Action.INVALIDATE:
        _refuse_unfit_reference(choice, known)
    elif choice.action in GRANTS:
        _refuse_unfit_grant(choice, purpose, known)
    elif choice.notice is not None and choice.notice not in known.notices:
        raise UnknownNotice


def refuse_malformed(choice: Choice) -> None:
    """Raise MalformedInput for what no id or list of names looks like: nothing is asked of the database with it."""
    limits = {
        "party": LONGEST_PARTY,
        "event_id": LONGEST_EVENT_ID,
        "purpose": LONGEST_NAME,
        "channel": 32,
        "processor": LONGEST_NAME,
        "category": LONGEST_NAME,
        "source": LONGEST_NAME,
        "sid": 64,
        "mandate": 40,
        "refers_to": 40,
    }
    for name, longest in limits.items():
        text = getattr(choice, name)
        if len(text) > longest or not _is_plain(text):
            raise MalformedInput(f"The {name} is too long or holds characters that no id has.")
    if not choice.party or not choice.event_id:
        raise MalformedInput("A choice has a party and an id.")
    if len(choice.listed) > 100 or not all(_is_plain(each) and len(each) <= 100 for each in choice.listed):
        raise MalformedInput("What the form listed is too much, or no list of names.")
    if choice.acknowledged and choice.action is not Action.GRANT:
        raise MalformedInput("Only a grant acknowledges a conflict.")
    if len(choice.personal) > 20 or any(len(value) > 2000 for value in choice.personal.values()):
        raise MalformedInput("The personal values are too many or too long.")


def _is_plain(text: str) -> bool:
    return text.isprintable() and not any("\ud800" <= each <= "\udfff" for each in text)


def _ranked_sources() -> set[str]:
    return {source for row in get_sources().rows for source in row.order}


def _refuse_unknown_scope(choice: Choice, purpose: PurposeRule, known: Known) -> None:
    """A grant names what is open now; a refusal may also name what was closed since."""
    is_grant = choice.action in GRANTS
    if choice.channel and not _has_channel(choice.channel, open_now=is_grant):
        raise UnknownScope
    processor = choice.processor
    is_known = processor in {"", INTERNAL} or processor in known.catalog.processors
    if not is_known and (is_grant or not Processor.objects.filter(pk=processor).exists()):
        raise UnknownScope
    if choice.category and choice.category not in purpose.categories:
        raise UnknownScope


def _has_channel(slug: str, *, open_now: bool) -> bool:
    try:
        get_policy(slug)
    except ChannelUnavailable:
        return not open_now and any(channel.slug == slug for channel in list_channels())
    return True


def _refuse_unfit_signal(choice: Choice, purpose: PurposeRule, known: Known) -> None:
    fits = choice.action is Action.DENY and choice.tier is Tier.SIGNAL and purpose.gpc_applies
    if known.is_signal(choice) != (choice.tier is Tier.SIGNAL) or (known.is_signal(choice) and not fits):
        raise MalformedInput("A universal signal denies a purpose that it applies to, at its own tier.")


def _refuse_unfit_mandate(choice: Choice, known: Known, call: CallContext) -> None:
    if not choice.mandate:
        if choice.tier is Tier.PROXY:
            raise MandateMissing
        return
    row = known.mandates.get(choice.mandate)
    is_live = row is not None and row.revoked_at is None and (row.expires_at is None or row.expires_at > call.now)
    if row is None or not is_live or row.party != choice.party:
        raise MandateMissing
    if row.purposes and not {choice.purpose, *known.purpose_of(choice).ancestors} & set(row.purposes):
        raise MandateMissing
    if call.caller.subject and call.caller.subject != row.holder:
        raise MandateMissing


def _refuse_unfit_reference(choice: Choice, known: Known) -> None:
    target = known.events.get(choice.refers_to)
    if target is None or (target.party, target.purpose) != (choice.party, choice.purpose):
        raise UnknownChoice
    is_grant = target.action in {Action.GRANT, Action.CONFIRM}
    if target.action == Action.INVALIDATE or (not is_grant and target.tier > min(choice.tier, Tier.VERIFIED - 1)):
        raise UnknownChoice


def _refuse_unfit_grant(choice: Choice, purpose: PurposeRule, known: Known) -> None:
    is_concluded = choice.tier <= Tier.INFERRED  # an import says what it has; the rules say what that is worth
    if known.is_minor(choice) and not choice.mandate and not is_concluded:
        raise MinorCannotConsent
    if choice.notice is None:
        if is_concluded:
            return
        raise NoticeMissing
    notice = known.notices.get(choice.notice)
    if notice is None or not {purpose.id, *purpose.ancestors} & set(notice.purposes):
        raise UnknownNotice
    is_old = purpose.notice == notice.id and notice.version < purpose.notice_min
    if (notice.retired_at is not None or is_old) and not is_concluded:
        current = current_notice(purpose.notice or notice.id, notice.language)
        raise NoticeRetired(current.ref if current else None)
