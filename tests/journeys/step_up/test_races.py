"""Twenty answers at once: one proof counts once, and nothing breaks."""

from collections import Counter

import pytest

from assurance.models import StepUp
from tests.journeys.sign_in.conftest import mailed_code
from tests.journeys.step_up.conftest import TWO
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_right_code_given_twenty_times_is_taken_once(phone, app_code):
    begun, code = phone.begin(acr_values=TWO), app_code()
    answers, errors = together(20, lambda _: phone.prove(begun, "totp", code).status_code)
    assert not errors
    assert Counter(answers) == {200: 1, 409: 19}


def test_one_app_code_in_twenty_step_ups_raises_by_one(phone, app_code):
    begun = [phone.begin(acr_values=TWO, max_age=0) for _ in range(20)]
    code = app_code()
    answers, errors = together(20, lambda number: phone.prove(begun[number], "totp", code).status_code)
    assert not errors
    assert Counter(answers) == {200: 1, 403: 19}
    assert StepUp.objects.filter(done_at=None).count() == 19


def test_a_mailed_code_given_twenty_times_is_taken_once(ben, phone_of):
    phone = phone_of(ben)
    begun = phone.begin(max_age=0)
    phone.send(f"{begun['id']}/code/")
    code = mailed_code(ben.email)
    answers, errors = together(20, lambda _: phone.prove(begun, "email_code", code).status_code)
    assert not errors
    assert Counter(answers) == {200: 1, 409: 19}


def test_twenty_wrong_answers_at_once_are_five(phone):
    begun = phone.begin(acr_values=TWO)
    answers, errors = together(20, lambda _: phone.prove(begun, "totp", "000000").status_code)
    assert not errors
    assert Counter(answers) == {403: 5, 409: 15}
