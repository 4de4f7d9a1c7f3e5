"""Operators read the key ring in the raw-data admin, and an admin rotates it."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.types import Role
from audit.models import Event
from keyring.models import SigningKey
from keyring.services import ensure_signing_key
from tests.operators import sign_in_operator

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str]]:
    return list(Event.objects.filter(type="key.retired").values_list("type", "actor"))


def rotate(browser: Client, kid: str):
    page = reverse("admin:keyring_signingkey_changelist")
    return browser.post(page, {"action": "rotate", "_selected_action": [kid]}, follow=True)


def test_an_admin_rotates_the_keys(call):
    admin, name = sign_in_operator(Role.ADMIN, call)
    active = ensure_signing_key(call=call)
    successor = SigningKey.objects.waiting().get().kid
    assert f"Key {successor} signs from now on." in rotate(admin, active.kid).content.decode()
    assert SigningKey.objects.active().get().kid == successor
    assert ("key.retired", name) in told()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.AUTHOR])
def test_nobody_else_rotates_the_keys(call, role):
    browser, _ = sign_in_operator(role, call)
    active = ensure_signing_key(call=call)
    rotate(browser, active.kid)
    assert SigningKey.objects.active().get().kid == active.kid
    assert told() == []


def test_the_private_half_of_a_key_is_shown_nowhere(call):
    admin, _ = sign_in_operator(Role.ADMIN, call)
    active = ensure_signing_key(call=call)
    shown = admin.get(reverse("admin:keyring_signingkey_change", args=[active.kid])).content.decode()
    assert active.jwk["x"] in shown
    assert "wrapped" not in shown
    assert "private" not in shown.lower()


def test_a_wrong_encryption_key_is_one_sentence_for_the_admin(call):
    admin, _ = sign_in_operator(Role.ADMIN, call)
    active = ensure_signing_key(call=call)
    SigningKey.objects.waiting().update(wrapped_private=b"cut short")
    assert "KEY_ENCRYPTION_KEY does not open" in rotate(admin, active.kid).content.decode()
    assert SigningKey.objects.active().get().kid == active.kid


def test_keys_are_listed_and_neither_added_nor_deleted(call):
    admin, _ = sign_in_operator(Role.ADMIN, call)
    active = ensure_signing_key(call=call)
    shown = admin.get(reverse("admin:keyring_signingkey_changelist")).content.decode()
    assert active.kid in shown
    assert "delete_selected" not in shown
    assert admin.get(reverse("admin:keyring_signingkey_add")).status_code == 403
    assert admin.post(reverse("admin:keyring_signingkey_delete", args=[active.kid]), {"post": "yes"}).status_code == 403
    change = reverse("admin:keyring_signingkey_change", args=[active.kid])
    assert admin.post(change, {"alg": "none"}).status_code == 403
