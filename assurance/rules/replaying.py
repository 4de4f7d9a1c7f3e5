"""Recorded facts under another policy: what would have been decided."""

from dataclasses import replace

from assurance.rules.catalogue import find_rule
from assurance.types import Consent, ConsentState, Evidence, Facts
from channel_registry.types import AUTHENTICATORS, ActionRule, ChannelPolicy


def under(policy: ChannelPolicy, facts: Facts) -> Facts:
    """The same facts, judged by what `policy` says: its rule, prior and ageing, and only the proofs that it counts.

    What was not recorded is not made up: a proof that counted for nothing when it was recorded weighs nothing here,
    and of another purpose than the recorded one nobody knows what the customer said.
    """
    rule = find_rule(policy, facts.action)
    session = facts.session
    return replace(
        facts,
        rule=rule,
        prior=policy.prior,
        ageing=policy.ageing(session.device_class) if session else facts.ageing,
        evidence=tuple(_counted(each, policy) for each in facts.evidence),
        reachable=tuple(
            reach for reach in facts.reachable if all(each.method in policy.authenticators for each in reach.by)
        ),
        consent=_consent(rule, facts),
    )


def _counted(evidence: Evidence, policy: ChannelPolicy) -> Evidence:
    """A proof by a method that the policy does not count is listed and weighs nothing."""
    is_proof = evidence.source == "accounts" and evidence.signal in AUTHENTICATORS
    if is_proof and evidence.signal not in policy.authenticators:
        return replace(evidence, bits=0.0, missing=True)
    return evidence


def _consent(rule: ActionRule | None, facts: Facts) -> Consent:
    purpose = rule.purpose if rule else ""
    recorded = facts.rule.purpose if facts.rule else ""
    if purpose == recorded:
        return facts.consent
    if not purpose:
        return Consent(ConsentState.NOT_NEEDED)
    return Consent(ConsentState.UNKNOWN, reason="not_recorded", known=False)
