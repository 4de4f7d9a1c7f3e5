"""Signatures hold for one message and one key."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import signatures

# RFC 8032, section 7.1, test 2.
SEED = base64.urlsafe_b64encode(
    bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
).decode()
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_the_example_of_the_specification_is_met():
    assert signatures.public_key(SEED) == PUBLIC
    assert signatures.sign(b"\x72", seed=SEED) == SIGNATURE
    assert signatures.is_signed(b"\x72", SIGNATURE, public=PUBLIC)


@pytest.mark.parametrize(
    ("message", "signature", "public"),
    [
        (b"\x73", SIGNATURE, PUBLIC),
        (b"\x72", SIGNATURE[:-1] + b"\x01", PUBLIC),
        (b"\x72", b"", PUBLIC),
        (b"\x72", SIGNATURE, bytes(32)),
        (b"\x72", SIGNATURE, b"no key"),
    ],
)
def test_nothing_else_counts_as_signed(message, signature, public):
    assert not signatures.is_signed(message, signature, public=public)


@given(st.binary(max_size=80))
def test_text_form_goes_there_and_back_with_or_without_padding(raw):
    text = signatures.encode(raw)
    assert "=" not in text
    assert signatures.decode(text) == raw
    assert signatures.decode(base64.urlsafe_b64encode(raw).decode()) == raw


@pytest.mark.parametrize("text", ["a", "ä", "a b", "////+", "\x00"])
def test_what_is_no_base64_raises_a_value_error(text):
    with pytest.raises(ValueError):  # noqa: PT011  binascii.Error is one
        signatures.decode(text)
