"""One command ends all there is, and says what it did."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.services import register_account
from accounts.types import Kind, Method, Proof
from channel_registry.services import create_channel
from keyring.errors import InvalidToken
from keyring.queries import forget_keys, sign_jwt, verify_jwt
from keyring.services import ensure_signing_key
from oauth.queries import list_provisioning_tokens
from oauth.services import make_provisioning_token
from sessions_hub.queries import find_live_session, list_signed_in
from sessions_hub.services import recognize_device, start_session
from sessions_hub.types import SessionState
from tests.actors import make_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(call: Any) -> list[SessionState]:
    """Ana and Ben, each on a device."""
    create_channel(slug="web", name="Web", call=call)
    ensure_signing_key(call=call)
    states = []
    for name in ("ana", "ben"):
        account = register_account(
            email=f"{name}@example.com", password=None, name=name, kind=Kind.CUSTOMER, email_verified=True, call=call
        )
        device, _ = recognize_device(secret=None, user_agent="", call=call)
        proofs = [Proof(Method.PASSWORD, call.now)]
        states.append(
            start_session(
                account_id=account.pk, subject=account.sub, device_id=device.pk, channel="web", proofs=proofs, call=call
            )
        )
    return states


def test_nothing_happens_without_saying_so(signed_in: list[SessionState], call: Any):
    with pytest.raises(CommandError, match="--everything"):
        call_command("revoke_everything")
    assert len(list_signed_in(now=call.now, limit=10)) == 2


def test_every_session_ends_and_no_token_verifies_any_more(signed_in: list[SessionState], call: Any):
    token = sign_jwt({"sub": "ana"}, typ="at+jwt")
    hr = make_client(call, name="HR", scopes=("scim",), default_scopes=("scim",)).client
    make_provisioning_token(client_id=hr.client_id, lifetime=timedelta(days=1), call=call)
    out = StringIO()
    call_command("revoke_everything", everything=True, stdout=out)
    assert out.getvalue() == "Ended 2 sessions; removed 2 signing keys.\n"
    assert [find_live_session(sid=state.sid, now=call.now) for state in signed_in] == [None, None]
    assert [each.is_live for each in list_provisioning_tokens(now=call.now)] == [False]
    forget_keys()
    with pytest.raises(InvalidToken):
        verify_jwt(token, typ="at+jwt")
    assert verify_jwt(sign_jwt({"sub": "ana"}, typ="at+jwt"), typ="at+jwt") == {"sub": "ana"}
