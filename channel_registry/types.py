"""What a channel's policy says, and what a document of channels would change."""

from dataclasses import dataclass, field
from enum import StrEnum

ACR_LADDER = ("0", "urn:throughline:1fa", "urn:throughline:2fa", "phr", "phrh")
"""Authentication context classes from weakest to strongest; `0` is a remembered device with nothing proved now."""

WAYS_IN = (
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "device_code",
    "ciba",
    "token_exchange",
    "handoff",
    "assistance",
)
"""The ways a channel can let people and software in, in their canonical order: OAuth grants by the last part of their
name, sessions taken over from another channel by a ticket, and staff who act for a customer."""

AUTHENTICATORS = (
    "password",
    "email_code",
    "totp",
    "recovery_code",
    "passkey",
    "passkey_uv",
    "passkey_hardware",
    "federated",
)
"""The ways of proving oneself that a channel can count, in their canonical order."""

RESOURCES = ("account", "record")
"""The kinds of resource an action may touch: the account itself, or a record matched to it."""

DAY = 24 * 3600


class DeviceClass(StrEnum):
    """What a device without any proof is worth, and how fast a proof on it fades."""

    OWN_PHONE = "own_phone"
    OWN_BROWSER = "own_browser"
    SHARED_BROWSER = "shared_browser"
    KIOSK = "kiosk"


class Match(StrEnum):
    """How a record may be linked to the account for an action: anyhow, by a verified link only, or not at all."""

    ANY = "any"
    VERIFIED = "verified"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Ageing:
    """How a session on a class of device fades: towards `base`, by a factor of e every `per_seconds`."""

    base: float
    per_seconds: float


class Effect(StrEnum):
    """What a condition that applies leads to; `permit` lifts no requirement of proof."""

    PERMIT = "permit"
    SUPPRESS = "suppress"
    REVIEW = "review"
    REFUSE = "refuse"


Plain = str | bool | int | float


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of an action's conditions: where every attribute has one of its values, `effect` holds.

    Attributes are named as in a request: `subject.id`, `subject.properties.role`, `resource.properties.status`.
    """

    attributes: tuple[tuple[str, tuple[Plain, ...]], ...]
    effect: Effect


@dataclass(frozen=True, slots=True)
class ActionRule:
    """What a policy asks for one action on one channel.

    `threshold` is the least confidence; `acr` and `max_age` (seconds) what the session must have proved, and how
    lately; `independent_channels` over how many channels that do not depend on each other, and `cool_down` (seconds)
    for how long nothing that the account is proved by may have changed. `purpose` is the consent it needs; `match`
    which links to a record will do; `live_only` that fed evidence counts only while its feed is well, `feed_max_age`
    (seconds) how old it may be. Of the `conditions` the first that applies counts; an action that is `static` rests on
    them alone, takes no session and no number, and is refused where none applies.
    """

    name: str
    action_class: str
    threshold: float
    acr: str = ""
    max_age: int | None = None
    purpose: str = ""
    match: Match = Match.ANY
    live_only: bool = False
    feed_max_age: int | None = None
    high_risk: bool = False
    resources: tuple[str, ...] = RESOURCES
    conditions: tuple[Condition, ...] = ()
    independent_channels: int = 0
    cool_down: int | None = None

    @property
    def is_static(self) -> bool:
        """Whether the action rests on what is asked alone, not on who is there."""
        return self.action_class == STATIC


STATIC = "static"
ACTION_CLASSES = {
    "personalize": ActionRule("", "personalize", 0.80, purpose="personalization", feed_max_age=DAY),
    "history": ActionRule("", "history", 0.95, acr="urn:throughline:1fa", feed_max_age=3600),
    "change": ActionRule(
        *("", "change", 0.995, "urn:throughline:2fa", 600), match=Match.VERIFIED, live_only=True, high_risk=True
    ),
    STATIC: ActionRule("", STATIC, 0.0),
    "recovery": ActionRule(
        *("", "recovery", 0.999, "urn:throughline:2fa", 600),
        match=Match.NONE,
        live_only=True,
        high_risk=True,
        independent_channels=2,
        cool_down=DAY,
    ),
}
"""What an action asks for by its class, until a policy says more: thresholds follow from what a wrong act costs."""


def meets(acr: str, required: str) -> bool:
    """Whether `acr` stands at least as high on the ladder as `required`; a value not on it meets nothing."""
    if acr not in ACR_LADDER or required not in ACR_LADDER:
        return False
    return ACR_LADDER.index(acr) >= ACR_LADDER.index(required)


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """One channel's rules for sessions, grants and passwords, in force until another version is published.

    `verified_seconds` is how long after a proof this channel takes a customer as verified, wherever she proved it.
    `authenticators` are the proofs that count here, `prior` the probability that a signed-in session is its subject's
    before anything else is known, `actions` what may be asked for at all.
    `digest` names the published version it came from; empty for one that was not published.
    The two password lengths are the shortest that may be chosen: where a password is the only factor of its account,
    and where another factor stands beside it.
    """

    minimum_acr: str
    grants: tuple[str, ...]
    session_idle_seconds: int
    session_absolute_seconds: int
    refresh_absolute_seconds: int
    password_alone: int = 15
    password_beside_second_factor: int = 8
    verified_seconds: int = DAY
    authenticators: tuple[str, ...] = AUTHENTICATORS
    prior: float = 0.97
    devices: tuple[tuple[DeviceClass, Ageing], ...] = (
        (DeviceClass.OWN_PHONE, Ageing(0.95, 7.0 * DAY)),
        (DeviceClass.OWN_BROWSER, Ageing(0.90, 1.0 * DAY)),
        (DeviceClass.SHARED_BROWSER, Ageing(0.60, 7200.0)),
        (DeviceClass.KIOSK, Ageing(0.30, 600.0)),
    )
    actions: tuple[ActionRule, ...] = ()
    digest: str = field(default="", compare=False)

    def ageing(self, device: DeviceClass) -> Ageing:
        """How sessions on a class of device fade here."""
        return dict(self.devices)[device]

    def find_action(self, name: str) -> ActionRule | None:
        """What this channel asks for an action; None for one that it does not know, which is refused."""
        return next((rule for rule in self.actions if rule.name == name), None)


DEFAULT_POLICY = ChannelPolicy(
    minimum_acr="urn:throughline:1fa",
    grants=("authorization_code", "refresh_token", "client_credentials"),
    session_idle_seconds=30 * DAY,
    session_absolute_seconds=30 * DAY,
    refresh_absolute_seconds=30 * DAY,
)
"""What holds on a channel without a published policy: somebody signed in, and nothing outlives 30 days. Every other way
in is opened on purpose."""


@dataclass(frozen=True, slots=True)
class ChannelEntry:
    """What a document says of one channel; None leaves that part as it is."""

    slug: str
    name: str | None = None
    enabled: bool | None = None
    policy: ChannelPolicy | None = None


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel stands in the database; `digest` is that of its live policy, None before one is published."""

    name: str
    enabled: bool
    digest: str | None


class DraftState(StrEnum):
    """Where a change of a policy is on its way into force; the last three are final."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


OPEN_STATES = (DraftState.DRAFT, DraftState.PROPOSED)
AUTHORS = frozenset({"admin", "author"})
"""The roles that write and propose a change."""
APPROVERS = frozenset({"admin", "approver"})
"""The roles that let another's change come into force, and that go back to an earlier version."""


class ChangeKind(StrEnum):
    """What applying a document does to one channel."""

    CREATE = "create"
    RENAME = "rename"
    ENABLE = "enable"
    DISABLE = "disable"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between a document and the database; `detail` is a sentence part for an operator."""

    channel: str
    kind: ChangeKind
    detail: str = ""

    def __str__(self) -> str:
        return f"channel {self.channel}: {self.kind}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True)
class Entrance:
    """One way by which a customer can come to have a session on a channel; `least` is the lowest level it yields.

    `inherited_from` names the channel whose session is carried over, where that is what sets the level.
    """

    channel: str
    way: str
    least: str
    inherited_from: str = ""


class Aspect(StrEnum):
    """In what one channel can ask for less than another."""

    ACR = "acr"
    THRESHOLD = "threshold"
    MAX_AGE = "max_age"
    MATCH = "match"
    LIVE_ONLY = "live_only"
    INDEPENDENT_CHANNELS = "independent_channels"
    COOL_DOWN = "cool_down"


@dataclass(frozen=True, slots=True)
class Reachability:
    """What it takes at least to have an action done on a channel, by its cheapest entrance.

    `acr` is the higher of what the entrance yields at least and what the action asks for. A static action takes no
    session at all, whatever its entrance.
    """

    action: str
    channel: str
    entrance: Entrance
    acr: str
    threshold: float
    max_age: int | None
    match: Match
    live_only: bool = False
    independent_channels: int = 0
    cool_down: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """An action that asks for less on `channel` than on `stronger`."""

    action: str
    channel: str
    aspect: Aspect
    asks: str
    stronger: str
    there: str
    way: str

    def __str__(self) -> str:
        return (
            f"{self.action} on {self.channel}: {self.aspect} {self.asks} by {self.way}, "
            f"while {self.stronger} asks for {self.there}"
        )


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field in which two policies differ; None where one of them does not have it."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing that a policy says, for an operator to read."""

    about: str
    says: str


GATEWAY, CONSENT_REGISTRY = "gateway", "consent_registry"
"""The two sources that are this house itself: nobody outranks them where they alone know."""
ANY_CLASS = "any"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """Who is believed about an attribute in actions of a class, the one that wins first; `any` is for the rest."""

    attribute: str
    action_class: str
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """The ranking of the sources of truth: rows by attribute, and what no ranking can change."""

    rows: tuple[SourceRow, ...]
    digest: str = field(default="", compare=False)

    def find_order(self, attribute: str, action_class: str) -> tuple[str, ...] | None:
        """Who is believed, the first one most; None for an attribute nobody ranked.

        Of credentials, and wherever an account is recovered, the gateway alone; of consent its registry alone.
        """
        if attribute in LOCKED_SOURCES:
            return LOCKED_SOURCES[attribute]
        by_class = {row.action_class: row.order for row in self.rows if row.attribute == attribute}
        if not by_class:
            return None
        if action_class == RECOVERY:
            return (GATEWAY,)
        return by_class.get(action_class, by_class[ANY_CLASS])


RECOVERY = "recovery"
LOCKED_SOURCES: dict[str, tuple[str, ...]] = {"credentials": (GATEWAY,), "consent": (CONSENT_REGISTRY,)}
RANKED_CLASSES = (ANY_CLASS, "personalize", "history", "change")
DEFAULT_SOURCES = Sources(
    (
        SourceRow("behavior", ANY_CLASS, ("cdp",)),
        SourceRow("case_history", ANY_CLASS, ("contact_center",)),
        SourceRow("contact_points", ANY_CLASS, (GATEWAY, "crm", "cdp")),
    )
)
"""Who is believed until somebody publishes a ranking: contact points verified here before CRM before CDP."""
