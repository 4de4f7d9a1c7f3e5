"""Ids and secrets are long enough, safe in a URL, and stored as digests."""

import re

from kit.ids import digest, new_id, new_secret


def test_an_id_has_128_random_bits_and_is_safe_in_a_url():
    assert re.fullmatch(r"evt_[A-Za-z0-9_-]{22}", new_id("evt_"))
    assert len({new_id() for _ in range(1000)}) == 1000


def test_a_secret_has_256_random_bits_and_is_safe_in_a_url():
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", new_secret())
    assert len({new_secret() for _ in range(1000)}) == 1000


def test_a_digest_is_sha_256_and_takes_whatever_a_caller_sends():
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert re.fullmatch(r"[0-9a-f]{64}", digest("\ud800\x00"))
