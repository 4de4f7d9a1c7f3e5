"""The words of this room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """Whom an account is for."""

    CUSTOMER = "customer"
    OPERATOR = "operator"


class Status(StrEnum):
    """Where an account is in its life. Only an active one can sign in; erased is final."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    ERASED = "erased"


class Role(StrEnum):
    """What an operator may do; an operator may have several."""

    ADMIN = "admin"
    AUTHOR = "author"
    APPROVER = "approver"
    STEWARD = "steward"
    SUPPORT = "support"
    AUDITOR = "auditor"


class IdentifierType(StrEnum):
    """What kind of thing points at an account (RFC 9493 where it has a name there)."""

    EMAIL = "email"
    PHONE = "phone_number"
    LOYALTY_NUMBER = "loyalty_number"


class Provenance(StrEnum):
    """Who said that an identifier belongs to the account."""

    SIGN_UP = "sign_up"
    SELF_SERVICE = "self_service"
    OPERATOR = "operator"
    IMPORT = "import"
    UPSTREAM = "upstream"


class IdentifierLevel(IntEnum):
    """How surely an identifier belongs to the account; from VERIFIED on it has the time of its verification."""

    OBSERVED = 0
    SELF_ASSERTED = 1
    VERIFIED = 2  # by a code or a link
    BOUND = 3  # by authentication
    PROOFED = 4  # by a document


class Method(StrEnum):
    """With what a person proved to be the one, as finely as the levels of assurance need it."""

    PASSWORD = "password"
    EMAIL_CODE = "email_code"
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    PASSKEY = "passkey"
    PASSKEY_UV = "passkey_uv"
    PASSKEY_HARDWARE = "passkey_hardware"  # attested: its key is kept in hardware, and it verified its person
    FEDERATED = "federated"


@dataclass(frozen=True, slots=True)
class Proof:
    """One successful proof: the method and the instant it was given; a federated one names the provider upstream."""

    method: Method
    at: datetime
    provider: str = ""


@dataclass(frozen=True, slots=True)
class AuthenticatorSummary:
    """What may be shown of an authenticator: never its secret."""

    method: Method
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an account holds: when an identifier of each type was first verified, and the methods it can prove with.

    `best_acr` is the highest level it can be asked for: a code from the mailbox is no second factor to count on.
    """

    identifiers: Mapping[str, datetime] = field(default_factory=dict)
    methods: tuple[Method, ...] = ()
    best_acr: str = "0"


@dataclass(frozen=True, slots=True)
class Doors:
    """With what an account can prove itself beside its mailbox: a password, how many passkeys, an authenticator app."""

    password: bool
    passkeys: int
    app: bool

    @property
    def second_factor(self) -> bool:
        """Whether there is anything beside password and mailbox."""
        return self.app or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class Expected:
    """What an ID token must say of itself: who made it, for whom, in answer to which request, and when that is now."""

    issuer: str
    client_id: str
    nonce: str
    now: datetime


@dataclass(frozen=True, slots=True)
class UpstreamIdentity:
    """Whom a provider upstream says it signed in: `subject` is the link key beside the provider.

    `email` is empty unless it is an address we could keep; `email_verified` is true only when the provider said
    exactly that, of this address. `authenticated_at` is None when the provider did not tell.
    """

    provider: str
    subject: str
    email: str
    email_verified: bool
    name: str
    authenticated_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProviderDraft:
    """What an operator writes about a provider. The secret is None where it stays as it is, empty where there is none.

    `channels` are the slugs of the channels it is offered on; none means everywhere.
    """

    name: str
    client_id: str
    client_secret: str | None
    scopes: tuple[str, ...]
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProviderSummary:
    """A provider as a page shows it."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class LinkSummary:
    """One provider that opens an account: since when, when it was used last, and whether it does at the moment."""

    slug: str
    name: str
    linked_at: datetime
    used_at: datetime
    enabled: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """What others may be told about an account; `email_verified` is about this very address."""

    name: str
    email: str
    email_verified: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """What the gateway itself knows of one attribute of a customer, how surely, and since when."""

    attribute: str
    value: str
    level: IdentifierLevel
    at: datetime
