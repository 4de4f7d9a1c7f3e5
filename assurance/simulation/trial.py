"""A trial: people come and go, each visit wants something done, the judge answers, and the truth stands beside it."""

import random
from collections import Counter
from dataclasses import dataclass

from assurance.rules import judge, list_reaches
from assurance.signals import authentication, gather_evidence
from assurance.simulation.people import Person, Setting, Visitor, make_population, pick
from assurance.simulation.visits import LOOKS, learn, material_of
from assurance.types import Crowd, Facts, Group, Outcome, Proving, Reach, SessionFacts
from channel_registry.types import ACTION_CLASSES, DEFAULT_POLICY, ActionRule

HISTORY = 12
"""Visits of each customer before the trial begins, from which her habits are learned."""
ONE_FACTOR, TWO_FACTORS = "urn:throughline:1fa", "urn:throughline:2fa"
ACTIONS: tuple[tuple[str, float], ...] = (("personalize", 0.4), ("history", 0.45), ("change", 0.15))


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit that got as far as a session: who it really was, what was wanted, what the judge said, how it ended."""

    visitor: Visitor
    action: str
    confidence: float
    outcome: Outcome
    asked: bool
    done: bool
    second_factor: bool
    passes_second: bool


def run_trial(setting: Setting) -> list[Visit]:
    """Every visit of a setting in which somebody got as far as a session; the same setting gives the same visits."""
    dice = random.Random(setting.seed)
    people = make_population(setting, dice)
    for person in people:
        for _ in range(HISTORY):
            learn(person, dice)
    crowd = _crowd(people)
    found = (_visit(dice.choice(people), crowd, setting, dice) for _ in range(setting.visits))
    return [visit for visit in found if visit is not None]


def _visit(person: Person, crowd: Crowd, setting: Setting, dice: random.Random) -> Visit | None:
    visitor = Visitor(pick(dice, setting.shares))
    looks = LOOKS[visitor]
    if dice.random() >= looks.passes_password:
        return None
    action = pick(dice, ACTIONS)
    passes_second = person.second_factor and dice.random() < looks.passes_second_factor
    facts = _facts(person, visitor, ("password",), action, crowd, setting, dice)
    first = judge(facts)
    asked = first.outcome is Outcome.STEP_UP
    done = first.outcome is Outcome.PERMIT or (asked and passes_second)
    return Visit(
        visitor=visitor,
        action=action,
        confidence=first.confidence.reported,
        outcome=first.outcome,
        asked=asked,
        done=done,
        second_factor=person.second_factor,
        passes_second=passes_second,
    )


def _facts(
    person: Person,
    visitor: Visitor,
    methods: tuple[str, ...],
    action: str,
    crowd: Crowd,
    setting: Setting,
    dice: random.Random,
) -> Facts:
    material, device = material_of(person, visitor, methods=methods, crowd=crowd, setting=setting, dice=dice)
    proved = (material.now - material.proofs[0][1]).total_seconds()
    return Facts(
        channel="web",
        action=action,
        rule=rule_of(action),
        subject_matches=True,
        session=SessionFacts("ses", ONE_FACTOR, proved, device, material.shared_by),
        prior=DEFAULT_POLICY.prior,
        ageing=DEFAULT_POLICY.ageing(device),
        evidence=gather_evidence(material),
        reachable=_reachable(person),
    )


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


def _reachable(person: Person) -> tuple[Reach, ...]:
    ways = [Proving("password", Group.KNOWLEDGE, authentication.DEFAULTS["password"])]
    if person.second_factor:
        ways.append(Proving("totp", Group.POSSESSION, authentication.DEFAULTS["totp"]))
    return list_reaches(ways, acr_after=lambda methods: TWO_FACTORS if "totp" in methods else ONE_FACTOR)


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
