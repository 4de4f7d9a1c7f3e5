"""Words about shared signals: security events that leave on streams, and those that arrive."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from assurance.types import Health
from sync.types.deliveries import Order


class Method(StrEnum):
    """How a stream's events get there (SSF 1.0 section 6.1): pushed (RFC 8935) or fetched (RFC 8936)."""

    PUSH = "urn:ietf:rfc:8935"
    POLL = "urn:ietf:rfc:8936"


class StreamStatus(StrEnum):
    """What SSF 1.0 section 8.1.2 calls the standing of a stream."""

    ENABLED = "enabled"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a subject when a fact is made a security event; `old` is an identifier before it was removed.

    `attributes` are those that the stream may be told, `at_risk` whether a risk stands against the subject.
    """

    attributes: Mapping[str, Any] = field(default_factory=dict)
    old: str = ""
    at_risk: bool = False


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One security event that a type of fact is. `write` makes its payload, or None where the fact is no such event.

    `about_session`: its subject is one session of the customer; `about_old`: it is the identifier that she had before.
    `personal`: without attributes of the customer there is nothing to say.
    """

    uri: str
    write: Callable[[Mapping[str, Any], Known], dict[str, Any] | None]
    about_session: bool = False
    about_old: bool = False
    personal: bool = False


@dataclass(frozen=True, slots=True)
class StreamDraft:
    """What a receiver says of its stream (SSF 1.0 section 8.1.1). `events` None: all there are.

    `authorization` None: as it was, "": none.
    """

    method: Method
    endpoint: str = ""
    events: tuple[str, ...] | None = None
    description: str = ""
    authorization: str | None = None


@dataclass(frozen=True, slots=True)
class StreamState:
    """A stream as its receiver sees it; `reason` is why it is not enabled, where somebody said so."""

    stream_id: str
    client_id: str
    audience: str
    draft: StreamDraft
    events_delivered: tuple[str, ...]
    status: StreamStatus
    reason: str


@dataclass(frozen=True, slots=True)
class PollAsk:
    """What a receiver asks for (RFC 8936 section 2.2): how many at most, whether it waits, what has become of others.

    `errors` are the codes by `jti`.
    """

    most: int | None = None
    at_once: bool = False
    taken: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offered:
    """What waits for a receiver: each the first of its subject, and whether there is more behind."""

    orders: tuple[Order, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class PollAnswer:
    """The security event tokens by `jti`, and whether there is more (RFC 8936 section 2.3)."""

    sets: Mapping[str, str]
    more: bool


class SetFault(StrEnum):
    """Why a security event token is not taken: the codes of RFC 8935 section 2.4."""

    REQUEST = "invalid_request"
    KEY = "invalid_key"
    ISSUER = "invalid_issuer"
    AUDIENCE = "invalid_audience"
    AUTHENTICATION = "authentication_failed"
    ACCESS = "access_denied"


class Effect(StrEnum):
    """What a signal from outside may bring about here."""

    RISK = "risk"
    SESSIONS = "sessions"


@dataclass(frozen=True, slots=True)
class TransmitterDraft:
    """Whose signals are heard: by its issuer, with keys written down (`jwks`) or fetched (`jwks_uri`).

    `provider` is the provider upstream whose accounts it speaks of; `by_email`: it may name a customer by an address
    that she has proved. `may` is what its signals bring about, `risk` the kind of a risk it gives no kind of.
    After `freshness` seconds without a signal, a verification too, it is late; 0: nobody expects any. More than `most`
    signals within an hour are poison.
    """

    name: str
    issuer: str
    audience: str = ""
    jwks_uri: str = ""
    jwks: Mapping[str, Any] = field(default_factory=dict)
    provider: str = ""
    by_email: bool = False
    may: tuple[Effect, ...] = (Effect.RISK,)
    risk: str = "credential_compromise"
    enabled: bool = True
    freshness: int = 0
    most: int = 1000


@dataclass(frozen=True, slots=True)
class TransmitterState:
    """A transmitter as the rooms above see it: when a signal of it came last, and when it last verified the stream.

    `health` is its fuse, `reason` why it is not well, `since` from when; of a poisoned one `good_until` is when it was
    last good.
    """

    slug: str
    draft: TransmitterDraft
    received_at: datetime | None = None
    verified_at: datetime | None = None
    health: Health = Health.OK
    reason: str = ""
    since: datetime | None = None
    good_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class HeardSet:
    """A security event token whose signature, issuer and audience are right: one event about one subject."""

    jti: str
    uri: str
    subject: Mapping[str, Any]
    payload: Mapping[str, Any]
    issued_at: datetime
