"""What allauth's authentication records prove."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules import method_named, proofs_from
from accounts.types import Method, Proof

NOON = 1_790_000_000.25
AT_NOON = datetime.fromtimestamp(NOON, tz=UTC)

# Every shape that allauth writes, and what it proves.
RECORDS = [
    ({"method": "password", "at": NOON, "email": "ana@example.com"}, Method.PASSWORD),
    ({"method": "password", "at": NOON, "reauthenticated": True}, Method.PASSWORD),
    ({"method": "code", "at": NOON, "email": "ana@example.com"}, Method.EMAIL_CODE),
    ({"method": "code", "at": NOON, "phone": "+4930123456"}, None),
    ({"method": "password_reset", "at": NOON, "email": "ana@example.com"}, Method.EMAIL_CODE),
    ({"method": "password_reset", "at": NOON, "phone": "+4930123456"}, None),
    ({"method": "mfa", "at": NOON, "id": 1, "type": "totp"}, Method.TOTP),
    ({"method": "mfa", "at": NOON, "id": 1, "type": "totp", "reauthenticated": True}, Method.TOTP),
    ({"method": "mfa", "at": NOON, "id": 2, "type": "recovery_codes"}, Method.RECOVERY_CODE),
    ({"method": "mfa", "at": NOON, "id": 3, "type": "webauthn"}, Method.PASSKEY),
    ({"method": "mfa", "at": NOON, "id": 3, "type": "webauthn", "reauthenticated": True}, Method.PASSKEY),
    ({"method": "mfa", "at": NOON, "id": 3, "type": "webauthn", "passwordless": True}, Method.PASSKEY_UV),
    ({"method": "mfa", "at": NOON, "id": 4, "type": "carrier_pigeon"}, None),
    ({"method": "socialaccount", "at": NOON, "uid": "1"}, None),
    ({"method": "socialaccount", "at": NOON, "provider": "", "uid": "1"}, None),
    ({"method": "socialaccount", "at": NOON, "provider": 7, "uid": "1"}, None),
]


@pytest.mark.parametrize(("record", "method"), RECORDS)
def test_each_record_proves_one_thing_or_nothing(record, method):
    expected = (Proof(method=method, at=AT_NOON),) if method else ()
    assert proofs_from([record]) == expected


def test_a_passkey_is_verified_by_the_person_only_when_allauth_says_exactly_so():
    record = {"method": "mfa", "at": NOON, "type": "webauthn", "passwordless": "true"}
    assert proofs_from([record])[0].method is Method.PASSKEY


UPSTREAM = {"method": "socialaccount", "at": NOON, "provider": "example", "uid": "1"}


@pytest.mark.parametrize(
    ("there", "at"),
    [
        ({}, AT_NOON),
        ({"authenticated_at": None}, AT_NOON),
        ({"authenticated_at": NOON - 3600}, AT_NOON - timedelta(hours=1)),
        ({"authenticated_at": NOON + 3600}, AT_NOON),
        ({"authenticated_at": "noon"}, AT_NOON),
    ],
)
def test_a_sign_in_upstream_names_its_provider_and_is_as_old_as_it_was_there(there, at):
    assert proofs_from([UPSTREAM | there]) == (Proof(method=Method.FEDERATED, at=at, provider="example"),)


@pytest.mark.parametrize("at", [None, True, "1790000000", float("nan"), float("inf"), -1, 0, 1e300, 10**400, [], {}])
def test_a_record_without_a_sensible_time_proves_nothing(at):
    assert proofs_from([{"method": "password", "at": at}]) == ()


@pytest.mark.parametrize("records", [None, "password", 7, {"method": "password"}, b"", object()])
def test_what_is_no_list_proves_nothing(records):
    assert proofs_from(records) == ()


instants = st.floats(min_value=1, max_value=4_000_000_000)
sound = st.sampled_from([(record, method) for record, method in RECORDS if method])
KNOWN = {"password", "code", "mfa", "password_reset", "socialaccount"}
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
junk = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(leaves, inner), max_leaves=12)
nearly = st.fixed_dictionaries(
    {"method": st.sampled_from(sorted(KNOWN)) | junk},
    optional={
        "provider": junk,
        "authenticated_at": junk,
        "at": junk | instants,
        "type": junk | st.just("totp"),
        "email": junk,
        "passwordless": junk,
    },
)


@given(st.lists(junk | nearly))
def test_nothing_raises_on_junk(records):
    for proof in proofs_from(records):
        assert isinstance(proof.method, Method)
        assert proof.at.tzinfo is UTC


@given(st.lists(st.tuples(sound, instants)))
def test_the_order_is_kept(parts):
    records = [record | {"at": at} for (record, _), at in parts]
    expected = tuple(Proof(method=method, at=datetime.fromtimestamp(at, tz=UTC)) for (_, method), at in parts)
    assert proofs_from(records) == expected


@given(st.lists(sound), st.text().filter(lambda name: name not in KNOWN))
def test_unknown_methods_change_nothing_about_the_others(parts, name):
    records = [record for record, _ in parts]
    strangers = [{"method": name, "at": NOON, "email": "ana@example.com", "type": "totp"}]
    mixed = [each for record in records for each in (*strangers, record)]
    assert proofs_from(mixed) == proofs_from(records)


def test_authenticators_go_by_allauths_names_or_by_ours():
    assert method_named("recovery_codes") is method_named("recovery_code") is Method.RECOVERY_CODE
    assert method_named("webauthn") is Method.PASSKEY
    with pytest.raises(ValueError, match="pigeon"):
        method_named("pigeon")
