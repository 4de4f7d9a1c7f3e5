"""From facts to an outcome: objections that can be read aloud, the strictest first.

refuse > suppress > review > step_up > permit. All objections are told; the first decides.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from assurance.rules.combination import combine
from assurance.rules.confidence import measure, measure_after, reachable_confidence, session_needed
from assurance.rules.consenting import hint_for_consent, object_for_consent
from assurance.rules.freshness import list_degraded
from assurance.rules.limits import SHORTEST_USEFUL, allowed_seconds, shorter
from assurance.types import (
    Bar,
    Confidence,
    Evidence,
    Facts,
    Group,
    Judgement,
    Objection,
    Outcome,
    Reach,
)
from channel_registry.types import ActionRule, Condition, Effect, Match, Plain, meets

_ORDER = tuple(Outcome)


def judge(facts: Facts) -> Judgement:
    """What may be done, how surely, and why: a pure function of the facts."""
    confidence = measure(facts)
    best = _best_proof(facts)
    reachable = reachable_confidence(facts, best) if best else 0.0
    found = (_as_told(each, facts) for each in _objections(facts, confidence, reachable))
    objections = tuple(sorted(found, key=lambda each: _ORDER.index(each.outcome)))
    outcome = objections[0].outcome if objections else Outcome.PERMIT
    steps_up = outcome is Outcome.STEP_UP and facts.rule is not None
    acr, max_age = _to_ask_for(facts) if steps_up else ("", None)
    return Judgement(
        outcome=outcome,
        objections=objections,
        confidence=confidence,
        acr_values=acr,
        max_age=max_age,
        reachable=reachable,
        would_change=tuple(hint for each in objections if (hint := _hint(each, facts))),
        degraded=list_degraded(confidence.lines),
    )


def _hint(objection: Objection, facts: Facts) -> str:
    """What would have changed the outcome, by one objection; empty where nobody can say."""
    return _HINTS.get(objection.code) or hint_for_consent(objection, facts.consent)


def _as_told(objection: Objection, facts: Facts) -> Objection:
    """Nobody shows an agent a neutral version: what a customer would not be shown is refused to it, with the reason."""
    is_for_people = facts.by_agent and objection.outcome is Outcome.SUPPRESS
    return replace(objection, outcome=Outcome.REFUSE) if is_for_people else objection


def _objections(facts: Facts, confidence: Confidence, reachable: float) -> list[Objection]:
    if facts.bar is not None:
        return [Objection(facts.bar.value, Outcome.REFUSE, _BARS[facts.bar])]
    rule = facts.rule
    if rule is None:
        return [_UNKNOWN_ACTION]
    if rule.is_static:
        return _static_objections(facts, rule)
    found = [objection for objection, applies in _ABSOLUTE if applies(facts, rule)]
    if rule.purpose and (missing := object_for_consent(facts.consent)):
        found.append(missing)
    found += _conditional(facts, rule)
    if facts.session is None or any(each.outcome is Outcome.REFUSE for each in found):
        return found
    return [*found, *_short_of_proof(facts, rule, confidence, reachable)]


# --- What the request itself says -------------------------------------------------------------------------------


def _static_objections(facts: Facts, rule: ActionRule) -> list[Objection]:
    applying = find_condition(rule, facts.attributes)
    if applying is None:
        return [_NOTHING_APPLIES]
    return _conditional(facts, rule)


def _conditional(facts: Facts, rule: ActionRule) -> list[Objection]:
    applying = find_condition(rule, facts.attributes)
    if applying is None or applying.effect is Effect.PERMIT:
        return []
    return [
        Objection("condition_applies", Outcome(applying.effect.value), "The policy says so for a request like this.")
    ]


def find_condition(rule: ActionRule, attributes: Mapping[str, Plain]) -> Condition | None:
    """The first condition of an action that a request meets."""
    return next((each for each in rule.conditions if _applies(each, attributes)), None)


def _applies(condition: Condition, attributes: Mapping[str, Plain]) -> bool:
    return all(name in attributes and _is_among(attributes[name], values) for name, values in condition.attributes)


def _is_among(value: Plain, values: tuple[Plain, ...]) -> bool:
    """Equal in kind and value: true is not 1."""
    return any(value == each and isinstance(value, bool) is isinstance(each, bool) for each in values)


_NOTHING_APPLIES = Objection(
    "no_condition_applies", Outcome.REFUSE, "Nothing in the policy allows a request like this."
)


# --- What no proof can mend ---------------------------------------------------------------------------------------

_BARS = {
    Bar.UNKNOWN_CHANNEL: "There is no such channel for this client, so nothing is allowed on it.",
    Bar.UNKNOWN_SUBJECT_TYPE: "Only customers are judged here.",
    Bar.NO_PART_IN_SESSION: "This client takes no part in a session of that id.",
    Bar.OTHER_ACCOUNT: "The account asked about is not the one of the customer who would act.",
}
_UNKNOWN_ACTION = Objection(
    "unknown_action", Outcome.REFUSE, "This action is not known on this channel, so it is not allowed."
)


def _is_matched_too_loosely(facts: Facts, rule: ActionRule) -> bool:
    if facts.link is None:
        return False
    if facts.link.p_match is None or rule.match is Match.NONE:
        return True
    return rule.match is Match.VERIFIED and facts.link.probabilistic


_ABSOLUTE: tuple[tuple[Objection, Callable[[Facts, ActionRule], bool]], ...] = (
    (
        Objection("no_live_session", Outcome.REFUSE, "Nobody is signed in here, so there is nobody to judge."),
        lambda facts, rule: facts.session is None,
    ),
    (
        Objection("subject_mismatch", Outcome.REFUSE, "The session belongs to somebody else."),
        lambda facts, rule: facts.session is not None and not facts.subject_matches,
    ),
    (
        Objection("resource_not_covered", Outcome.REFUSE, "This action does not apply to this kind of resource."),
        lambda facts, rule: bool(rule.resources) and facts.resource_type not in rule.resources,
    ),
    (
        Objection("cooling_down", Outcome.REFUSE, "What the account is proved by has changed too lately."),
        lambda facts, rule: (
            rule.cool_down is not None and facts.changed_seconds is not None and facts.changed_seconds < rule.cool_down
        ),
    ),
    (
        Objection(
            "household_ambiguity",
            Outcome.SUPPRESS,
            "Several people use this device, and nothing proves who is here now.",
        ),
        lambda facts, rule: (
            bool(rule.purpose)
            and facts.session is not None
            and facts.session.shared_by > 1
            and not meets(facts.session.acr, _ONE_FACTOR)
        ),
    ),
    (
        Objection("match_uncertain", Outcome.REVIEW, "The record may be another person's; a person has to look at it."),
        _is_matched_too_loosely,
    ),
    (
        Objection(
            "channels_too_few", Outcome.REVIEW, "It takes proofs over more channels that do not depend on each other."
        ),
        lambda facts, rule: rule.independent_channels > _count_channels(facts.evidence),
    ),
    (
        Objection(
            "threshold_above_ceiling",
            Outcome.REVIEW,
            "No confidence that can be reported is enough for this action yet.",
        ),
        lambda facts, rule: rule.threshold > facts.ceiling,
    ),
)
_ONE_FACTOR = "urn:throughline:1fa"
_TWO_FACTORS = "urn:throughline:2fa"
# What one hand may hold together is one channel; a password proves none: it is what gets lost.
_CHANNEL_OF_PROOF = {
    "federated": "mailbox",
    "email_code": "mailbox",
    "totp": "app",
    "recovery_code": "paper",
    "passkey": "passkey",
    "passkey_uv": "passkey",
    "passkey_hardware": "passkey",
    "human_check": "person",
}


def _count_channels(evidence: Iterable[Evidence]) -> int:
    """Over how many channels of their own the evidence proves that it is she."""
    counting = (each for each in evidence if not each.missing and each.bits > 0)
    return len({_CHANNEL_OF_PROOF[each.signal] for each in counting if each.signal in _CHANNEL_OF_PROOF})


# --- What a proof may mend ----------------------------------------------------------------------------------------


def _short_of_proof(facts: Facts, rule: ActionRule, confidence: Confidence, reachable: float) -> list[Objection]:
    """The objections about level, age and number: stepped up where that helps, refused or reviewed where it cannot."""
    assert facts.session is not None  # whoever has none is refused before
    wanting = [
        code
        for code, applies in (
            ("acr_too_low", bool(rule.acr) and not meets(facts.session.acr, rule.acr)),
            ("proof_too_old", _is_too_old(facts, rule)),
            ("confidence_too_low", confidence.reported < rule.threshold),
        )
        if applies
    ]
    if not wanting or rule.threshold > facts.ceiling:
        return []
    outcome = _remedy(facts, rule, reachable)
    return [Objection(code, outcome, _WANTING[code]) for code in wanting]


def _remedy(facts: Facts, rule: ActionRule, reachable: float) -> Outcome:
    if reachable < rule.threshold:
        # Enough for the account, not enough for the record: another proof does not make the match any surer.
        return Outcome.REVIEW if facts.link is not None and facts.reachable else Outcome.REFUSE
    if not _reaches_level(facts, rule):
        return Outcome.REFUSE
    limit = _max_age(facts)
    return Outcome.REFUSE if limit is not None and limit < SHORTEST_USEFUL else Outcome.STEP_UP


def _is_too_old(facts: Facts, rule: ActionRule) -> bool:
    return rule.max_age is not None and _proved_seconds(facts, rule) > rule.max_age


def _proved_seconds(facts: Facts, rule: ActionRule) -> float:
    """How long ago was proved what an action asks for.

    Of two factors that is the one she does not know by heart: whoever says her password again, in a session that rose
    hours ago, has not proved both lately. One that does not count on this channel never was proved here.
    """
    newest = facts.session.proved_seconds if facts.session else None
    if newest is None:
        return math.inf
    second = [each for each in facts.evidence if each.covered_seconds is not None and each.group is not Group.KNOWLEDGE]
    if not second or not meets(rule.acr, _TWO_FACTORS):
        return newest
    return max(newest, min((each.age_seconds or 0.0 for each in second if not each.missing), default=math.inf))


def _reaches_level(facts: Facts, rule: ActionRule) -> bool:
    return any(meets(reach.acr, rule.acr or "0") for reach in facts.reachable)


def _best_proof(facts: Facts) -> Reach | None:
    """The step-up that would say most, among those that lead to the level the action asks for."""
    wanted = facts.rule.acr if facts.rule else ""
    fitting = [reach for reach in facts.reachable if meets(reach.acr, wanted or "0")]
    return max(fitting, key=lambda reach: (reachable_confidence(facts, reach), reach.acr), default=None)


def _to_ask_for(facts: Facts) -> tuple[str, int | None]:
    """The level and the age to ask for, such that whoever answers has given a proof that is enough.

    The policy's level; that of the best proof where the policy names none, or where a weaker proof would lead to the
    policy's level too and leave the number short. What her session proves already asks her for nothing, so there a
    proof given now is asked for: `max_age` 0.
    """
    rule, session, best = facts.rule, facts.session, _best_proof(facts)
    assert rule is not None
    assert session is not None
    acr, max_age = rule.acr, _max_age(facts)
    if best is not None and (not acr or _leaves_short(facts, acr)):
        acr = best.acr
    proved = session.proved_seconds is not None and (max_age is None or session.proved_seconds <= max_age)
    return acr, 0 if proved and meets(session.acr, acr) else max_age


def _leaves_short(facts: Facts, acr: str) -> bool:
    """Whether some proof leads to a level and still leaves the number below what the action asks for."""
    assert facts.rule is not None
    leading = (reach for reach in facts.reachable if meets(reach.acr, acr))
    return any(reachable_confidence(facts, reach) < facts.rule.threshold for reach in leading)


def _max_age(facts: Facts) -> int | None:
    """The shorter of the policy's `max_age` and the time for which the curve of this device stays above."""
    rule, best = facts.rule, _best_proof(facts)
    assert rule is not None
    if best is None:
        return rule.max_age
    at_proof = measure_after(facts, best, 0.0)
    risk = combine(at_proof.lines, standing=True)
    needed = session_needed(rule.threshold, facts)
    return shorter(rule.max_age, allowed_seconds(at_proof.at_proof, facts.ageing, threshold=needed, risk_bits=risk))


_WANTING = {
    "acr_too_low": "The customer has not proved enough in this session for this action.",
    "proof_too_old": "The customer's last proof was too long ago for this action.",
    "confidence_too_low": "It is not sure enough that this is the customer.",
}
_HINTS = {
    "acr_too_low": "A proof that leads to the level this action asks for.",
    "proof_too_old": "A fresh proof.",
    "confidence_too_low": "More, or fresher, evidence that this is the customer.",
    "household_ambiguity": "A sign-in on this device, which says who of the household is here.",
    "match_uncertain": "A verified link between the record and the account.",
    "no_live_session": "A sign-in.",
    "unknown_channel": "An open channel.",
    "unknown_action": "An action that the channel's policy lists.",
    "cooling_down": "Waiting until the last change has stood for a while.",
    "channels_too_few": "A proof over another channel, or a person who looks.",
    "resource_not_covered": "A kind of resource that the action covers.",
    "subject_mismatch": "A session of the customer herself.",
    "threshold_above_ceiling": "More labelled outcomes, which raise what may be reported.",
}
