"""The words of this room."""

from dataclasses import dataclass
from datetime import datetime

from accounts.types import Role

OPERATOR_ACR = "urn:throughline:2fa"
"""What an operator's session must have proved before a page for operators opens."""

END_REASONS = {
    "customer_asked": "The customer asked for it",
    "device_lost": "The device was lost or sold",
    "misuse_suspected": "Somebody else may be using it",
}
"""Why an operator ends sessions: the code that the journal keeps, and what it says."""


FUSES = {
    "ok": ("good", "Well"),
    "late": ("warn", "Late"),
    "stale": ("warn", "Stale"),
    "failed": ("bad", "Failed"),
    "poisoned": ("bad", "Poisoned"),
}
"""How a feed is: tone and word."""
BATCHES = {
    "applied": ("good", "Counts"),
    "quarantined": ("bad", "Set aside"),
    "held": ("warn", "Waits behind one that was set aside"),
    "discarded": ("neutral", "Discarded"),
    "taken_back": ("warn", "Taken back"),
}
"""What became of a delivery: tone and word."""
FEED_REASONS = {
    "": "",
    "no_news": "Nothing newer has come for too long.",
    "canary_silent": "The record that must always come has not been heard of for too long.",
    "canary": "The record that must always say the same said something else.",
    "volume": "More records came than ever should.",
    "too_few": "Fewer records came than there should be.",
    "schema": "Too many records are not what was agreed.",
    "nulls": "Too many values are empty: {}.",
    "fuse_blown": "It came after one that looks wrong.",
}
"""Why a feed is not well, or a delivery was set aside, by the code before the colon."""
RULINGS = {
    "uncontested": "Nobody else says anything",
    "agreed": "All say so",
    "level": "It is verified more surely",
    "rank": "Its source comes first here",
    "recency": "It is newer",
    "completeness": "Its record says more",
    "name": "Nothing tells them apart",
}
"""Why a value is believed."""
LEVELS = ("Observed", "Stated", "Verified", "Bound by signing in", "Proved by a document")
"""How surely a value is a person's, by its level."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the navigation: what it says, where it leads (a URL name), whether the reader is there."""

    label: str
    url_name: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing to mend in a form: what to say, and the id of the field it belongs to, if it belongs to one."""

    message: str
    field_id: str = ""


@dataclass(frozen=True, slots=True)
class DeviceView:
    """One session, on whatever channel, as people are told of it; `origin` says how it came if not by signing in."""

    sid: str
    name: str
    channel: str
    apps: tuple[str, ...]
    level: str
    methods: str
    place: str
    origin: str
    started_at: datetime
    last_seen_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class ToldApp:
    """One app that is told of an ended session: its name, where the session was, and how far that has got."""

    name: str
    where: str
    confirmed: bool
    given_up: bool
    attempts: int


@dataclass(frozen=True, slots=True)
class EndedView:
    """Sessions that were ended together, and who has confirmed it: *n of m*."""

    places: tuple[str, ...]
    apps: tuple[ToldApp, ...]
    notified: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class TroubledView:
    """A delivery that an operator should look at; `system` is the connected system it is for, empty for an app's."""

    ref: str
    app: str
    system: str
    transport: str
    subject: str
    session: str
    dead: bool
    attempts: int
    error: str
    created_at: datetime
    next_attempt_at: datetime


@dataclass(frozen=True, slots=True)
class AppView:
    """One app that a person allows: its name, what it may do in plain words, since when."""

    client_id: str
    name: str
    may: tuple[str, ...]
    allowed_at: datetime


@dataclass(frozen=True, slots=True)
class ActivityView:
    """One security event in plain words: when, what, where, and whether it deserves a second look."""

    at: datetime
    what: str
    meaning: str
    device: str
    notable: bool


@dataclass(frozen=True, slots=True)
class SecuritySummary:
    """How an account is protected."""

    has_password: bool
    has_two_step: bool
    has_recovery_codes: bool
    passkeys: int


@dataclass(frozen=True, slots=True)
class UpstreamView:
    """A provider upstream on a person's page: whether it opens her account, and whether it is offered now."""

    slug: str
    name: str
    linked: bool
    offered: bool


@dataclass(frozen=True, slots=True)
class HelpView:
    """An assisted session as either side sees it: who helps whom, why, since and until when.

    `name` is that of the other person; `reason` is in plain words, `note` what the staff member added.
    """

    id: str
    subject: str
    name: str
    reason: str
    note: str
    begun_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeskView:
    """A client at which staff help customers, and the channel whose policy says how long a proof counts there."""

    client_id: str
    name: str
    channel: str


DECISION_READERS = frozenset({Role.SUPPORT.value, Role.AUDITOR.value, Role.STEWARD.value, Role.ADMIN.value})
"""The operators who may read decisions and why they were made."""


@dataclass(frozen=True, slots=True)
class OutcomeName:
    """A decision's outcome as operators read it; `badge` is the kind of badge it wears."""

    word: str
    badge: str


@dataclass(frozen=True, slots=True)
class EvidenceBar:
    """One line of evidence as a bar: `begin` and `length` in hundredths of the widest, left of zero below it.

    `fresh_begin` and `fresh_length` are what it would be without age, sick feeds and its group.
    """

    label: str
    detail: str
    bits: str
    speaks: str
    begin: float
    length: float
    fresh_begin: float
    fresh_length: float
    source: str = ""
    age: str = ""
    health: str = ""
    value_class: str = ""
    fresh_bits: str = ""
