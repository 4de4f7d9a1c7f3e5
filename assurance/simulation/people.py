"""Who lives in a simulated population: people with devices, networks and habits, households, and attackers."""

import random
from dataclasses import dataclass, field
from enum import StrEnum

from channel_registry.types import DeviceClass

_COUNTRIES = (("ES", 0.45), ("FR", 0.2), ("DE", 0.2), ("SE", 0.15))
_BROWSERS = (
    ("Chrome on Android", 0.3),
    ("Safari on iPhone", 0.3),
    ("Chrome on Windows", 0.25),
    ("Firefox on Linux", 0.05),
    ("Safari on Mac", 0.1),
)


class Visitor(StrEnum):
    """Who really is at the door."""

    CUSTOMER = "customer"
    TRAVELING = "customer_traveling"
    NEW_DEVICE = "customer_new_device"
    FAMILY = "family_member"
    OTHER_ACCOUNT = "family_member_as_herself"
    STOLEN_PASSWORD = "stolen_password"
    SIM_SWAP = "sim_swap"
    RECYCLED_ADDRESS = "recycled_address"
    BOT = "bot"

    @property
    def is_customer(self) -> bool:
        """Whether it is the customer herself, wherever she is."""
        return self in {Visitor.CUSTOMER, Visitor.TRAVELING, Visitor.NEW_DEVICE}

    @property
    def signs_in_to_it(self) -> bool:
        """Whether the session is one of the account that is asked about; else it is her own."""
        return self is not Visitor.OTHER_ACCOUNT


@dataclass(frozen=True, slots=True)
class Setting:
    """What the simulated world is like: shares of visits, and what those who attack can do.

    The shares are assumptions; the report prints them beside its results. Some customers sign in by a mailed code, and
    of those with a second step some give it at once.
    """

    people: int = 400
    visits: int = 20_000
    seed: int = 7
    shared_households: float = 0.2
    two_step: float = 0.6
    shares: tuple[tuple[Visitor, float], ...] = (
        (Visitor.CUSTOMER, 0.850),
        (Visitor.TRAVELING, 0.05),
        (Visitor.NEW_DEVICE, 0.065),
        (Visitor.FAMILY, 0.008),
        (Visitor.OTHER_ACCOUNT, 0.005),
        (Visitor.STOLEN_PASSWORD, 0.012),
        (Visitor.SIM_SWAP, 0.002),
        (Visitor.RECYCLED_ADDRESS, 0.003),
        (Visitor.BOT, 0.005),
    )
    risk_is_known: float = 0.5
    by_mailed_code: float = 0.1
    both_at_once: float = 0.3


@dataclass(slots=True)
class Place:
    """Where somebody is online: a network and its country."""

    network: str
    country: str


@dataclass(slots=True)
class Person:
    """A customer: her places, her browser, whether she has a second step, whether her device is shared."""

    number: int
    home: Place
    work: Place
    browser: str
    second_factor: bool
    shared_by: int
    device_class: DeviceClass
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    sessions: int = 0


def make_population(setting: Setting, dice: random.Random) -> list[Person]:
    """The people of a setting, before they have ever come."""
    return [_person(number, setting, dice) for number in range(setting.people)]


def somewhere(dice: random.Random, *, country: str = "") -> Place:
    """A network that belongs to nobody in particular."""
    return Place(network=f"net-{dice.randrange(10_000)}", country=country or pick(dice, _COUNTRIES))


def some_browser(dice: random.Random) -> str:
    """A browser as they are spread in the population."""
    return pick(dice, _BROWSERS)


def pick(dice: random.Random, shares: tuple[tuple[str, float], ...]) -> str:
    """One of the names, by its share."""
    return dice.choices([name for name, _ in shares], weights=[share for _, share in shares])[0]


def _person(number: int, setting: Setting, dice: random.Random) -> Person:
    country = pick(dice, _COUNTRIES)
    shared = dice.random() < setting.shared_households
    browser = some_browser(dice)
    own = DeviceClass.OWN_PHONE if browser.endswith(("Android", "iPhone")) else DeviceClass.OWN_BROWSER
    return Person(
        number=number,
        home=somewhere(dice, country=country),
        work=somewhere(dice, country=country),
        browser=browser,
        second_factor=dice.random() < setting.two_step,
        shared_by=2 if shared else 1,
        device_class=DeviceClass.SHARED_BROWSER if shared else own,
    )
