"""Operators look and change through services; nobody deletes rows in the raw-data admin."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.http import HttpRequest


def almighty_request() -> HttpRequest:
    """A request of someone whom every permission check answers with yes."""
    request = HttpRequest()
    almighty: Any = SimpleNamespace(is_active=True, is_staff=True, is_superuser=True, has_perm=lambda *_: True)
    request.user = almighty
    return request


def deleters(registry: dict[type[Model], ModelAdmin]) -> list[str]:
    """Models that an operator could delete rows of, inlines included."""
    request = almighty_request()
    return [
        model._meta.label
        for model, page in registry.items()
        if page.has_delete_permission(request)
        or any(inline(model, page.admin_site).has_delete_permission(request) for inline in page.inlines)
    ]


@pytest.fixture(scope="module")
def registry():
    admin.autodiscover()
    return admin.site._registry


def test_no_model_can_be_deleted_from(registry):
    assert registry, "the admin shows nothing"
    assert deleters(registry) == []


def test_a_model_that_could_be_deleted_from_is_noticed(registry):
    model = next(iter(registry))
    assert deleters({model: ModelAdmin(model, admin.site)}) == [model._meta.label]
