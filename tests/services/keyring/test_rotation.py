"""One key signs, the next one is published ahead of it, retired ones verify until they are removed."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from audit.models import Event
from config.environment import new_encryption_key
from keyring import queries, services
from keyring.errors import InvalidToken, NoSigningKey, SigningKeyUnreadable
from keyring.models import SigningKey
from keyring.types import KeyStatus

pytestmark = pytest.mark.django_db


@pytest.fixture
def active(call):
    """The key that signs."""
    return services.ensure_signing_key(call=call)


def statuses() -> dict[str, KeyStatus]:
    return {row.kid: row.status for row in SigningKey.objects.all()}


def told() -> list[tuple[str, str]]:
    return [(event.type, event.payload["kid"]) for event in Event.objects.order_by("id")]


def published() -> list[str]:
    return [jwk["kid"] for jwk in queries.list_published_keys()]


def test_nothing_is_signed_before_there_is_a_key():
    with pytest.raises(NoSigningKey):
        queries.sign_jwt({}, typ="at+jwt")
    assert published() == []


@pytest.mark.sqlite
def test_the_first_start_makes_an_active_and_a_next_key(call, active):
    assert sorted(statuses().values()) == [KeyStatus.ACTIVE, KeyStatus.NEXT]
    assert statuses()[active.kid] is KeyStatus.ACTIVE
    waiting = SigningKey.objects.waiting().get()
    assert told() == [("key.created", active.kid), ("key.activated", active.kid), ("key.created", waiting.kid)]


def test_a_later_start_changes_nothing(call, active):
    before, events = statuses(), told()
    assert services.ensure_signing_key(call=call) == active
    assert (statuses(), told()) == (before, events)


def test_the_events_are_observations_about_nobody(call, active):
    assert set(Event.objects.values_list("subject", "seq")) == {("", None)}


@pytest.mark.sqlite
def test_rotation_activates_the_key_that_was_already_published(call, active):
    waiting = SigningKey.objects.waiting().get().kid
    assert waiting in published()
    assert services.rotate_signing_key(call=call).kid == waiting
    assert statuses()[active.kid] is KeyStatus.RETIRED
    assert statuses()[waiting] is KeyStatus.ACTIVE
    newest = SigningKey.objects.waiting().get().kid
    assert published() == [*sorted({active.kid, waiting, newest}, key=published().index)]
    assert told()[3:] == [("key.retired", active.kid), ("key.activated", waiting), ("key.created", newest)]


def test_rotation_of_an_empty_ring_makes_the_first_keys(call):
    services.rotate_signing_key(call=call)
    assert sorted(statuses().values()) == [KeyStatus.ACTIVE, KeyStatus.NEXT]


def test_a_token_of_a_retired_key_verifies_until_that_key_is_removed(call, active):
    token = queries.sign_jwt({"sub": "ana"}, typ="at+jwt")
    for _ in range(3):
        services.rotate_signing_key(call=call)
        assert queries.verify_jwt(token, typ="at+jwt") == {"sub": "ana"}
    later = replace(call, now=call.now + timedelta(hours=2))
    assert services.remove_retired_keys(retired_for=timedelta(hours=1), call=later) == 3
    assert active.kid not in published()
    with pytest.raises(InvalidToken):
        queries.verify_jwt(token, typ="at+jwt")
    assert statuses()[active.kid] is KeyStatus.REMOVED
    assert ("key.removed", active.kid) in told()


def test_a_key_that_retired_lately_is_not_removed(call, active):
    services.rotate_signing_key(call=call)
    later = replace(call, now=call.now + timedelta(minutes=59))
    assert services.remove_retired_keys(retired_for=timedelta(hours=1), call=later) == 0
    assert active.kid in published()


def test_a_key_that_waits_or_signs_is_never_removed(call, active):
    later = replace(call, now=call.now + timedelta(days=3650))
    assert services.remove_retired_keys(retired_for=timedelta(0), call=later) == 0
    assert len(published()) == 2


def test_after_rotation_the_new_key_signs(call, active):
    queries.sign_jwt({}, typ="at+jwt")
    successor = services.rotate_signing_key(call=call)
    assert queries.get_signer().kid == successor.kid


@pytest.mark.parametrize("status", list(KeyStatus))
def test_no_private_key_can_be_read_from_the_table(call, active, status):
    services.rotate_signing_key(call=call)
    services.rotate_signing_key(call=call)
    services.remove_retired_keys(retired_for=timedelta(0), call=call)
    services.rotate_signing_key(call=call)
    for row in SigningKey.objects.all():
        if row.status is not status:
            continue
        assert "d" not in row.public_jwk
        if status in (KeyStatus.RETIRED, KeyStatus.REMOVED):
            assert row.wrapped_private is None
        else:
            opened = queries.open_private_key(row)
            secret = opened.private_numbers().private_value.to_bytes(32, "big")
            der = opened.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            assert secret in der
            assert secret not in bytes(row.wrapped_private or b"")


def test_a_private_key_that_was_copied_to_another_row_does_not_open(call, active):
    waiting = SigningKey.objects.waiting().get()
    SigningKey.objects.filter(kid=active.kid).update(wrapped_private=waiting.wrapped_private)
    queries.forget_keys()
    with pytest.raises(SigningKeyUnreadable):
        queries.sign_jwt({}, typ="at+jwt")


@pytest.mark.parametrize(
    "act",
    [
        lambda call: queries.sign_jwt({}, typ="at+jwt"),
        lambda call: services.ensure_signing_key(call=call),
        lambda call: services.rotate_signing_key(call=call),
    ],
    ids=["sign", "ensure", "rotate"],
)
def test_a_wrong_encryption_key_is_one_clear_error_and_changes_nothing(call, active, settings, act):
    before = statuses()
    settings.KEY_ENCRYPTION_KEY = new_encryption_key()
    queries.forget_keys()
    with pytest.raises(SigningKeyUnreadable, match="KEY_ENCRYPTION_KEY does not open the signing key"):
        act(call)
    assert statuses() == before


def test_a_private_key_that_was_cut_short_is_the_same_clear_error(active):
    SigningKey.objects.filter(kid=active.kid).update(wrapped_private=b"short")
    queries.forget_keys()
    with pytest.raises(SigningKeyUnreadable):
        queries.sign_jwt({}, typ="at+jwt")


def test_the_database_lets_one_key_be_active(active):
    with pytest.raises(IntegrityError), transaction.atomic():
        SigningKey.objects.waiting().update(activated_at="2026-11-20T00:00:00Z")


def test_the_database_keeps_no_private_half_of_a_retired_key(active):
    with pytest.raises(IntegrityError), transaction.atomic():
        SigningKey.objects.active().update(retired_at="2026-11-20T00:00:00Z")


def test_the_database_removes_only_retired_keys(active):
    with pytest.raises(IntegrityError), transaction.atomic():
        SigningKey.objects.active().update(removed_at="2026-11-20T00:00:00Z")


def test_the_command_rotates_and_removes(call, active):
    out = StringIO()
    call_command("keyring_rotate", stdout=out)
    assert statuses()[active.kid] is KeyStatus.RETIRED
    call_command("keyring_rotate", "--remove-retired-older-than", "0", stdout=out)
    assert sorted(statuses().values()) == [KeyStatus.ACTIVE, KeyStatus.NEXT, KeyStatus.REMOVED, KeyStatus.REMOVED]
    assert "Removed retired keys: 2." in out.getvalue()
    assert Event.objects.filter(actor="system:keyring_rotate", type="key.retired").count() == 2


def test_the_command_says_a_wrong_encryption_key_in_one_line(active, settings):
    settings.KEY_ENCRYPTION_KEY = new_encryption_key()
    with pytest.raises(CommandError, match="KEY_ENCRYPTION_KEY does not open"):
        call_command("keyring_rotate")


@pytest.mark.parametrize("seconds", ["-1", "99999999999999"])
def test_the_command_refuses_an_age_that_makes_no_sense(active, seconds):
    with pytest.raises(CommandError):
        call_command("keyring_rotate", "--remove-retired-older-than", seconds)
    assert statuses()[active.kid] is KeyStatus.ACTIVE
