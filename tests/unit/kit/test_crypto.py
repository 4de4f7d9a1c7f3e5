"""Stored values open only where they belong."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import crypto
from kit.ids import new_secret

OTHER_KEY = base64.urlsafe_b64encode(b"another key of thirty-two bytes!").decode()


@given(st.binary(max_size=64), st.text(max_size=20))
def test_a_wrapped_value_opens_in_its_own_context(plaintext, context):
    assert crypto.unwrap(crypto.wrap(plaintext, context=context), context=context) == plaintext


def test_a_wrapped_value_copied_to_another_row_does_not_open():
    wrapped = crypto.wrap(b"private", context="signing-key:1")
    with pytest.raises(crypto.CannotUnwrap):
        crypto.unwrap(wrapped, context="signing-key:2")


def test_a_wrapped_value_does_not_open_under_another_key(settings):
    wrapped = crypto.wrap(b"private", context="here")
    settings.KEY_ENCRYPTION_KEY = OTHER_KEY
    with pytest.raises(crypto.CannotUnwrap):
        crypto.unwrap(wrapped, context="here")


@pytest.mark.parametrize("position", [0, 11, 12, -1])
def test_a_wrapped_value_does_not_open_when_a_bit_of_it_was_changed(position):
    wrapped = bytearray(crypto.wrap(b"private", context="here"))
    wrapped[position] ^= 1
    with pytest.raises(crypto.CannotUnwrap):
        crypto.unwrap(bytes(wrapped), context="here")


@pytest.mark.parametrize("rubbish", [b"", b"short", b"x" * 12, b"x" * 27])
def test_what_was_never_wrapped_does_not_open(rubbish):
    with pytest.raises(crypto.CannotUnwrap):
        crypto.unwrap(rubbish, context="here")


def test_the_same_value_is_never_wrapped_to_the_same_bytes():
    assert crypto.wrap(b"private", context="here") != crypto.wrap(b"private", context="here")


def test_a_value_under_a_data_key_opens_with_that_key_and_context_only():
    key = crypto.new_key()
    ciphertext = crypto.encrypt(b"ana@people.example", key=key, context="evt_1")
    assert crypto.decrypt(ciphertext, key=key, context="evt_1") == b"ana@people.example"
    for wrong_key, wrong_context in [(key, "evt_2"), (crypto.new_key(), "evt_1")]:
        with pytest.raises(crypto.CannotUnwrap):
            crypto.decrypt(ciphertext, key=wrong_key, context=wrong_context)


def test_a_data_key_has_256_bits():
    assert len(crypto.new_key()) == 32
    assert new_secret() != new_secret()


def test_what_an_earlier_key_wrapped_opens_while_that_key_is_named(settings):
    old = settings.KEY_ENCRYPTION_KEY
    wrapped = crypto.wrap(b"kept", context="row:1")
    settings.KEY_ENCRYPTION_KEY = OTHER_KEY
    with pytest.raises(crypto.CannotUnwrap):
        crypto.unwrap(wrapped, context="row:1")
    settings.KEY_ENCRYPTION_KEY_PREVIOUS = [base64.urlsafe_b64encode(crypto.new_key()).decode(), old]
    assert crypto.unwrap(wrapped, context="row:1") == b"kept"
    with pytest.raises(crypto.CannotUnwrap):
        crypto.unwrap(wrapped, context="row:2")
    fresh = crypto.wrap(b"new", context="row:1")
    settings.KEY_ENCRYPTION_KEY_PREVIOUS = []
    assert crypto.unwrap(fresh, context="row:1") == b"new"
