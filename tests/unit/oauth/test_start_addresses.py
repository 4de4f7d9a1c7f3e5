"""Where a registered site begins, as far as people may be sent there."""

import pytest

from oauth.rules import start_addresses


def test_the_root_of_where_it_is_answered_and_where_it_is_left_to():
    found = start_addresses(["https://shop.example/cb?tenant=1"], ["https://shop.example/bye"])
    assert found == {"https://shop.example", "https://shop.example/", "https://shop.example/bye"}


@pytest.mark.parametrize("uri", ["com.example.app:/cb", "javascript:alert(1)", "urn:x", ""])
def test_what_is_no_web_address_begins_nowhere(uri):
    assert start_addresses([uri], [uri]) == set()


def test_a_port_is_part_of_the_address():
    assert "http://localhost:9999/" in start_addresses(["http://localhost:9999/cb"], [])
    assert "http://localhost/" not in start_addresses(["http://localhost:9999/cb"], [])
