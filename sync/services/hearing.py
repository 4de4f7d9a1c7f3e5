"""Signals from outside: whose are heard, and what comes of each, once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Q

import assurance.services
import sessions_hub.services
from assurance.queries import list_risks
from assurance.types import Brings, Health, RiskKind
from audit import journal
from kit.call import CallContext
from kit.ids import digest
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
    rows = list(Transmitter.objects.all())
    for row in rows:
        is_expected = row.enabled and row.freshness > 0
        age = (call.now - (row.received_at or row.created_at)).total_seconds()
        health, reason = rules.judge_age(age, row.freshness) if is_expected else (Health.OK, "")
        assurance.services.record_feed_health(
            feed=_SOURCE + row.slug,
            health=health,
            reason=reason,
            fresh_at=row.received_at,
            brings=Brings.RISKS if is_expected else Brings.NOTHING,
            call=call,
        )
    return len(rows)


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
    }
    first = values | {"created_at": call.now}
    row, created = Transmitter.objects.select_for_update().get_or_create(slug=slug, defaults=first)
    if not created and row.state.draft == draft:
        return
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    said = {"issuer": draft.issuer, "may": values["may"], "enabled": draft.enabled, "provider": draft.provider}
    journal.record(events.TRANSMITTER_CHANGED, call=call, payload={"transmitter": slug, "said": said})
