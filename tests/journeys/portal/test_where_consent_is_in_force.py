"""A customer who takes a permission back sees in which connected system that is in force, and so does an operator."""

from typing import Any

import pytest

from accounts.services import change_name
from accounts.types import Role
from consent.services import publish_notice
from consent.types import NoticeRef
from sync.flows.delivery import deliver_waiting
from sync.services import create_connection
from sync.types import ConnectionDraft, Kind
from tests.actors import sign_in
from tests.journeys.portal.test_consents import ana, say, text_of
from tests.listener import listener
from tests.operators import sign_in_operator

__all__ = ["ana"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_withdrawal_shows_where_it_is_in_force(ana: Any, call: Any, settings: Any, monkeypatch: Any) -> None:
    settings.FETCH_ALLOW_LOOPBACK = True
    monkeypatch.setattr("sync.services.bell._ring", lambda: None)
    browser = sign_in(ana)
    with listener(202) as tool:
        draft = ConnectionDraft(
            name="The Tool", kind=Kind.WEBHOOK, endpoint=tool.url, event_types=("consent.granted", "consent.withdrawn")
        )
        create_connection(slug="tool", draft=draft, call=call)
        say(browser, "marketing.sms", "grant")
        assert "The Tool Not told yet" in text_of(browser.get("/consents/of/marketing.sms/"))
        deliver_waiting(make_call=lambda: call)
        assert "The Tool Told, and not confirmed yet" in text_of(browser.get("/consents/of/marketing.sms/"))
        tool.reply = (200, {}, b'{"applied": true}')
        say(browser, "marketing.sms", "withdraw")
        deliver_waiting(make_call=lambda: call)
        assert "The Tool In force" in text_of(browser.get("/consents/of/marketing.sms/"))
        assert "The Tool" not in text_of(browser.get("/consents/of/analytics/")), "nobody was told of that"
        change_name(sub=ana.sub, name="Ana Willow", call=call)
        assert "The Tool In force" in text_of(browser.get("/consents/of/marketing.sms/")), "what waits is no choice"
        assert "The Tool" not in text_of(browser.get("/consents/of/analytics/"))
    admin, _ = sign_in_operator(Role.ADMIN, call)
    assert "The Tool In force" in text_of(admin.get(f"/console/consent/register/{ana.sub}/"))


def test_a_yes_to_an_earlier_notice_is_in_force_nowhere(ana: Any, call: Any, settings: Any, monkeypatch: Any) -> None:
    settings.FETCH_ALLOW_LOOPBACK = True
    monkeypatch.setattr("sync.services.bell._ring", lambda: None)
    browser = sign_in(ana)
    with listener((200, {}, b'{"applied": true}')) as tool:
        draft = ConnectionDraft(
            name="The Tool", kind=Kind.WEBHOOK, endpoint=tool.url, event_types=("consent.granted", "consent.withdrawn")
        )
        create_connection(slug="tool", draft=draft, call=call)
        say(browser, "marketing.sms", "grant")
        deliver_waiting(make_call=lambda: call)
    ref = NoticeRef("privacy", 9, "en")
    publish_notice(ref=ref, text="Another one.", purposes=("marketing.sms",), material=True, title="", call=call)
    page = text_of(browser.get("/consents/of/marketing.sms/"))
    assert "The Tool Knows an earlier yes only" in page
    assert "The Tool In force" not in page
    admin, _ = sign_in_operator(Role.ADMIN, call)
    assert "The Tool Knows an earlier yes only" in text_of(admin.get(f"/console/consent/register/{ana.sub}/"))
