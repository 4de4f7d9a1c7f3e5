"""What one visit looks like from the gateway, given who really comes."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from assurance.rules import DEFAULT_CEILING, features_of
from assurance.simulation.people import Person, Place, Setting, Visitor, some_browser, somewhere
from assurance.types import Crowd, Material, Profile, RiskKind, Standing
from channel_registry.types import AUTHENTICATORS, DEFAULT_POLICY, DeviceClass


@dataclass(frozen=True, slots=True)
class Learned:
    """What the judge was taught by outcomes before a trial: weights in bits, and the most that it may report."""

    weights: Mapping[tuple[str, str], float] = field(default_factory=dict)
    ceiling: float = DEFAULT_CEILING


NOW = datetime.fromisoformat("2026-11-20T12:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Looks:
    """What a kind of visitor shows: chances of what she can prove and of where she is seen.

    `signs_in` is the chance that she gets as far as a session: with the password, or, who holds the mailbox and not the
    password, with a code from it.
    """

    signs_in: float
    passes_second_factor: float
    on_known_device: float
    at_usual_place: float
    holds_mailbox_only: bool = False


LOOKS = {
    Visitor.CUSTOMER: Looks(0.99, 0.97, 0.97, 0.95),
    Visitor.TRAVELING: Looks(0.99, 0.95, 0.95, 0.02),
    Visitor.NEW_DEVICE: Looks(0.97, 0.93, 0.0, 0.8),
    Visitor.FAMILY: Looks(0.35, 0.15, 0.95, 0.98),
    Visitor.OTHER_ACCOUNT: Looks(0.99, 0.6, 0.99, 0.98),
    Visitor.STOLEN_PASSWORD: Looks(0.9, 0.02, 0.01, 0.02),
    Visitor.SIM_SWAP: Looks(0.6, 0.05, 0.01, 0.05, holds_mailbox_only=True),
    Visitor.RECYCLED_ADDRESS: Looks(0.15, 0.0, 0.0, 0.1, holds_mailbox_only=True),
    Visitor.BOT: Looks(0.08, 0.0, 0.0, 0.0),
}
_KNOWN_RISK = {
    Visitor.STOLEN_PASSWORD: RiskKind.CREDENTIAL_COMPROMISE,
    Visitor.SIM_SWAP: RiskKind.SIM_SWAP,
    Visitor.BOT: RiskKind.BOT,
}


def methods_of(person: Person, visitor: Visitor, *, setting: Setting, dice: random.Random) -> tuple[str, ...]:
    """With what a visitor signs in."""
    if LOOKS[visitor].holds_mailbox_only:
        return ("email_code",)
    if not visitor.is_customer:
        return ("password",)
    if dice.random() < setting.by_mailed_code:
        return ("email_code",)
    both = person.second_factor and dice.random() < setting.both_at_once
    return ("password", "totp") if both else ("password",)


def material_of(
    person: Person,
    visitor: Visitor,
    *,
    methods: tuple[str, ...],
    crowd: Crowd,
    learned: Learned,
    setting: Setting,
    dice: random.Random,
) -> tuple[Material, DeviceClass]:
    """What the signals get to see of a visit in which `methods` were proved, and the class of device it is on."""
    looks = LOOKS[visitor]
    known_device = dice.random() < looks.on_known_device
    place = _place(person, visitor, looks, dice)
    browser = person.browser if known_device else some_browser(dice)
    proved_at = NOW - timedelta(seconds=dice.expovariate(1 / 900.0))
    device_class = person.device_class if known_device else DeviceClass.OWN_BROWSER
    material = Material(
        now=NOW,
        channel="web",
        proofs=tuple((method, proved_at) for method in methods),
        counted_methods=AUTHENTICATORS,
        device_class=device_class,
        device_sessions=10 if known_device else 1,
        device_known_at=NOW - timedelta(days=60) if known_device else NOW,
        shared_by=person.shared_by if known_device else 1,
        features=_features(place, browser),
        profile=Profile(sessions=person.sessions, features=person.counts),
        crowd=crowd,
        standing=_standing(visitor, setting, dice),
        identifiers={"email": NOW - timedelta(days=200)},
        ageing=DEFAULT_POLICY.ageing(device_class),
        weights=learned.weights,
    )
    return material, device_class


def learn(person: Person, dice: random.Random) -> None:
    """A visit of the customer herself that went well becomes part of her habits."""
    place = _place(person, Visitor.CUSTOMER, LOOKS[Visitor.CUSTOMER], dice)
    for feature, value in _features(place, person.browser).items():
        values = person.counts.setdefault(feature, {})
        values[value] = values.get(value, 0) + 1
    person.sessions += 1


def _place(person: Person, visitor: Visitor, looks: Looks, dice: random.Random) -> Place:
    if dice.random() < looks.at_usual_place:
        return person.home if dice.random() < 0.7 else person.work
    return somewhere(dice, country=person.home.country if visitor is Visitor.CUSTOMER else "")


def _features(place: Place, browser: str) -> dict[str, str]:
    system = browser.rpartition(" on ")[2]
    coded = features_of(address_label=place.network, user_agent="", place=f"City, {place.country}")
    return coded | {"browser": browser, "system": system}


def _standing(visitor: Visitor, setting: Setting, dice: random.Random) -> tuple[Standing, ...]:
    kind = _KNOWN_RISK.get(visitor)
    if kind is None or dice.random() > setting.risk_is_known:
        return ()
    return (Standing(kind=kind, source="simulation", raised_at=NOW),)
