"""The words of this room."""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Proof:
    """One successful proof: the method and the instant it was given."""

    method: Method
    at: datetime


@dataclass(frozen=True, slots=True)
class AuthenticatorSummary:
    """What may be shown of an authenticator: never its secret."""

    method: Method
    created_at: datetime
    last_used_at: datetime | None


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
