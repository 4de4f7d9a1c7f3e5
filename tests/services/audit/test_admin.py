"""In the raw-data admin the journal can be read and searched, and nothing else."""

from typing import Any

import pytest
from django.contrib import admin
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.services import register_operator
from accounts.types import Role
from audit.models import Event, Seal
from tests.services.audit.conftest import SIGHT

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of_admin(call) -> HttpRequest:
    """A request of an operator who may do whatever an operator may."""
    request = RequestFactory().get("/admin/")
    request.user = register_operator(
        email="root@example.com", password=None, name="Root", roles=[Role.ADMIN], call=call
    )
    return request


@pytest.mark.parametrize("model", [Event, Seal])
def test_nothing_can_be_added_changed_or_deleted(request_of_admin, model):
    page = admin.site._registry[model]
    assert not page.has_add_permission(request_of_admin)
    assert not page.has_change_permission(request_of_admin)
    assert not page.has_delete_permission(request_of_admin)
    assert "delete_selected" not in page.get_actions(request_of_admin)


def listed(request: HttpRequest, **query: str) -> list[str]:
    """The types of the events that the list shows for a query."""
    asked = RequestFactory().get("/admin/audit/event/", query)
    asked.user = request.user
    found = admin.site._registry[Event].get_changelist_instance(asked).get_queryset(asked)
    return [event.type for event in found]


def test_facts_are_found_by_type_subject_session_and_trace(request_of_admin, note, call):
    note("eve", SIGHT, session="s-1"), note("eve", session="s-2"), note("fay")
    assert listed(request_of_admin, q="eve") == ["test.happened", "test.seen"]
    assert listed(request_of_admin, q="s-1") == ["test.seen"]
    assert listed(request_of_admin, q=call.trace_id, type="test.seen") == ["test.seen"]
    assert listed(request_of_admin, subject="eve", session="s-2") == ["test.happened"]
    assert listed(request_of_admin, trace_id="other") == []


def test_the_pages_show_no_ciphertext(request_of_admin, sealed):
    for model, hidden in ((Event, "personal"), (Seal, "fingerprints")):
        page = admin.site._registry[model]
        row = model.objects.order_by("pk").last()
        response: Any = page.change_view(request_of_admin, str(row.pk))
        response.render()
        assert response.status_code == 200
        assert hidden not in response.content.decode().lower()
