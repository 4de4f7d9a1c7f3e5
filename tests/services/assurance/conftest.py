"""Ana, signed in on the web with her password, and a policy that asks for things."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.types import Method, Proof
from assurance.queries import forget_learned
from channel_registry.queries import forget_policies
from channel_registry.services import publish_policy
from kit.call import CallContext, Caller, CallerKind
from sessions_hub.services import recognize_device, start_session
from tests.actors import make_channel, make_customer

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
POLICY = {
    "actions": {
        "offer.personalize": {"class": "personalize", "purpose": "personalization"},
        "account.view": {"class": "history"},
        "orders.view": {"class": "history"},
        "contact.update": {"class": "change"},
        "account.recover": {"class": "recovery"},
    }
}


@pytest.fixture
def call() -> CallContext:
    return CallContext(
        caller=Caller(kind=CallerKind.CLIENT, client_id="shop"), now=NOW, trace_id="trace-1", address="192.0.2.7"
    )


@pytest.fixture
def ana(call: CallContext) -> Any:
    forget_learned()
    make_channel(call)
    publish_policy(channel="web", body=POLICY, call=call)
    forget_policies()
    return make_customer(call)


@pytest.fixture
def begin(ana: Any, call: CallContext) -> Any:
    def begin_session(
        *methods: Method,
        ago: timedelta = timedelta(0),
        device_id: str = "",
        account: Any = None,
        call: CallContext = call,
    ) -> Any:
        account = account or ana
        if not device_id:
            device_id = recognize_device(secret=None, user_agent="Firefox", call=call)[0].pk
        proofs = [Proof(method=method, at=NOW - ago) for method in methods or (Method.PASSWORD,)]
        return start_session(
            account_id=account.pk, subject=account.sub, device_id=device_id, channel="web", proofs=proofs, call=call
        )

    return begin_session
