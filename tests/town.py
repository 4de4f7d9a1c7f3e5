"""Ana signed in on a site or two, relying parties that listen, and the couriers on call."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from accounts.types import Method, Proof
from consent.services import put_purpose
from consent.types import LegalBasis, PurposeDraft
from kit.call import CallContext
from sessions_hub import services as sessions
from sessions_hub.types import SessionState
from sync.flows.delivery import deliver_waiting
from sync.models import Delivery
from tests.actors import make_client, make_customer
from tests.relying_party import RelyingParty, relying_party


@dataclass
class Town:
    """Who is there, and short ways to let things happen."""

    call: CallContext
    cleanup: ExitStack

    def at(self, **later: float) -> CallContext:
        return replace(self.call, now=self.call.now + timedelta(**later))

    def site(self, name: str, reply=200, **draft) -> RelyingParty:
        """A client with a back-channel; its `client_id` stands in its `name`."""
        party = self.cleanup.enter_context(relying_party(reply))
        app = make_client(self.call, name=name, backchannel_logout_uri=party.uri, **draft)
        party.name = app.client.client_id
        return party

    def person(self, name: str):
        return make_customer(self.call, name)

    def sign_in(self, account, *parties: RelyingParty, **later: float) -> SessionState:
        """A session in which these sites take part."""
        call = self.at(**later)
        device, _ = sessions.recognize_device(secret=None, user_agent="", call=call)
        state = sessions.start_session(
            account_id=account.pk,
            subject=account.sub,
            device_id=device.pk,
            channel="web",
            proofs=[Proof(Method.PASSWORD, call.now)],
            call=call,
        )
        for party in parties:
            sessions.note_participation(sid=state.sid, client_id=party.name, call=call)
        return state

    def end(self, state: SessionState, **later: float) -> None:
        sessions.revoke_session(sid=state.sid, reason="ended_by_customer", call=self.at(**later))

    def deliver(self, **later: float) -> int:
        """One round of the couriers, all of it at that time; the number of attempts."""
        return deliver_waiting(make_call=lambda: self.at(**later))


def name_service(call: CallContext) -> None:
    """The purpose that connected systems serve in most tests: it asks nobody, and needs what there is."""
    put_purpose(
        draft=PurposeDraft(
            "service",
            legal_basis=LegalBasis.CONTRACT,
            needs=("name", "email", "email_verified", "phone_number", "phone_number_verified"),
            texts={"en": {"title": "Your account"}},
        ),
        call=call,
    )


# --- For the conftest of whoever lives there -------------------------------------------------------------------


@pytest.fixture(autouse=True)
def on_this_machine(settings):
    settings.FETCH_ALLOW_LOOPBACK = True


@pytest.fixture(autouse=True)
def nobody_rings(monkeypatch):
    """No broker: a test rings the couriers itself."""
    monkeypatch.setattr("sync.services.bell._ring", lambda: None)


@pytest.fixture
def town(call) -> Iterator[Town]:
    name_service(call)
    with ExitStack() as cleanup:
        yield Town(call=call, cleanup=cleanup)


@pytest.fixture
def states() -> Callable[[], list[str]]:
    """How the deliveries stand, oldest first."""
    return lambda: list(Delivery.objects.order_by("id").values_list("state", flat=True))
