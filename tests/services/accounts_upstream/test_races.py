"""The same moment, many threads, a real PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client

from accounts import services
from accounts.errors import LinkTaken
from accounts.models import Account
from accounts.types import Method, Proof
from kit.call import CallContext
from sessions_hub.errors import SignInRefused
from sessions_hub.models import Session
from sessions_hub.services import add_proofs, recognize_device, start_session
from tests.actors import make_channel, make_customer
from tests.together import together
from tests.upstream import Upstream, come_back, configure, leave_for, serve

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "sqlite" in django_settings.DATABASES["default"]["ENGINE"], reason="SQLite has one writer at a time"
    ),
]


@pytest.fixture
def acme(transactional_db, call: CallContext, settings) -> Iterator[Upstream]:
    settings.FETCH_ALLOW_LOOPBACK = True
    cache.clear()
    make_channel(call)
    with serve(Upstream()) as upstream:
        configure(upstream, call)
        yield upstream


def start(account: Any, call: CallContext) -> Any:
    device, _ = recognize_device(secret=None, user_agent="", call=call)
    proofs = [Proof(Method.FEDERATED, call.now, "acme")]
    return start_session(
        account_id=account.pk, subject=account.sub, device_id=device.pk, channel="web", proofs=proofs, call=call
    )


def test_no_session_slips_through_while_its_provider_is_switched_off(acme, call):
    people = [make_customer(call, f"person{number}") for number in range(8)]
    sessions = [start(person, call) for person in people[:4]]

    def act(number: int) -> Any:
        if number == 0:
            return services.disable_provider(slug="acme", call=call)
        if number <= 4:
            again = Proof(Method.FEDERATED, call.now.replace(year=call.now.year + 1), "acme")
            return add_proofs(sid=sessions[number - 1].sid, proofs=[again], call=call)
        return start(people[number - 1], call)

    _, errors = together(9, act)
    assert {type(error).__name__ for error in errors} <= {SignInRefused.__name__, "SessionEnded"}
    left = Session.objects.filter(revoked_at__isnull=True).values_list("evidence", flat=True)
    assert [proof for evidence in left for proof in evidence if proof.get("provider") == "acme"] == []


def test_a_new_person_who_arrives_in_eight_browsers_at_once_has_one_account(acme):
    browsers = [Client(raise_request_exception=False, headers={"accept": "text/html"}) for _ in range(8)]
    returns = [acme.sign_in(leave_for(browser, acme)) for browser in browsers]
    answers, errors = together(8, lambda number: come_back(browsers[number], acme, returns[number]).status_code)
    assert errors == []
    assert max(answers) < 500
    assert SocialAccount.objects.count() == 1
    assert Account.objects.exclude(email="").count() == 1


def test_one_response_that_arrives_four_times_at_once_makes_one_account(acme):
    browser = Client(headers={"accept": "text/html"})
    parameters = acme.sign_in(leave_for(browser, acme))
    copies = [Client(raise_request_exception=False, headers={"accept": "text/html"}) for _ in range(4)]
    for copy in copies:
        copy.cookies.load({name: morsel.value for name, morsel in browser.cookies.items()})
    answers, errors = together(4, lambda number: come_back(copies[number], acme, parameters).status_code)
    assert errors == []
    assert max(answers) < 500
    assert Account.objects.count() == 1


def test_a_person_upstream_is_linked_to_one_of_two_accounts_at_once(acme, call):
    people = [make_customer(call, name) for name in ("ana", "ben", "carla", "dora")]

    def act(number: int) -> bool:
        return services.add_link(account=people[number], provider="acme", subject="u-1", call=call)

    answers, errors = together(4, act)
    assert answers == [True]
    assert all(isinstance(error, LinkTaken) for error in errors), errors
