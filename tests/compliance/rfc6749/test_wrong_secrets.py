"""RFC 6749 section 10.10: wrong client secrets are slowed down over all endpoints, and nobody is locked out by them."""

import pytest
import time_machine
from django.core.cache import cache
from django.test import override_settings

from kit import clock
from oauth import conf
from oauth.grants import GRANTS
from tests.actors import make_client, post_form

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"
PATHS = ("/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/device_authorization", "/oauth/bc-authorize")


@pytest.fixture(autouse=True)
def few(settings):
    """The limits of production, from nothing; the clock stands still, for a window must not end within a test."""
    settings.RATE_LIMIT_FACTOR = 1
    cache.clear()
    with time_machine.travel(clock.now(), tick=False):
        yield
    cache.clear()


@pytest.fixture
def shop(call):
    return make_client(call, grant_types=tuple(GRANTS))


def guess(shop, path="/oauth/token", *, secret="wrong", client_id=None, address=HERE, **fields):
    fields = {"client_id": client_id or shop.client.client_id, "client_secret": secret, "token": "x", **fields}
    fields = {"grant_type": "client_credentials", **fields}
    shop.http.defaults["REMOTE_ADDR"] = address
    return post_form(shop.http, path, fields)


def use_up(shop, **how):
    for _ in range(conf.WRONG_SECRETS_PER_CLIENT):
        assert guess(shop, **how).status_code == 401


def test_too_many_wrong_secrets_are_answered_429_in_the_words_of_oauth(shop):
    use_up(shop)
    answer = guess(shop)
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= conf.WRONG_SECRETS_WINDOW_SECONDS
    assert answer["Content-Type"] == "application/json"
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.json()["error"] == "temporarily_unavailable"
    assert "no-store" in answer["Cache-Control"]


def test_a_right_secret_always_passes(shop):
    use_up(shop)
    assert guess(shop).status_code == 429
    assert guess(shop, secret=shop.secret).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("grant", GRANTS)
def test_one_budget_holds_for_all_endpoints_and_grants(shop, path, grant):
    for number in range(conf.WRONG_SECRETS_PER_CLIENT):
        other = PATHS[number % len(PATHS)]
        assert guess(shop, other, grant_type=list(GRANTS)[number % len(GRANTS)]).status_code == 401
    assert guess(shop, path, grant_type=grant).status_code == 429


def test_the_header_and_the_form_share_the_budget(shop):
    use_up(shop)
    shop.secret = "wrong"
    assert shop.post("/oauth/token", grant_type="client_credentials").status_code == 429


def test_another_network_is_told_as_before(shop):
    use_up(shop)
    assert guess(shop, address=ELSEWHERE).status_code == 401


def test_a_forged_forwarding_header_makes_no_other_network(shop):
    shop.http.defaults["HTTP_X_FORWARDED_FOR"] = ELSEWHERE
    use_up(shop)
    shop.http.defaults["HTTP_X_FORWARDED_FOR"] = "192.0.2.1"
    assert guess(shop).status_code == 429


def test_changing_the_client_does_not_get_around_the_networks_limit(shop):
    answers = [
        guess(shop, client_id=f"invented-{number}").status_code for number in range(conf.WRONG_SECRETS_PER_NETWORK + 1)
    ]
    assert answers == [401] * conf.WRONG_SECRETS_PER_NETWORK + [429]


def test_a_neighbour_in_the_same_64_bit_network_shares_the_budget(shop):
    use_up(shop, address="2001:db8:1:2::1")
    assert guess(shop, address="2001:db8:1:2:ffff::9").status_code == 429
    assert guess(shop, address="2001:db8:1:3::1").status_code == 401


def test_a_minute_later_it_is_forgotten(shop, time_machine):
    time_machine.move_to(1_900_000_000, tick=False)
    use_up(shop)
    retry_after = int(guess(shop)["Retry-After"])
    time_machine.move_to(1_900_000_000 + retry_after, tick=False)
    assert guess(shop).status_code == 401


def test_without_a_cache_a_wrong_secret_is_still_wrong(shop):
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    with override_settings(CACHES={"default": nowhere}):
        assert guess(shop).status_code == 401
        assert guess(shop, secret=shop.secret).status_code == 200
