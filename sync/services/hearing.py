"""Signals from outside: whose are heard, and what comes of each, once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Q

import assurance.services
import sessions_hub.services
from assurance.queries import list_raised, list_risks
from assurance.types import Brings, Health, RiskKind
from audit import journal
from kit.call import CallContext
from kit.ids import digest
from kit.refusal import NotFound
from kit.unit_of_work import deed
from sync import events, rules
from sync.errors import TransmitterInvalid
from sync.models import HeardToken, Transmitter
from sync.queries import find_subject, forget_transmitter_keys, plan_transmitters, read_transmitters
from sync.services.risks import let_feeds_stand
from sync.types import HeardSet, TransmitterDraft, TransmitterState

_SOURCE = "ssf:"
_NOTED_EVERY = timedelta(seconds=5)


@deed
def apply_transmitters(*, document: Mapping[str, Any], call: CallContext) -> list[str]:
    """Hear those that a document says, as it says, and answer what changed; applying twice changes nothing.

    Whom it does not name is heard as before; nothing is ever deleted. Raises TransmitterInvalid.
    """
    changes = plan_transmitters(document)
    for slug, draft in read_transmitters(document).items():
        _keep(slug, draft, call)
    forget_transmitter_keys()
    return changes


@deed
def take_in_set(*, transmitter: TransmitterState, heard: HeardSet, call: CallContext) -> bool:
    """Let a signal have its consequences, once for each `jti`: False when it has come before.

    What is about nobody whom we know has none. Raises SetRefused for a subject that is none.
    """
    row, is_new = HeardToken.objects.get_or_create(
        transmitter_id=transmitter.slug, jti=digest(heard.jti), defaults={"heard_at": call.now}
    )
    if not is_new:
        return False
    follows = rules.judge_signal(heard, transmitter.draft)
    subject, provider = ("", "") if follows.verifies else find_subject(heard, draft=transmitter.draft)
    did = _act(follows, subject, provider, transmitter, call) if subject else []
    _note_heard(transmitter, follows, call)
    payload = {"transmitter": transmitter.slug, "event": heard.uri[:200], "set": row.jti, "did": did}
    journal.record(events.SIGNAL_HEARD, call=call, subject=subject, payload=payload)
    return True


@deed
def check_transmitters(*, call: CallContext) -> int:
    """Look by the clock whether transmitters are heard as often as they should be, and tell the judge; how many."""
    rows = list(Transmitter.objects.select_for_update(no_key=True).order_by("slug"))
    for row in rows:
        heard_at = max(filter(None, (row.received_at, row.counted_from)))  # as long as it was cut off it was not heard
        age = (call.now - heard_at).total_seconds()
        if row.health == Health.POISONED:
            health, reason = Health.POISONED, row.reason
        else:
            health, reason = rules.judge_age(age, row.freshness) if _is_expected(row) else (Health.OK, "")
        _note_health(row, health, reason, call)
    return len(rows)


@deed
def cut_off_flood(*, transmitter: TransmitterState, jti: str, call: CallContext) -> bool:
    """Whether a transmitter is cut off, from now on where this signal is one too many within an hour.

    Whoever has its key could hold back every customer: so much is not believed before somebody has looked. What its
    signals have done stays until then.
    """
    if transmitter.health is Health.POISONED:
        return True
    row = Transmitter.objects.get(slug=transmitter.slug)
    since = max(row.counted_from, call.now - rules.COUNTED_OVER)
    heard = HeardToken.objects.filter(transmitter=row)
    if heard.filter(heard_at__gt=since)[: row.most].count() < row.most or heard.filter(jti=digest(jti)).exists():
        return False
    row = Transmitter.objects.select_for_update(no_key=True).get(slug=transmitter.slug)
    if row.health != Health.POISONED:
        row.good_until = since
        _note_health(row, Health.POISONED, "volume", call)
        payload = {"transmitter": row.slug, "most": row.most, "good_until": since.isoformat()}
        journal.record(events.TRANSMITTER_CUT_OFF, call=call, payload=payload)
    return True


@deed
def release_transmitter(*, slug: str, take_back: bool, call: CallContext) -> bool:
    """Hear a transmitter again that was cut off; False when it is not. Raises NotFound.

    With `take_back` the risks go that it has raised since it was last good; what others say stands on.
    """
    row = Transmitter.objects.select_for_update(no_key=True).filter(slug=slug).first()
    if row is None:
        raise NotFound("There is no such transmitter.")
    if row.health != Health.POISONED:
        return False
    wrong = list_raised(source=_SOURCE + slug, since=row.good_until or row.since) if take_back else []
    for flag in wrong:
        assurance.services.clear_risk(flag_id=flag.flag_id, call=call)
        let_feeds_stand(flag.profile_id, {RiskKind(flag.kind)}, call)
    row.counted_from, row.good_until = call.now, None
    _note_health(row, Health.OK, "", call)
    payload = {"transmitter": slug, "taken_back": len(wrong)}
    journal.record(events.TRANSMITTER_RELEASED, call=call, payload=payload)
    return True


def _is_expected(row: Transmitter) -> bool:
    return row.enabled and row.freshness > 0


def _note_health(row: Transmitter, health: Health, reason: str, call: CallContext) -> None:
    if (row.health, row.reason) != (health.value, reason):
        row.since = row.since if row.health == health.value else call.now
        row.health, row.reason = health.value, reason
        row.save(update_fields=["health", "reason", "since", "counted_from", "good_until"])
    assurance.services.record_feed_health(
        feed=_SOURCE + row.slug,
        health=health,
        reason=reason,
        fresh_at=row.received_at,
        good_until=row.good_until,
        brings=Brings.RISKS if _is_expected(row) or health is Health.POISONED else Brings.NOTHING,
        call=call,
    )


@deed
def clear_heard_tokens(*, older_than: timedelta, call: CallContext, limit: int = 10_000) -> int:
    """Forget which tokens were heard more than `older_than` ago, which by their age are taken no more; how many."""
    rows = HeardToken.objects.filter(heard_at__lt=call.now - older_than)
    deleted, _ = HeardToken.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:limit])).delete()
    return deleted


def _act(
    follows: rules.Consequences, subject: str, provider: str, transmitter: TransmitterState, call: CallContext
) -> list[str]:
    """What was done, in words for the journal."""
    source = _SOURCE + transmitter.slug
    did = []
    if follows.ends_sessions:
        _end_sessions(subject, provider, call)
        did.append("sessions")
    if follows.risk is not None:
        assurance.services.raise_risk(subject=subject, kind=follows.risk, source=source, call=call)
        did.append(f"risk:{follows.risk.value}")
    if follows.clears:
        standing = [each for each in list_risks(subject=subject) if each.source == source and each.cleared_at is None]
        for each in standing:
            assurance.services.clear_risk(flag_id=each.flag_id, call=call)
        did += [f"cleared:{each.kind}" for each in standing]
        let_feeds_stand(subject, {RiskKind(each.kind) for each in standing}, call)
    return did


def _end_sessions(subject: str, provider: str, call: CallContext) -> None:
    """A provider's word ends what rests on it alone; one about our account ends everything."""
    if provider:
        sessions_hub.services.lower_sessions_resting_on_provider(provider=provider, subject=subject, call=call)
    else:
        sessions_hub.services.revoke_sessions_of(subject=subject, reason="signal", call=call)


def _note_heard(transmitter: TransmitterState, follows: rules.Consequences, call: CallContext) -> None:
    rows = Transmitter.objects.filter(slug=transmitter.slug)
    lately = Q(received_at=None) | Q(received_at__lt=call.now - _NOTED_EVERY)
    rows.filter(lately).update(received_at=call.now)  # not each time: it would be everybody's bottleneck
    if follows.verifies:
        rows.update(verified_at=call.now)


def _keep(slug: str, draft: TransmitterDraft, call: CallContext) -> None:
    if Transmitter.objects.filter(issuer=draft.issuer).exclude(slug=slug).exists():
        raise TransmitterInvalid(f"transmitters.{slug}.issuer", "is another transmitter's.")
    values = {
        "name": draft.name,
        "issuer": draft.issuer,
        "audience": draft.audience,
        "jwks_uri": draft.jwks_uri,
        "jwks": dict(draft.jwks),
        "provider": draft.provider,
        "by_email": draft.by_email,
        "may": [each.value for each in draft.may],
        "risk": draft.risk,
        "enabled": draft.enabled,
        "freshness": draft.freshness,
        "most": draft.most,
    }
    first = values | dict.fromkeys(("since", "counted_from"), call.now)
    row, created = Transmitter.objects.select_for_update().get_or_create(slug=slug, defaults=first)
    if not created and row.state.draft == draft:
        return
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    said = {"issuer": draft.issuer, "may": values["may"], "enabled": draft.enabled, "provider": draft.provider}
    journal.record(events.TRANSMITTER_CHANGED, call=call, payload={"transmitter": slug, "said": said})
