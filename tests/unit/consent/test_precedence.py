"""The truth table of the precedence: each line a story, what is answered, why, and which step decided."""

from datetime import timedelta
from typing import Any

import pytest

from consent.types import LegalBasis, Loser, Reason, Regime, Tier, Verdict
from tests.unit.consent.stories import BEN, INTEREST, PHONE, ask, at, device, fact, match, purpose, signal

YES, NO = Verdict.PERMIT, Verdict.DENY
CHILD = purpose("news.mail", ancestors=("news",))
GPC = purpose(gpc_applies=True)
ACKNOWLEDGED: dict[str, Any] = {"acknowledged": True}

TABLE = {
    # 1. Basis first.
    "an unknown purpose is denied": (NO, "unknown_purpose", 1, lambda: ask(purpose="spying")),
    "a contract asks nobody": (
        *(YES, "contract", 1),
        lambda: ask(fact("withdraw"), rule=purpose(legal_basis=LegalBasis.CONTRACT)),
    ),
    "a legal obligation asks nobody": (
        *(YES, "legal_obligation", 1),
        lambda: ask(fact("deny"), rule=purpose(legal_basis=LegalBasis.LEGAL_OBLIGATION)),
    ),
    "a legitimate interest holds": (YES, "legitimate_interest", 1, lambda: ask(rule=purpose(**INTEREST))),
    "a legitimate interest ends where somebody objects": (
        *(NO, "objected", 5),
        lambda: ask(fact("object"), rule=purpose(**INTEREST)),
    ),
    "an agent is denied where agents are not allowed, contract or not": (
        *(NO, "agent_not_allowed", 1),
        lambda: ask(rule=purpose(legal_basis=LegalBasis.CONTRACT, agent_allowed=False), agent="agt_1"),
    ),
    "an agent as processor is an agent": (
        *(NO, "agent_not_allowed", 1),
        lambda: ask(fact("grant"), rule=purpose(agent_allowed=False), processor="bot"),
    ),
    "an unknown processor is denied": (NO, "unknown_processor", 1, lambda: ask(fact("grant"), processor="stranger")),
    "who asks for every processor asks for those in use": (
        *(YES, "granted", 5),
        lambda: ask(fact("grant", 0), fact("deny", 1, processor="former"), processor=""),
    ),
    # 2. What does not count.
    "a grant permits": (YES, "granted", 5, lambda: ask(fact("grant"))),
    "a confirmation permits": (YES, "granted", 5, lambda: ask(fact("confirm"))),
    "a grant that has expired is none": (NO, "expired", 2, lambda: ask(fact("grant", expires_at=at(5)), minute=5)),
    "a grant holds until it expires": (YES, "granted", 5, lambda: ask(fact("grant", expires_at=at(5)), minute=4.9)),
    "a grant is over when the purpose's time is": (
        *(NO, "expired", 2),
        lambda: ask(fact("grant"), rule=purpose(ttl=timedelta(minutes=5)), minute=5),
    ),
    "a refusal that has expired is none": (
        *(YES, "granted", 5),
        lambda: ask(fact("grant", 0), fact("deny", 1, expires_at=at(2)), minute=3),
    ),
    "a grant under an older notice asks again": (
        *(NO, "reconsent", 2),
        lambda: ask(fact("grant", notice="privacy", notice_version=1), rule=purpose(notice="privacy", notice_min=2)),
    ),
    "a grant under another notice asks again": (
        *(NO, "reconsent", 2),
        lambda: ask(fact("grant", notice="terms", notice_version=9), rule=purpose(notice="privacy", notice_min=2)),
    ),
    "a refusal survives a change of the notice": (
        *(NO, "withdrawn", 5),
        lambda: ask(fact("withdraw"), rule=purpose(notice="privacy", notice_min=2)),
    ),
    "a grant below the least evidence is none": (
        *(NO, "weak_evidence", 2),
        lambda: ask(fact("grant", tier=Tier.UNVERIFIED), rule=purpose(min_evidence=5)),
    ),
    "a refusal needs no evidence": (
        *(NO, "denied", 5),
        lambda: ask(fact("deny", tier=Tier.UNVERIFIED), rule=purpose(min_evidence=5)),
    ),
    "a proxy with a live mandate permits": (
        *(YES, "granted", 5),
        lambda: ask(fact("grant", tier=Tier.PROXY, mandate="man_1", mandate_until=at(2000))),
    ),
    "a proxy whose mandate ended permits no more": (
        *(NO, "no_mandate", 2),
        lambda: ask(fact("grant", tier=Tier.PROXY, mandate="man_1", mandate_until=at(10))),
    ),
    "a proxy without a mandate permits nothing": (NO, "no_mandate", 2, lambda: ask(fact("grant", tier=Tier.PROXY))),
    "what a proxy refused stays refused": (
        *(NO, "denied", 5),
        lambda: ask(fact("deny", tier=Tier.PROXY, mandate="man_1", mandate_until=at(10))),
    ),
    "a minor cannot permit for herself": (NO, "minor", 2, lambda: ask(fact("grant", minor=True))),
    "a minor can refuse": (NO, "denied", 5, lambda: ask(fact("grant", 0), fact("deny", 1, minor=True))),
    "a guardian permits for a minor": (
        *(YES, "granted", 5),
        lambda: ask(fact("grant", tier=Tier.PROXY, minor=True, mandate="man_1")),
    ),
    "what was declared void is none": (
        *(NO, "invalidated", 2),
        lambda: ask(fact("grant", 0, id="g"), fact("invalidate", 1, refers_to="g")),
    ),
    "an unverified withdrawal can be undone": (
        *(YES, "granted", 5),
        lambda: ask(
            fact("grant", 0, tier=Tier.UNVERIFIED),
            fact("withdraw", 1, tier=Tier.UNVERIFIED, id="w"),
            fact("invalidate", 2, tier=Tier.UNVERIFIED, refers_to="w"),
        ),
    ),
    "a verified refusal is never declared void": (
        *(NO, "withdrawn", 5),
        lambda: ask(fact("grant", 0), fact("withdraw", 1, id="w"), fact("invalidate", 2, refers_to="w")),
    ),
    # 3. Scope.
    "a refusal of the parent reaches the child": (
        *(NO, "denied", 3),
        lambda: ask(fact("grant", 0, "news.mail"), fact("deny", 1, "news"), rule=CHILD, others=(purpose(),)),
    ),
    "a grant of the parent does not": (
        *(NO, "unknown", 8),
        lambda: ask(fact("grant", 0, "news"), rule=CHILD, others=(purpose(),)),
    ),
    "a refusal of the child does not reach the parent": (
        *(YES, "granted", 5),
        lambda: ask(fact("grant", 0), fact("deny", 1, "news.mail")),
    ),
    "the child is opened by a newer grant of its own": (
        *(YES, "granted", 5),
        lambda: ask(fact("deny", 0, "news"), fact("grant", 1, "news.mail"), rule=CHILD, others=(purpose(),)),
    ),
    "a channel closed by name is closed": (
        *(NO, "denied", 3),
        lambda: ask(fact("grant", 0), fact("deny", 1, channel="sms"), channel="sms"),
    ),
    "the other channels stay open": (
        *(YES, "granted", 5),
        lambda: ask(fact("grant", 0), fact("deny", 1, channel="sms"), channel="web"),
    ),
    "who asks for every channel is denied where one is closed": (
        *(NO, "denied", 3),
        lambda: ask(fact("grant", 0), fact("deny", 1, channel="sms")),
    ),
    "a grant for every channel does not reopen one closed by name": (
        *(NO, "denied", 3),
        lambda: ask(fact("deny", 0, channel="sms"), fact("grant", 1), channel="sms"),
    ),
    "unless the form listed it": (
        *(YES, "granted", 5),
        lambda: ask(fact("deny", 0, channel="sms"), fact("grant", 1, listed=frozenset({"channel:sms"})), channel="sms"),
    ),
    "a grant for the channel by name reopens it": (
        *(YES, "granted", 5),
        lambda: ask(fact("deny", 0, channel="sms"), fact("grant", 1, channel="sms"), channel="sms"),
    ),
    "a processor closed by name is not reopened by a grant for all": (
        *(NO, "denied", 3),
        lambda: ask(fact("deny", 0, processor="mailer"), fact("grant", 1), processor="mailer"),
    ),
    "a category closed by name is not reopened by a grant for all": (
        *(NO, "denied", 3),
        lambda: ask(fact("deny", 0, category="location"), fact("grant", 1), category="location"),
    ),
    "a grant for one channel permits no other": (
        *(NO, "unknown", 8),
        lambda: ask(fact("grant", 0, channel="web"), channel="sms"),
    ),
    # 4. The signal.
    "a signal denies its purposes, older explicit grants included": (
        *(NO, "gpc", 4),
        lambda: ask(fact("grant", 0), signal(1), rule=GPC),
    ),
    "a newer grant alone does not lift it": (NO, "gpc", 4, lambda: ask(signal(0), fact("grant", 1), rule=GPC)),
    "a grant that saw the conflict does": (
        *(YES, "granted", 5),
        lambda: ask(signal(0), fact("grant", 1, **ACKNOWLEDGED), rule=GPC),
    ),
    "unless it was not verified": (
        *(NO, "gpc", 4),
        lambda: ask(signal(0), fact("grant", 1, tier=Tier.PROXY, mandate="m", **ACKNOWLEDGED), rule=GPC),
    ),
    "unless it came before the signal": (
        *(NO, "gpc", 4),
        lambda: ask(fact("grant", 0, **ACKNOWLEDGED), signal(1), rule=GPC),
    ),
    "a signal means nothing to other purposes": (YES, "granted", 5, lambda: ask(fact("grant", 0), signal(1))),
    "a signal ends a legitimate interest that heeds it": (
        *(NO, "gpc", 4),
        lambda: ask(signal(), rule=purpose(gpc_applies=True, **INTEREST)),
    ),
    "a signal of her device denies her, over its link": (
        *(NO, "gpc", 4),
        lambda: ask(fact("grant", 0), signal(1, PHONE), rule=GPC, links=(device(bound=2),)),
    ),
    # 5. Explicit and inferred, newer and older, stronger and weaker.
    "an explicit refusal beats an older grant, however weak it is": (
        *(NO, "withdrawn", 5),
        lambda: ask(fact("grant", 0), fact("withdraw", 1, tier=Tier.UNVERIFIED)),
    ),
    "a grant lifts an older refusal of the same tier": (
        *(YES, "granted", 5),
        lambda: ask(fact("withdraw", 0), fact("grant", 1)),
    ),
    "a newer grant of less evidence does not": (
        *(NO, "withdrawn", 5),
        lambda: ask(fact("withdraw", 0), fact("grant", 1, tier=Tier.UNVERIFIED)),
    ),
    "an explicit grant beats an inferred refusal of any date": (
        *(YES, "granted", 5),
        lambda: ask(fact("grant", 0, tier=Tier.UNVERIFIED), fact("deny", 1, tier=Tier.INFERRED)),
    ),
    "an inferred grant never beats an explicit refusal": (
        *(NO, "denied", 5),
        lambda: ask(fact("deny", 0, tier=Tier.UNVERIFIED), fact("grant", 1, tier=Tier.INFERRED)),
    ),
    "of two inferred ones the newer wins": (
        *(YES, "granted", 5),
        lambda: ask(fact("deny", 0, tier=Tier.INFERRED), fact("grant", 1, tier=Tier.INFERRED)),
    ),
    # 6. Time, then sequence.
    "at the same instant the later in sequence wins": (
        *(YES, "granted", 5),
        lambda: ask(fact("deny", 0, seq=1), fact("grant", 0, seq=2)),
    ),
    "also when it refuses": (NO, "denied", 5, lambda: ask(fact("grant", 0, seq=1), fact("deny", 0, seq=2))),
    "ties between parties deny": (
        *(NO, "denied", 7),
        lambda: ask(fact("grant", 5), fact("deny", 5, party=BEN), links=(match(merged=1),)),
    ),
    # 7. Linked parties.
    "a refusal travels over a likely link": (
        *(NO, "denied", 7),
        lambda: ask(fact("grant", 1), fact("deny", 0, party=BEN), links=(match(probability=0.5),)),
    ),
    "and not over an unlikely one": (
        *(YES, "granted", 5),
        lambda: ask(fact("grant", 0), fact("deny", 1, party=BEN), links=(match(probability=0.49),)),
    ),
    "a grant travels over a sure link": (
        *(YES, "granted", 7),
        lambda: ask(fact("grant", party=BEN), links=(match(probability=0.99),)),
    ),
    "and not over a likely one": (
        *(NO, "unknown", 8),
        lambda: ask(fact("grant", party=BEN), links=(match(probability=0.98),)),
    ),
    "a grant never travels over a device": (
        NO,
        "unknown",
        8,
        lambda: ask(fact("grant", party=PHONE), links=(device(),)),
    ),
    "a refusal travels over a device": (
        *(NO, "denied", 7),
        lambda: ask(fact("grant", 0), fact("deny", 1, party=PHONE), links=(device(bound=2),)),
    ),
    "of two who are one the most restrictive counts": (
        *(NO, "denied", 7),
        lambda: ask(fact("grant", 5), fact("deny", 0, party=BEN), links=(match(merged=6),)),
    ),
    "a verified choice after the merge settles it": (
        *(YES, "granted", 5),
        lambda: ask(fact("deny", 0, party=BEN), fact("grant", 7), links=(match(merged=6),)),
    ),
    "an unverified one does not": (
        *(NO, "denied", 7),
        lambda: ask(fact("deny", 0, party=BEN), fact("grant", 7, tier=Tier.UNVERIFIED), links=(match(merged=6),)),
    ),
    "what the other refuses afterwards counts again": (
        *(NO, "denied", 7),
        lambda: ask(fact("grant", 7), fact("deny", 8, party=BEN), links=(match(merged=6),)),
    ),
    "who is not merged is not settled": (
        *(NO, "denied", 7),
        lambda: ask(fact("deny", 0, party=BEN), fact("grant", 7), links=(match(probability=0.7),)),
    ),
    "what the other lifted himself does not travel": (
        *(YES, "granted", 5),
        lambda: ask(
            fact("grant", 0), fact("deny", 1, party=BEN), fact("grant", 2, party=BEN), links=(match(probability=0.6),)
        ),
    ),
    "her own refusal is not lifted by his older grant": (
        *(NO, "withdrawn", 5),
        lambda: ask(fact("grant", 0, party=BEN), fact("withdraw", 1), links=(match(merged=0),)),
    ),
    "what was refused on a device before somebody else's time there is not hers": (
        *(YES, "granted", 5),
        lambda: ask(fact("grant", 0), fact("deny", 1, party=PHONE), links=(device(bound=3, since=2),)),
    ),
    # 8. Nothing left.
    "silence denies where one has to opt in": (NO, "unknown", 8, ask),
    "silence permits where one has to opt out": (YES, "unknown", 8, lambda: ask(rule=purpose(regime=Regime.OPT_OUT))),
    "a grant that does not count changes nothing where one opts out": (
        *(YES, "unknown", 8),
        lambda: ask(fact("grant", expires_at=at(1)), rule=purpose(regime=Regime.OPT_OUT)),
    ),
}


@pytest.mark.parametrize("story", TABLE)
def test_the_precedence(story):
    decision, reason, rule, tell = TABLE[story]
    answer = tell()
    assert (answer.decision, answer.reason.value, answer.rule) == (decision, reason, rule)


def test_a_late_withdrawal_never_loses_to_an_older_grant():
    """It counts from when it was recorded; a grant recorded in between counts from when it was made."""
    assert not ask(fact("withdraw", 10), fact("grant", 5, seq=999)).permits


def test_each_loser_is_named_with_its_reason():
    answer = ask(
        fact("grant", 0, id="old", tier=Tier.UNVERIFIED),
        fact("grant", 1, id="late", expires_at=at(2)),
        fact("withdraw", 3, id="stop"),
        fact("grant", 4, id="weak", tier=Tier.UNVERIFIED),
    )
    assert answer.winner == "stop"
    assert set(answer.losers) == {
        Loser("old", Reason.OLDER),
        Loser("weak", Reason.WEAKER),
        Loser("late", Reason.EXPIRED),
    }


@pytest.mark.parametrize(
    ("facts", "until"),
    [
        ([fact("grant", expires_at=at(2000))], at(2000)),
        ([fact("grant", mandate="m", tier=Tier.PROXY, mandate_until=at(1500))], at(1500)),
        ([fact("grant")], None),
        ([fact("deny", 0), fact("grant", 1, id="a", expires_at=at(3000)), fact("grant", 2, id="b", tier=3)], at(3000)),
        ([fact("deny", expires_at=at(1700))], at(1700)),
        ([fact("deny", 0, expires_at=at(1700)), fact("deny", 1)], None),
    ],
)
def test_an_answer_says_until_when_time_alone_leaves_it_so(facts, until):
    assert ask(*facts).valid_until == until


@pytest.mark.parametrize("changes", [{"legal_basis": LegalBasis.LEGITIMATE_INTEREST}, {"regime": Regime.OPT_OUT}])
def test_what_holds_without_a_yes_holds_no_longer_than_the_yes_that_lifts_a_no(changes):
    """Her yes runs out, and with it what lifted her objection: the answer says so beforehand."""
    said = (fact("object", 0, id="no"), fact("grant", 1, id="yes", expires_at=at(2000)))
    answer = ask(*said, rule=purpose(**changes))
    assert answer.permits
    assert answer.valid_until == at(2000)
    assert Loser("no", Reason.LIFTED) in answer.losers
    assert not ask(*said, rule=purpose(**changes), minute=2000).permits


def test_silence_holds_no_longer_than_what_another_record_lifted_itself():
    link = match(probability=0.7)
    said = (fact("deny", 0, party=BEN), fact("grant", 1, party=BEN, expires_at=at(2000)))
    answer = ask(*said, rule=purpose(regime=Regime.OPT_OUT), links=(link,))
    assert (answer.permits, answer.valid_until) == (True, at(2000))
    assert not ask(*said, rule=purpose(regime=Regime.OPT_OUT), links=(link,), minute=2000).permits
