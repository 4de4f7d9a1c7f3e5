"""A provider that very many people signed in through is dead on every path all the same, in one deed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import services
from accounts.models import Account
from accounts.services import create_provider, enable_provider
from accounts.types import ProviderDraft
from audit.models import Event, Pending
from kit import clock
from kit.call import CallContext
from oauth.models import Revocation
from oauth.revocation_list import REVOCATIONS
from oauth.types import RevocationKind
from sessions_hub.models import Device, Reliance, Session
from tests.actors import make_channel

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 5000


@pytest.fixture
def crowd(call: CallContext) -> list[Session]:
    """People who signed in through acme; every tenth of them proved something else as well."""
    make_channel(call)
    create_provider(
        slug="acme",
        issuer="https://acme.example",
        draft=ProviderDraft("Acme", "us", "secret", ("openid",), ("web",)),
        call=call,
    )
    enable_provider(slug="acme", call=call)
    accounts = Account.objects.bulk_create(
        [Account(sub=f"sub-{n:05}", email=f"p{n}@crowd.example", created_at=call.now) for n in range(MANY)]
    )
    devices = Device.objects.bulk_create(
        [Device(id=f"dev_{n}", secret_digest=f"{n}", created_at=call.now, last_seen_at=call.now) for n in range(MANY)]
    )
    sessions = Session.objects.bulk_create(
        [
            Session(
                sid=f"ses_{n}",
                root=f"ses_{n}",
                subject_type="account",
                subject=account.sub,
                account=account,
                device=device,
                channel_id="web",
                evidence=evidence(n, call),
                started_at=call.now,
                last_seen_at=call.now,
                idle_seconds=3600,
                expires_at=call.now + timedelta(days=1),
            )
            for n, (account, device) in enumerate(zip(accounts, devices, strict=True))
        ]
    )
    Reliance.objects.bulk_create([Reliance(session=session, provider="acme") for session in sessions])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return sessions


def evidence(n: int, call: CallContext) -> list[dict[str, str]]:
    at = call.now.isoformat()
    return [
        {"method": "federated", "at": at, "provider": "acme"},
        *([{"method": "totp", "at": at}] if n % 10 == 0 else []),
    ]


def test_five_thousand_sessions_and_their_tokens_die_in_one_deed_of_few_statements(
    crowd: Any, call: CallContext
) -> None:
    now = replace(call, now=clock.now())
    with CaptureQueriesContext(connection) as captured:
        services.disable_provider(slug="acme", call=now)

    for session in (crowd[0], crowd[-1]):
        assert REVOCATIONS.reaches([(RevocationKind.SESSION, session.sid)], issued_at=int(now.now.timestamp()))
    assert Session.objects.unrevoked().count() == MANY / 10
    assert Revocation.objects.count() == MANY
    assert Event.objects.filter(type="session.revoked").count() == MANY - MANY / 10
    assert Pending.objects.count() == MANY
    assert len(captured) < 40
    spent = sum(float(each["time"]) for each in captured.captured_queries)
    assert spent < 10, "a second on a machine that does nothing else"
