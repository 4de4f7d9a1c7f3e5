"""The raw data of sessions: operators look, and those who answer the phone can end."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.services import register_operator
from accounts.types import Role
from channel_registry.queries import forget_policies
from channel_registry.services import publish_policy
from kit import clock
from sessions_hub import queries
from sessions_hub.flows.handoff import offer_handoff
from sessions_hub.models import Handoff, Session
from sessions_hub.types import Via
from tests.services.sessions_hub.browsing import Browser

pytestmark = pytest.mark.django_db
LIST = "/admin/sessions_hub/session/"


@pytest.fixture
def ada(call):
    """Ada reads the books: an operator with the role auditor."""
    return register_operator(email="ada@example.com", password=None, name="Ada", roles=[Role.AUDITOR], call=call)


def signed_in(operator) -> Client:
    browser = Browser()
    browser.sign_in(operator, "password", "totp")
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = browser.cookie or ""
    return client


def end(client, sid):
    chosen = {"action": "end_these_sessions", "_selected_action": [Session.objects.get(sid=sid).pk]}
    return client.post(LIST, chosen, follow=True)


def test_support_ends_a_customers_session(desk, ana, sam, told):
    sid = desk.sign_in(ana).sid
    client = signed_in(sam)
    assert sid.encode() in client.get(LIST).content
    assert b"Ended: 1 of 1." in end(client, sid).content
    assert queries.find_live_session(sid=sid, now=clock.now()) is None
    assert told(ana.sub, "session.revoked") == [("session.revoked", sid, {"reason": "ended_by_operator"})]
    assert b"Ended: 0 of 1." in end(client, sid).content


def test_an_auditor_looks_and_cannot_end(desk, ana, ada):
    sid = desk.sign_in(ana).sid
    client = signed_in(ada)
    assert b"end_these_sessions" not in client.get(LIST).content
    end(client, sid)
    assert queries.find_live_session(sid=sid, now=clock.now())


def test_nobody_edits_or_deletes_the_raw_data(desk, ana, sam):
    row = Session.objects.get(sid=desk.sign_in(ana).sid)
    client = signed_in(sam)
    page = client.get(f"{LIST}{row.pk}/change/")
    assert page.status_code == 200
    assert b'name="evidence"' not in page.content
    assert client.post(f"{LIST}{row.pk}/change/", {"subject": "acc_other"}).status_code == 403
    assert client.get(f"{LIST}{row.pk}/delete/").status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403


def test_a_devices_secret_is_not_shown_not_even_its_digest(desk, sam):
    page = signed_in(sam).get(f"/admin/sessions_hub/device/{desk.device}/change/")
    assert page.status_code == 200
    assert b"digest" not in page.content


def test_support_looks_at_tickets_and_sees_no_secret(desk, ana, sam, call):
    publish_policy(channel="web", body={"ways_in": ["authorization_code", "handoff"]}, call=call)
    forget_policies()
    ticket = offer_handoff(
        sid=desk.sign_in(ana).sid, via=Via.HANDOFF, channel="web", client_id="help", call=call
    ).ticket
    client = signed_in(sam)
    page = client.get("/admin/sessions_hub/handoff/").content.decode()
    assert ana.sub in page
    row = Handoff.objects.get()
    assert client.get("/admin/sessions_hub/handoff/add/").status_code == 403
    page = client.get(f"/admin/sessions_hub/handoff/{row.pk}/change/").content.decode()
    assert "help" in page
    assert row.digest not in page
    assert ticket not in page
    assert client.post(f"/admin/sessions_hub/handoff/{row.pk}/delete/", {"post": "yes"}).status_code == 403
