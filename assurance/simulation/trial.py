"""A trial: people come and go, each visit wants something done, the judge answers, and the truth stands beside it."""

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

from assurance.rules import count_top, estimate, estimate_ceiling, judge, list_reaches
from assurance.signals import gather_evidence, keys_of, list_defaults
from assurance.signals.authentication import DEFAULTS
from assurance.simulation.people import Person, Setting, Visitor, make_population, pick
from assurance.simulation.visits import LOOKS, Learned, learn, material_of, methods_of
from assurance.types import Crowd, Facts, Group, Material, Outcome, Proving, Reach, SessionFacts, Witnessed
from channel_registry.types import ACTION_CLASSES, DEFAULT_POLICY, ActionRule

HISTORY = 12
"""Visits of each customer before the trial begins, from which her habits are learned."""
ONE_FACTOR, TWO_FACTORS = "urn:throughline:1fa", "urn:throughline:2fa"
ACTIONS: tuple[tuple[str, float], ...] = (("personalize", 0.4), ("history", 0.45), ("change", 0.15))


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit that got as far as a session: who it really was, what was wanted, what the judge said, how it ended.

    `retried` is what was reported after a step-up, None where nobody was asked or she could not; `facts` are those of
    the first judgement.
    """

    visitor: Visitor
    action: str
    confidence: float
    outcome: Outcome
    asked: bool
    done: bool
    second_factor: bool
    passes_second: bool
    retried: float | None = None
    facts: Facts | None = None

    @property
    def reports(self) -> tuple[float, ...]:
        """Every confidence that was reported in the visit."""
        return (self.confidence,) if self.retried is None else (self.confidence, self.retried)


def run_trial(setting: Setting, learned: Learned | None = None) -> list[Visit]:
    """Every visit of a setting in which somebody got as far as a session; the same setting gives the same visits.

    With `learned` the judge decides by what outcomes of an earlier trial taught it.
    """
    dice = random.Random(setting.seed)
    people = make_population(setting, dice)
    for person in people:
        for _ in range(HISTORY):
            learn(person, dice)
    world = _World(setting, _crowd(people), learned or Learned(), dice)
    found = (_visit(dice.choice(people), world) for _ in range(setting.visits))
    return [visit for visit in found if visit is not None]


def learn_from(visits: list[Visit], learned: Learned, *, rounds: int) -> Learned:
    """What so many runs of `manage.py reestimate` make of the outcomes of a trial, if every outcome were reported."""
    witnessed = [
        Witnessed(visit.visitor.is_customer, visit.facts, keys_of(visit.facts.evidence))
        for visit in visits
        if visit.facts is not None and visit.visitor.signs_in_to_it
    ]
    weights = list_defaults() | dict(learned.weights)
    kinds = Counter(signal for signal, _ in weights)
    for _ in range(rounds):
        weights |= {
            (each.signal, each.value_class): each.bits for each in estimate(witnessed, now=weights, kinds=kinds)
        }
    reports = [(report, visit.visitor.is_customer) for visit in visits for report in visit.reports]
    return Learned(weights=weights, ceiling=estimate_ceiling(*count_top(reports, learned.ceiling)))


@dataclass(frozen=True, slots=True)
class _World:
    setting: Setting
    crowd: Crowd
    learned: Learned
    dice: random.Random


def _visit(person: Person, world: _World) -> Visit | None:
    dice = world.dice
    visitor = Visitor(pick(dice, world.setting.shares))
    looks = LOOKS[visitor]
    if dice.random() >= looks.signs_in:
        return None
    action = pick(dice, ACTIONS)
    passes_second = person.second_factor and dice.random() < looks.passes_second_factor
    methods = methods_of(person, visitor, setting=world.setting, dice=dice)
    facts, material = _facts(person, visitor, methods, action, world)
    first = judge(facts)
    asked = first.outcome is Outcome.STEP_UP
    second = judge(_after_step_up(facts, material)) if asked and passes_second else None
    return Visit(
        visitor=visitor,
        action=action,
        confidence=first.confidence.reported,
        outcome=first.outcome,
        asked=asked,
        done=(second or first).outcome is Outcome.PERMIT,
        second_factor=person.second_factor,
        passes_second=passes_second,
        retried=second.confidence.reported if second else None,
        facts=facts,
    )


def _facts(
    person: Person, visitor: Visitor, methods: tuple[str, ...], action: str, world: _World
) -> tuple[Facts, Material]:
    material, device = material_of(
        person,
        visitor,
        methods=methods,
        crowd=world.crowd,
        learned=world.learned,
        setting=world.setting,
        dice=world.dice,
    )
    proved = (material.now - material.proofs[0][1]).total_seconds()
    facts = Facts(
        channel="web",
        action=action,
        rule=rule_of(action),
        subject_matches=visitor.signs_in_to_it,
        session=SessionFacts("ses", _acr(methods), proved, device, material.shared_by),
        prior=DEFAULT_POLICY.prior,
        ageing=DEFAULT_POLICY.ageing(device),
        evidence=gather_evidence(material),
        reachable=_reachable(person, material),
        ceiling=world.learned.ceiling,
    )
    return facts, material


def _after_step_up(facts: Facts, before: Material) -> Facts:
    """The same visit a minute after its person gave the code of her app."""
    now = before.now + timedelta(seconds=60)
    material = replace(before, now=now, proofs=(*before.proofs, ("totp", before.now)))
    assert facts.session is not None  # every visit has one
    methods = tuple(method for method, _ in material.proofs)
    session = replace(facts.session, acr=_acr(methods), proved_seconds=60.0)
    return replace(facts, session=session, evidence=gather_evidence(material))


def _acr(methods: tuple[str, ...]) -> str:
    return TWO_FACTORS if {"password", "totp"} <= set(methods) else ONE_FACTOR


def rule_of(action_class: str) -> ActionRule:
    """The rule of a class of action as it is by default, but for consent, which is not what is tried here."""
    rule = ACTION_CLASSES[action_class]
    return ActionRule(
        name=f"{action_class}.try",
        action_class=action_class,
        threshold=rule.threshold,
        acr=rule.acr,
        max_age=rule.max_age,
        match=rule.match,
        high_risk=rule.high_risk,
    )


def _reachable(person: Person, material: Material) -> tuple[Reach, ...]:
    ways = [Proving("password", Group.KNOWLEDGE, material.bits("password", "correct", DEFAULTS["password"]))]
    if person.second_factor:
        ways.append(Proving("totp", Group.POSSESSION, material.bits("totp", "correct", DEFAULTS["totp"])))
    given = tuple(method for method, _ in material.proofs)
    return list_reaches(ways, acr_after=lambda methods: _acr((*given, *methods)))


def _crowd(people: list[Person]) -> Crowd:
    features: dict[str, Counter[str]] = {}
    for person in people:
        for feature, counts in person.counts.items():
            features.setdefault(feature, Counter()).update(counts)
    return Crowd(
        version="simulated",
        sessions=sum(person.sessions for person in people),
        features={feature: dict(counts) for feature, counts in features.items()},
    )
