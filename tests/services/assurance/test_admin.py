"""In the raw-data admin the judge's rows are read, and a risk somebody looked into is cleared; nothing else."""

import pytest

from accounts.types import Role
from assurance.models import RiskFlag
from assurance.queries import list_standing
from assurance.services import raise_risk
from assurance.types import RiskKind
from audit.models import Event
from tests.actors import make_customer
from tests.operators import sign_in_operator

pytestmark = pytest.mark.django_db
PAGE = "/admin/assurance/riskflag/"


@pytest.fixture
def flag(call):
    cleo = make_customer(call, "cleo")
    return raise_risk(subject=cleo.sub, kind=RiskKind.SIM_SWAP, source="carrier", call=call)


def clear(browser):
    chosen = {"action": "clear_these_risks", "_selected_action": [row.pk for row in RiskFlag.objects.all()]}
    return browser.post(PAGE, chosen)


@pytest.mark.parametrize("role", [Role.STEWARD, Role.SUPPORT, Role.ADMIN])
def test_those_who_may_clear_a_risk_and_the_journal_names_them(flag, role, call):
    browser, actor = sign_in_operator(role, call)
    assert flag in browser.get(PAGE).content.decode()
    clear(browser)
    row = RiskFlag.objects.get()
    assert list_standing(subject=row.profile_id) == ()
    assert row.cleared_by == actor
    assert Event.objects.get(type="risk.cleared").actor == actor


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.AUTHOR])
def test_everybody_else_may_not(flag, role, call):
    clear(sign_in_operator(role, call)[0])
    assert RiskFlag.objects.get().cleared_at is None


@pytest.mark.parametrize("page", ["subjectprofile", "population", "weight", "ceiling", "feedstate", "label"])
def test_the_other_rows_are_read_by_stewards_and_changed_by_nobody(flag, page, call):
    browser, _ = sign_in_operator(Role.STEWARD, call)
    assert browser.get(f"/admin/assurance/{page}/").status_code == 200
    assert browser.get(f"/admin/assurance/{page}/add/").status_code == 403
