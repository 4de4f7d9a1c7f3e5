"""What a process remembers of the ring: signing asks the database at most once a second, and is not late."""

from datetime import timedelta

import pytest

from keyring import queries, rules, services
from keyring.errors import InvalidToken
from kit import fresh

pytestmark = pytest.mark.django_db


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 5000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(fresh, "time", clock)
    yield clock
    queries.forget_keys()  # it carries a time of this clock


@pytest.fixture
def other_node(clock):
    """The memory of another node: what it knows survives what this node forgets."""
    return fresh.Fresh(queries._read, seconds=queries.FRESH_SECONDS)


@pytest.fixture
def active(call, clock):
    return services.ensure_signing_key(call=call)


def test_signing_and_verifying_ask_the_database_once_a_second(active, clock, django_assert_num_queries):
    token = queries.sign_jwt({}, typ="at+jwt")
    with django_assert_num_queries(0):
        for _ in range(50):
            queries.sign_jwt({}, typ="at+jwt")
            queries.verify_jwt(token, typ="at+jwt")
            queries.list_published_keys()
    clock.now += 1.0
    with django_assert_num_queries(1):
        for _ in range(50):
            queries.sign_jwt({}, typ="at+jwt")


def test_another_node_signs_with_the_new_key_a_second_after_the_rotation(call, active, clock, other_node):
    assert other_node.get().signer.kid == active.kid
    successor = services.rotate_signing_key(call=call)
    clock.now += 0.9
    assert other_node.get().signer.kid == active.kid
    clock.now += 0.1
    assert other_node.get().signer.kid == successor.kid


def test_another_node_verifies_the_new_key_at_once_because_it_was_published_before(
    call, active, clock, other_node, monkeypatch
):
    other_node.get()
    services.rotate_signing_key(call=call)
    token = queries.sign_jwt({"sub": "ben"}, typ="at+jwt")
    monkeypatch.setattr(queries, "_memory", other_node)
    assert queries.verify_jwt(token, typ="at+jwt") == {"sub": "ben"}


def test_two_rotations_in_a_row_are_noticed_when_an_unknown_key_turns_up(call, active, clock, other_node, monkeypatch):
    other_node.get()
    services.rotate_signing_key(call=call)
    services.rotate_signing_key(call=call)
    token = queries.sign_jwt({"sub": "ben"}, typ="at+jwt")
    monkeypatch.setattr(queries, "_memory", other_node)
    clock.now += queries.UNKNOWN_KID_PAUSE_SECONDS
    assert queries.verify_jwt(token, typ="at+jwt") == {"sub": "ben"}


def test_tokens_with_invented_keys_cost_at_most_ten_small_queries_a_second(
    active, clock, django_assert_max_num_queries
):
    header = rules.encode_header(kid="k" * 43, typ="at+jwt")
    forged = rules.sign({}, header=header, key=queries.get_signer().key)
    with django_assert_max_num_queries(11):
        for _ in range(200):
            clock.now += 0.005
            with pytest.raises(InvalidToken):
                queries.verify_jwt(forged, typ="at+jwt")


def test_the_published_keys_are_copies(active):
    queries.list_published_keys()[0].clear()
    assert queries.list_published_keys()[0]["kid"]


def test_a_token_is_verified_once_and_its_claims_are_the_callers_own(active, monkeypatch):
    token = queries.sign_jwt({"sub": "ana"}, typ="at+jwt")
    first = queries.verify_jwt(token, typ="at+jwt")
    monkeypatch.setattr(rules, "check_signature", None)
    first["sub"] = "ben"
    assert queries.verify_jwt(token, typ="at+jwt") == {"sub": "ana"}


def test_a_verified_token_is_still_none_of_another_type_and_a_changed_one_is_none_at_all(active):
    token = queries.sign_jwt({"sub": "ana"}, typ="at+jwt")
    queries.verify_jwt(token, typ="at+jwt")
    for wrong, typ in ((token, "JWT"), (token[:-1] + ("A" if token[-1] != "A" else "B"), "at+jwt")):
        with pytest.raises(InvalidToken):
            queries.verify_jwt(wrong, typ=typ)


def test_a_verified_token_is_forgotten_with_the_key_it_was_verified_by(call, active, clock):
    token = queries.sign_jwt({}, typ="at+jwt")
    queries.verify_jwt(token, typ="at+jwt")
    services.rotate_signing_key(call=call)
    clock.now += 1.0
    assert queries.verify_jwt(token, typ="at+jwt") == {}
    services.remove_retired_keys(retired_for=timedelta(0), call=call)
    clock.now += 1.0
    with pytest.raises(InvalidToken):
        queries.verify_jwt(token, typ="at+jwt")


def test_no_more_tokens_are_remembered_than_fit(active, monkeypatch):
    monkeypatch.setattr(queries, "MOST_VERIFIED", 3)
    for number in range(10):
        queries.verify_jwt(queries.sign_jwt({"number": number}, typ="at+jwt"), typ="at+jwt")
    assert len(queries._memory.get().verified) <= 3
