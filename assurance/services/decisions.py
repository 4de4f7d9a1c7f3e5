"""Deciding: gather, judge, record, answer."""

import re
from collections.abc import Callable
from datetime import datetime

from assurance.events import DECISION_MADE
from assurance.queries import Loaded, ask_registry, consent_of, get_ceiling, item_of, load, load_nothing
from assurance.rules import find_rule, judge, list_lacking, write_facts, write_judgement
from assurance.services.reaching import list_reachable
from assurance.signals import SIGNALS_VERSION, gather_evidence
from assurance.types import (
    Bar,
    Consent,
    ConsentState,
    Decision,
    Facts,
    Link,
    Question,
    SessionFacts,
)
from audit import journal
from channel_registry.errors import ChannelUnavailable
from channel_registry.types import ActionRule, DeviceClass, Plain
from consent.types import Checked, Item
from kit.call import CallContext
from kit.unit_of_work import observation

Registry = Callable[[Item, datetime], Checked]
_OPAQUE = re.compile(r"[A-Za-z0-9_-]{1,64}")


@observation
def decide(*, question: Question, call: CallContext) -> Decision:
    """Whether an action may be done in a session, how surely, and why; the journal keeps all it rests on.

    Always an answer: a channel, an action or a purpose that nobody knows is refused.
    """
    try:
        loaded = load(sid=question.sid, channel=question.channel, now=call.now)
    except ChannelUnavailable:
        return settle(question, load_nothing(channel=question.channel, now=call.now), call, Bar.UNKNOWN_CHANNEL)
    return settle(question, loaded, call)


def settle(
    question: Question, loaded: Loaded, call: CallContext, bar: Bar | None = None, registry: Registry = ask_registry
) -> Decision:
    """Judge what was loaded and record it; `bar` is why there was nothing to load. Joins the deed that is open.

    The `registry` of consent is asked where the action needs a purpose and there is somebody to ask about.
    """
    rule = find_rule(loaded.policy, question.action)
    item = None if bar else _item(question, rule, loaded, call)
    checked = registry(item, call.now) if item else None
    facts = gather_facts(question, loaded, call, bar, checked)
    judgement = judge(facts)
    line = journal.record(
        DECISION_MADE,
        call=call,
        subject="" if bar else _storable(question.subject),
        session="" if bar else _storable(question.sid),
        channel=question.channel,
        payload={
            "facts": write_facts(facts),
            "judgement": write_judgement(judgement),
            "versions": {
                "policy": loaded.policy.digest,
                "signals": SIGNALS_VERSION,
                "crowd": loaded.material.crowd.version,
            },
        },
        durable=bool(call.caller.agent) or facts.rule is None or facts.rule.high_risk,
    )
    return Decision(
        id=line.event_id, judgement=judgement, decided_at=call.now, is_judged=facts.is_judged, checked=checked
    )


def _storable(id: str) -> str:
    """An id as it may stand in the journal: what is not spelled like one of ours could be somebody's address."""
    return id if _OPAQUE.fullmatch(id) else ""


def gather_facts(
    question: Question, loaded: Loaded, call: CallContext, bar: Bar | None = None, checked: Checked | None = None
) -> Facts:
    """What a judgement of a question rests on, of what was loaded and `checked`; asks nothing more."""
    now, session = call.now, _session_facts(loaded, call.now)
    device = session.device_class if session else DeviceClass.OWN_BROWSER
    rule = find_rule(loaded.policy, question.action)
    return Facts(
        channel=question.channel,
        action=question.action,
        rule=rule,
        subject_matches=_is_she(question, loaded),
        session=session,
        prior=loaded.policy.prior,
        ageing=loaded.policy.ageing(device),
        evidence=(*gather_evidence(loaded.material), *list_lacking(loaded.material, rule)) if session else (),
        reachable=list_reachable(loaded, now),
        link=_link(question),
        consent=_consent(rule, checked),
        resource_type=question.resource_type,
        bar=bar or _bar_of_resource(question, rule),
        attributes=_attributes(question, rule),
        ceiling=get_ceiling(),
        changed_seconds=_changed_seconds(loaded, now),
        by_agent=bool(call.caller.agent),
    )


def _changed_seconds(loaded: Loaded, now: datetime) -> float | None:
    """How long ago something changed that the account is proved by; None when nothing ever has."""
    last = max(loaded.material.profile.changed.values(), default=None)
    return (now - last).total_seconds() if last else None


def _bar_of_resource(question: Question, rule: ActionRule | None) -> Bar | None:
    """Nobody acts on another's account in her own session."""
    if rule is None or rule.is_static or question.resource_type != "account":
        return None
    return None if question.resource_id in ("", question.subject) else Bar.OTHER_ACCOUNT


def _attributes(question: Question, rule: ActionRule | None) -> dict[str, Plain]:
    """Of what the caller sent only that which a condition lists, name and value: nothing else ever counts, and what
    an operator did not write into a policy himself may be personal and must not enter the journal.
    """
    listed = [pair for condition in (rule.conditions if rule else ()) for pair in condition.attributes]
    return {name: given for name, values in listed if (given := question.attributes.get(name)) in values}


def _session_facts(loaded: Loaded, now: datetime) -> SessionFacts | None:
    if loaded.at_hand is None:
        return None
    state = loaded.at_hand.state
    proved_at = state.level.auth_time
    return SessionFacts(
        sid=state.sid,
        acr=state.level.acr,
        proved_seconds=(now - proved_at).total_seconds() if proved_at else None,
        device_class=loaded.material.device_class,
        shared_by=loaded.at_hand.shared_by,
    )


def _link(question: Question) -> Link | None:
    """The account itself is not matched; how surely a record is, nobody can say before profiles are resolved."""
    return None if question.resource_type == "account" else Link(p_match=None)


def _item(question: Question, rule: ActionRule | None, loaded: Loaded, call: CallContext) -> Item | None:
    """What to ask the registry of consent; nothing without a purpose, nor in a session that is not hers.

    Whoever names somebody else must not learn from an explanation what she has said.
    """
    if rule is None or rule.is_static or not rule.purpose or not _is_she(question, loaded):
        return None
    return item_of(
        subject=question.subject,
        purpose=rule.purpose,
        channel=question.channel,
        processor=question.processor,
        agent=call.caller.agent or "",
    )


def _is_she(question: Question, loaded: Loaded) -> bool:
    return loaded.at_hand is not None and loaded.at_hand.state.subject == question.subject


def _consent(rule: ActionRule | None, checked: Checked | None) -> Consent:
    if checked is not None:
        return consent_of(checked)
    is_needed = rule is not None and bool(rule.purpose)
    return Consent(ConsentState.NOT_ASKED, known=False) if is_needed else Consent(ConsentState.NOT_NEEDED)
