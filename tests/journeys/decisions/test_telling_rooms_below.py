"""Rooms below ask their caller how sure we are; it is the number that a decision would report."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assurance.services import raise_risk
from assurance.types import RiskKind
from audit.models import Event
from oauth.authentication import caller_of
from sessions_hub.services import revoke_session
from tests.actors import claims_of

pytestmark = pytest.mark.django_db


def test_a_channels_client_hears_the_number_and_nothing_is_recorded(call, orders, ana):
    told = orders.ask(ana)["context"]["confidence"]
    token = orders.app.post("/oauth/token", grant_type="client_credentials").json()["access_token"]
    caller = caller_of(claims_of(token))
    before = Event.objects.count()
    with CaptureQueriesContext(connection) as asked:
        assert caller.confidence(ana.sid) == pytest.approx(told, abs=1e-4)
    assert (len(asked), Event.objects.count()) == (3, before)

    raise_risk(subject=ana.sub, kind=RiskKind.REPORTED_THEFT, source="desk", call=call)
    assert caller.confidence(ana.sid) < told / 2
    assert caller.confidence("ses_none") is None
    revoke_session(sid=ana.sid, reason="test", call=call)
    assert caller.confidence(ana.sid) is None


def test_so_does_a_browser_in_which_somebody_is_signed_in(client, ana):
    caller = ana.browser.get("/").wsgi_request.caller
    assert 0.9 < caller.confidence(caller.sid) < 1
    assert client.get("/").wsgi_request.caller.confidence(ana.sid) is None
