"""How an account is called in front of others: by its name, never by a full address."""

import pytest

from portal.rules import name_account


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Ana", "Ana"),
        ("", "a•••@people.example"),
        ("ana@people.example", "a•••@people.example"),
        ("Ana <ana@people.example>", "a•••@people.example"),
    ],
)
def test_a_name_is_said_and_an_address_is_not(name, called):
    assert name_account(name, "ana@people.example") == called
