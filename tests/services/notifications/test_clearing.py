"""Old messages go; what waits stays."""

from dataclasses import replace
from datetime import timedelta

import pytest

from audit.models import Event
from notifications import services
from notifications.flows.delivery import send_waiting
from notifications.models import Message
from notifications.tasks import clear_old_messages

pytestmark = pytest.mark.django_db
DAYS = timedelta(days=30)


def test_a_message_goes_when_its_end_is_long_past(call):
    services.send_mail(to="ana@example.com", subject="One", body="One", call=call)
    send_waiting(call=call)
    services.send_mail(to="ana@example.com", subject="Two", body="Two", call=call)
    assert services.clear_messages(older_than=DAYS, call=call) == 0
    later = replace(call, now=call.now + DAYS + timedelta(seconds=1))
    assert services.clear_messages(older_than=DAYS, call=later) == 1
    assert Message.objects.waiting().count() == Message.objects.count() == 1


def test_the_task_keeps_what_settings_say(call, settings):
    services.send_mail(to="ana@example.com", subject="One", body="One", call=call)
    send_waiting(call=call)
    Message.objects.update(sent_at=call.now - timedelta(days=10))
    assert clear_old_messages() == 0
    settings.MESSAGE_RETENTION_DAYS = 9
    assert clear_old_messages() == 1


def test_a_message_is_journaled_under_the_trace_of_whoever_wrote_it(call):
    services.send_mail(to="ana@example.com", subject="One", body="One", call=replace(call, trace_id="who-wrote"))
    send_waiting(call=replace(call, trace_id="who-rang"))
    assert [event.trace_id for event in Event.objects.filter(type="notification.sent")] == ["who-wrote"]
