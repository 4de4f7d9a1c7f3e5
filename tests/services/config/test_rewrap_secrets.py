"""One command lets the previous KEY_ENCRYPTION_KEY go: everything stored is wrapped under the new one."""

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.utils import decrypt
from django.contrib.sessions.models import Session as BrowserSession
from django.core.management import CommandError, call_command

import accounts.services
import sync.services
from accounts.flows.email_change import note_change
from accounts.models import EmailChange, UpstreamProvider
from accounts.types import ProviderDraft
from audit import subject_keys
from audit.models import SubjectKey
from audit.subject_keys import find_keys
from config.environment import new_encryption_key
from keyring.models import SigningKey
from keyring.queries import forget_keys, sign_jwt
from keyring.services import ensure_signing_key
from kit import crypto
from notifications.models import Message
from notifications.queries import list_messages
from notifications.services import send_mail
from scripts import house
from sync.models import Connection, Delivery
from sync.types import ConnectionDraft, Kind
from tests.actors import make_channel, make_customer, sign_in
from tests.town import name_service

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def ana(call: Any) -> Any:
    """A customer about whom everything is stored that is stored under a key."""
    make_channel(call)
    ensure_signing_key(call=call)
    ana = make_customer(call)
    ana.browser = sign_in(ana)
    accounts.services.enroll_totp(sub=ana.sub, secret=SECRET, call=call)
    RecoveryCodes.activate(ana)
    draft = ProviderDraft("Acme", "us", "our secret", ("openid",), ())
    accounts.services.create_provider(slug="acme", issuer="https://acme.example", draft=draft, call=call)
    note_change(account=ana, old=ana.email, new="new@people.example", call=call)
    send_mail(to=ana.email, subject="Hello", body="A letter.", call=call)
    subject_keys.open_keys([ana.sub], now=call.now)
    name_service(call)
    told: Any = {"event_types": ("profile.changed",), "attributes": ("name",), "purpose": "service"}
    crm = ConnectionDraft("CRM", Kind.WEBHOOK, "https://crm.example/hooks", **told)
    sync.services.create_connection(slug="crm", draft=crm, call=call)
    accounts.services.change_name(sub=ana.sub, name="Ana Larch", call=call)
    sync.services.fan_out(call=call)
    return ana


def stored() -> dict[str, list[Any]]:
    """What lies in the tables, as bytes and texts."""
    return {
        "signing keys": list(SigningKey.objects.order_by("pk").values_list("wrapped_private", flat=True)),
        "data keys": list(SubjectKey.objects.order_by("pk").values_list("wrapped", flat=True)),
        "authenticators": list(Authenticator.objects.order_by("pk").values_list("data", flat=True)),
        "providers": list(UpstreamProvider.objects.values_list("client_secret", flat=True)),
        "changes": list(EmailChange.objects.values_list("addresses", flat=True)),
        "messages": list(Message.objects.order_by("pk").values_list("recipient", "content")),
        "connections": list(Connection.objects.values_list("secret", flat=True)),
        "deliveries": list(Delivery.objects.exclude(sealed=None).values_list("sealed", flat=True)),
        "browsers": list(BrowserSession.objects.order_by("pk").values_list("session_data", flat=True)),
    }


def replace_key(settings: Any) -> None:
    settings.KEY_ENCRYPTION_KEY_PREVIOUS = [settings.KEY_ENCRYPTION_KEY]
    settings.KEY_ENCRYPTION_KEY = new_encryption_key()
    forget_keys()


def rewrap() -> str:
    out = StringIO()
    call_command("rewrap_secrets", stdout=out)
    return out.getvalue()


def test_afterwards_everything_opens_without_the_previous_key(ana: Any, settings: Any) -> None:
    data_key = find_keys([ana.sub])[ana.sub]
    replace_key(settings)
    before = stored()
    assert "can go" in rewrap()
    after = stored()
    settings.KEY_ENCRYPTION_KEY_PREVIOUS = []
    forget_keys()

    assert all(before[kind] and before[kind] != after[kind] for kind in before)
    assert sign_jwt({"sub": "ana"}, typ="at+jwt")
    assert find_keys([ana.sub])[ana.sub] == data_key
    app, codes = (Authenticator.objects.get(user=ana, type=type).wrap() for type in ("totp", "recovery_codes"))
    assert decrypt(app.instance.data["secret"]) == SECRET
    assert len(codes.get_unused_codes()) == 10
    assert "A letter." in {letter.body.strip() for letter in list_messages()}
    assert ana.browser.get("/security/").status_code == 200


def test_a_second_run_changes_nothing_and_one_that_was_interrupted_is_taken_up(
    ana: Any, settings: Any, call: Any
) -> None:
    replace_key(settings)
    accounts.services.rewrap_authenticators(after=None, call=call)  # and then somebody pulled the plug
    assert "secrets of authenticators: 0 wrapped anew" in rewrap()
    before = stored()
    assert "signing keys: 0 wrapped anew" in rewrap()
    assert stored() == before


def test_what_no_key_opens_is_counted_and_left(ana: Any, settings: Any) -> None:
    settings.KEY_ENCRYPTION_KEY = new_encryption_key()
    before = stored()
    with pytest.raises(CommandError, match="open under none of the keys"):
        rewrap()
    assert stored() == before


def test_tables_are_walked_in_small_steps(ana: Any, settings: Any, call: Any, monkeypatch: Any) -> None:
    subject_keys.open_keys([f"sub-{n:04}" for n in range(1100)], now=call.now)
    replace_key(settings)
    assert "data keys of subjects: 11" in rewrap()
    settings.KEY_ENCRYPTION_KEY_PREVIOUS = []
    assert all(find_keys([f"sub-{n:04}" for n in range(1100)]).values())


def test_no_place_that_wraps_is_forgotten() -> None:
    wrapping = {
        house.dotted(path)
        for path in house.python_files()
        if "crypto.wrap(" in path.read_text(encoding="utf-8") and house.dotted(path).split(".")[0] != "kit"
    }
    assert wrapping == {
        "accounts.adapter",
        "accounts.flows.email_change",
        "accounts.services.providers",
        "audit.subject_keys",
        "keyring.services",
        "notifications.services",
        "sessions_hub.browser_store",
        "sync.queries.release",
        "sync.queries.security_events",
        "sync.services.connections",
    }, "let rewrap_secrets know what is wrapped here as well"
    with pytest.raises(crypto.CannotUnwrap):
        crypto.rewrap(b"nothing", context="anything")
