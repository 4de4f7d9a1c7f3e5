"""Addresses that two people claim at the same time, on a real PostgreSQL."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings

from accounts import services
from kit.call import CallContext
from kit.unit_of_work import unit_of_work
from tests.actors import make_customer
from tests.together import together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("sqlite" in settings.DATABASES["default"]["ENGINE"], reason="SQLite has one writer at a time"),
]


def test_two_people_who_prove_what_the_other_claimed_do_not_wait_in_a_circle(call: CallContext) -> None:
    ana, ben = make_customer(call, "ana"), make_customer(call, "ben")
    for turn in range(5):
        proofs = ((ana, f"ana-{turn}@work.example"), (ben, f"ben-{turn}@work.example"))
        for _, email in proofs:
            EmailAddress.objects.bulk_create([EmailAddress(user=each, email=email) for each in (ana, ben)])

        def prove(number: int, proofs: Any = proofs) -> None:
            account, email = proofs[number]
            with unit_of_work():
                services.release_unverified_claims(account=account, email=email, call=call)
                services.record_email_changed(account=account, call=call)

        _, errors = together(2, prove)
        assert errors == []
