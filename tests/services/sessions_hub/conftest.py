"""Ana and Ben, the channel they sign in on, and short ways to speak of their sessions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from accounts.services import register_account, register_operator
from accounts.types import Kind, Method, Proof, Role
from audit.models import Event
from channel_registry.queries import forget_policies
from channel_registry.services import create_channel
from kit.call import CallContext
from sessions_hub import services
from sessions_hub.types import SessionState

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"


@pytest.fixture(autouse=True)
def web(db, call):
    """The channel that browsers sign in on."""
    forget_policies()
    yield create_channel(slug="web", name="Web", call=call)
    forget_policies()


@pytest.fixture
def ana(db, call):
    return register_account(
        email="ana@example.com", password=None, name="Ana", kind=Kind.CUSTOMER, email_verified=True, call=call
    )


@pytest.fixture
def ben(db, call):
    return register_account(
        email="ben@example.com", password=None, name="Ben", kind=Kind.CUSTOMER, email_verified=True, call=call
    )


@pytest.fixture
def sam(db, call):
    """Sam answers the phone: an operator with the role support."""
    return register_operator(email="sam@example.com", password=None, name="Sam", roles=[Role.SUPPORT], call=call)


@pytest.fixture
def laptop(db, call) -> str:
    """The id of a device that has just been recognized for the first time."""
    return services.recognize_device(secret=None, user_agent=FIREFOX, call=call)[0].pk


@pytest.fixture
def phone(db, call) -> str:
    return services.recognize_device(secret=None, user_agent="", call=call)[0].pk


@dataclass(frozen=True)
class Desk:
    """Signs people in and proves things for them, at times counted from the test's `call`."""

    call: CallContext
    device: str

    def at(self, **later: float) -> CallContext:
        """The same call, that much later."""
        return replace(self.call, now=self.call.now + timedelta(**later))

    def proofs(self, *methods: Method, **later: float) -> list[Proof]:
        return [Proof(method, self.at(**later).now) for method in methods]

    def sign_in(self, account, *methods: Method, device: str | None = None, **later: float) -> SessionState:
        return services.start_session(
            account_id=account.pk,
            subject=account.sub,
            device_id=device or self.device,
            channel="web",
            proofs=self.proofs(*(methods or (Method.PASSWORD,)), **later),
            call=self.at(**later),
        )

    def prove(self, sid: str, *methods: Method, **later: float) -> SessionState:
        return services.add_proofs(sid=sid, proofs=self.proofs(*methods, **later), call=self.at(**later))


@pytest.fixture
def desk(call, laptop) -> Desk:
    return Desk(call=replace(call, address="198.51.100.23", user_agent=FIREFOX), device=laptop)


@pytest.fixture
def told() -> Callable[..., list[tuple]]:
    """What the journal holds about a subject: (type, session, payload), oldest first, but of sign-up and links."""

    def read(subject: str, *types: str) -> list[tuple]:
        rows = Event.objects.filter(subject=subject).exclude(type__startswith="account.")
        rows = rows.exclude(type__startswith="identifier.").exclude(type__startswith="profile.")
        rows = rows.exclude(type__startswith="party.").order_by("id")
        return [(row.type, row.session, row.payload) for row in rows if not types or row.type in types]

    return read
