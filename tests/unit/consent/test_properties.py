"""What holds of the precedence whatever was chosen, by whom, in which order it arrived."""

import itertools
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from consent.rules import derive_cells, drop_void, judge, read_ground, reduce_facts, write_ground
from consent.types import Action, Fact, Item, LegalBasis, Member, PurposeRule, Regime, Tier
from tests.unit.consent.stories import ANA, BEN, PROCESSORS, at, match

modest = settings(max_examples=40, deadline=None)
SCOPES = {"channel": ("", "web", "sms"), "processor": ("", "mailer"), "category": ("", "location")}
PARENT = PurposeRule("news", gpc_applies=True)


def facts_of(party: str = ANA, most: int = 7) -> st.SearchStrategy[list[Fact]]:
    """What a party chose about two purposes, numbered in the order of writing, never earlier than the one before."""
    one = st.fixed_dictionaries(
        {
            "purpose": st.sampled_from(("news", "news.mail")),
            "action": st.sampled_from((Action.GRANT, Action.GRANT, Action.DENY, Action.WITHDRAW, Action.CONFIRM)),
            "tier": st.sampled_from([Tier.INFERRED, Tier.UNVERIFIED, Tier.VERIFIED, Tier.VERIFIED]),
            "channel": st.sampled_from(SCOPES["channel"]),
            "processor": st.sampled_from(SCOPES["processor"]),
            "category": st.sampled_from(SCOPES["category"]),
            "listed": st.sampled_from((frozenset[str](), frozenset({"channel:sms"}))),
            "notice_version": st.integers(0, 2),
            "expires_at": st.sampled_from((None, at(40), at(70))),
            "minor": st.booleans(),
            "acknowledged": st.booleans(),
            "signal": st.sampled_from((False, False, True)),
            "late": st.integers(0, 15),
        }
    )
    return st.lists(st.tuples(one, st.integers(0, 20)), max_size=most).map(lambda told: _number(told, party))


def _number(told: list, party: str) -> list[Fact]:
    found, minute = [], 0
    for seq, (chosen, pause) in enumerate(told, 1):
        minute += pause
        values = dict(chosen)
        is_grant = values["action"] in {Action.GRANT, Action.CONFIRM}
        late = values.pop("late")
        values["signal"] &= not is_grant
        values["tier"] = Tier.SIGNAL if values["signal"] else values["tier"]
        when = at(minute - late if is_grant else minute)
        found.append(Fact(id=f"{party} {seq}", party=party, seq=seq, at=when, notice="privacy", **values))
    return found


rules_ = st.builds(
    lambda **values: PurposeRule("news.mail", ancestors=("news",), notice="privacy", **values),
    min_evidence=st.integers(0, 5),
    notice_min=st.integers(0, 2),
    gpc_applies=st.booleans(),
    regime=st.sampled_from(Regime),
    legal_basis=st.sampled_from((LegalBasis.CONSENT, LegalBasis.CONSENT, LegalBasis.LEGITIMATE_INTEREST)),
)
items = st.builds(
    lambda channel, processor, category: Item(ANA, "news.mail", channel, processor, category),
    st.sampled_from(SCOPES["channel"]),
    st.sampled_from(("", "internal", "mailer")),
    st.sampled_from(SCOPES["category"]),
)
instants = st.sampled_from((at(0), at(30), at(50), at(200)))


def permits(rule, item, now, *members: Member) -> bool:
    purposes = {rule.id: rule, "news": PARENT}
    return judge(item, purposes=purposes, processors=PROCESSORS, members=members, now=now).permits


@modest
@given(facts_of(), rules_, items, instants, st.randoms())
def test_the_order_of_arrival_does_not_matter(facts, rule, item, now, chance):
    shuffled = list(facts)
    chance.shuffle(shuffled)
    assert permits(rule, item, now, Member(ANA, tuple(facts))) == permits(rule, item, now, Member(ANA, tuple(shuffled)))


@modest
@given(facts_of(), rules_, items, instants)
def test_a_replay_changes_nothing(facts, rule, item, now):
    assert permits(rule, item, now, Member(ANA, tuple(facts))) == permits(
        rule, item, now, Member(ANA, (*facts, *facts))
    )


@modest
@given(facts_of(), facts_of(most=1), rules_, items, instants)
def test_a_refusal_more_never_permits_more(facts, more, rule, item, now):
    refusals = [replace(each, id="more", action=Action.DENY, seq=99) for each in more]
    if permits(rule, item, now, Member(ANA, (*facts, *refusals))):
        assert permits(rule, item, now, Member(ANA, tuple(facts)))


@modest
@given(facts_of(), facts_of(BEN), st.sampled_from((0.4, 0.5, 0.98, 0.99, 1.0)), rules_, items, instants)
def test_a_link_that_is_less_than_sure_never_permits_more(mine, his, probability, rule, item, now):
    alone = permits(rule, item, now, Member(ANA, tuple(mine)))
    linked = permits(rule, item, now, Member(ANA, tuple(mine)), Member(BEN, tuple(his), match(probability=probability)))
    if probability < 0.5:
        assert linked == alone
    elif probability < 0.99:
        assert alone or not linked


@modest
@given(facts_of(), facts_of(BEN), rules_, items, instants)
def test_a_split_leaves_each_with_what_was_theirs(mine, his, rule, item, now):
    """Events never move: the members of a merge, taken alone again, are answered as before it."""
    together = [Member(ANA, tuple(mine)), Member(BEN, tuple(his), match(merged=0))]
    before = permits(rule, item, now, Member(ANA, tuple(mine)))
    permits(rule, item, now, *together)
    assert permits(rule, item, now, together[0]) == before


@modest
@given(facts_of(most=10), rules_, items, instants)
def test_what_is_left_out_of_the_ground_makes_no_difference(facts, rule, item, now):
    ground = reduce_facts(facts)
    assert permits(rule, item, now, Member(ANA, tuple(facts))) == permits(rule, item, now, Member(ANA, ground))


@modest
@given(facts_of(most=10), facts_of(BEN), rules_, items, instants)
def test_nor_between_linked_parties(mine, his, rule, item, now):
    link = match(merged=25)
    full = permits(rule, item, now, Member(ANA, tuple(mine)), Member(BEN, tuple(his), link))
    assert full == permits(rule, item, now, Member(ANA, reduce_facts(mine)), Member(BEN, reduce_facts(his), link))


@modest
@given(facts_of(most=10))
def test_the_ground_is_the_same_one_by_one_and_all_at_once(facts):
    grown: tuple[Fact, ...] = ()
    for each in facts:
        grown = reduce_facts([*grown, each])
    assert grown == reduce_facts(facts)


@modest
@given(facts_of(most=4))
def test_the_ground_reads_back_as_it_was_written(facts):
    for id, group in itertools.groupby(sorted(facts, key=lambda each: each.purpose), key=lambda each: each.purpose):
        told = [replace(each, refers_to="") for each in group]
        assert list(read_ground(write_ground(told), party=ANA, purpose=id)) == told


@modest
@given(facts_of(), rules_, instants)
def test_cells_say_what_a_question_about_them_is_answered(facts, rule, now):
    own = [each for each in facts if each.purpose == rule.id]
    alone = PurposeRule(**{name: getattr(rule, name) for name in rule.__slots__ if name != "ancestors"})
    for cell, answer in derive_cells(alone, own, party=ANA, now=now):
        asked = judge(
            Item(ANA, rule.id, *cell),
            purposes={rule.id: alone},
            processors={**PROCESSORS, "*": PROCESSORS["mailer"]},
            members=[Member(ANA, tuple(own))],
            now=now,
        )
        assert (asked.decision, asked.winner) == (answer.decision, answer.winner)


def test_what_was_voided_is_not_in_the_ground():
    grant = Fact("g", ANA, "news", Action.GRANT, at(0), 1, 5)
    void = Fact("v", ANA, "news", Action.INVALIDATE, at(1), 2, 5, refers_to="g")
    assert drop_void([grant, void]) == []
