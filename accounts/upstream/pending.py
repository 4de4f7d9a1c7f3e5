"""What waits in the browser session, encrypted at rest, while a person answers, for ten minutes at most: whether a
provider is to be linked to an account, or which address a new account is to have.
"""

from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.http import HttpRequest

from accounts.types import UpstreamIdentity
from kit import clock

_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class PendingLink:
    """A person at a provider who may be linked to the account `owner`, if its owner says so; `label` is her address."""

    provider: str
    subject: str
    label: str
    owner: str
    following: str
    asked_at: str

    @property
    def since(self) -> datetime:
        """When it was asked."""
        return datetime.fromisoformat(self.asked_at)


@dataclass(frozen=True, slots=True)
class PendingSignUp:
    """A person at a provider who is to have an account, once she has proved an address."""

    provider: str
    subject: str
    email: str
    name: str
    authenticated_at: str
    following: str
    asked_at: str

    @property
    def identity(self) -> UpstreamIdentity:
        """The identity as the provider told it: its address is one that nobody has verified."""
        return UpstreamIdentity(
            provider=self.provider,
            subject=self.subject,
            email=self.email,
            email_verified=False,
            name=self.name,
            authenticated_at=datetime.fromisoformat(self.authenticated_at) if self.authenticated_at else None,
        )


Question = TypeVar("Question", PendingLink, PendingSignUp)
_KEYS = {PendingLink: "upstream_link", PendingSignUp: "upstream_sign_up"}


def ask_to_link(request: HttpRequest, identity: UpstreamIdentity, *, owner: str, following: str) -> None:
    """Remember that the owner of an account is to be asked; a former question is forgotten."""
    _keep(
        request,
        PendingLink(
            provider=identity.provider,
            subject=identity.subject,
            label=identity.email or identity.name,
            owner=owner,
            following=following,
            asked_at=clock.now().isoformat(),
        ),
    )


def ask_for_address(request: HttpRequest, identity: UpstreamIdentity, *, following: str) -> None:
    """Remember that a new person is to be asked for her address; a former question is forgotten."""
    there = identity.authenticated_at
    _keep(
        request,
        PendingSignUp(
            provider=identity.provider,
            subject=identity.subject,
            email=identity.email,
            name=identity.name,
            authenticated_at=there.isoformat() if there else "",
            following=following,
            asked_at=clock.now().isoformat(),
        ),
    )


def find(request: HttpRequest, kind: type[Question]) -> Question | None:
    """The question of this kind that waits, if it is not too old."""
    stored: dict[str, Any] | None = request.session.get(_KEYS[kind])
    if not isinstance(stored, dict) or stored.keys() != {each.name for each in fields(kind)}:
        return None
    if clock.now() - datetime.fromisoformat(stored["asked_at"]) > _LIFETIME:
        return None
    return kind(**stored)


def forget(request: HttpRequest) -> None:
    """Whatever was asked has been answered."""
    for key in _KEYS.values():
        request.session.pop(key, None)


def _keep(request: HttpRequest, question: PendingLink | PendingSignUp) -> None:
    forget(request)
    request.session[_KEYS[type(question)]] = asdict(question)
