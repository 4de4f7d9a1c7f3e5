"""An operator says in the console whose security events are heard, and looks at one that was cut off."""

from typing import Any

import pytest

from accounts.types import Role
from assurance.queries import list_standing
from sync.models import Transmitter
from sync.queries import export_transmitters
from tests.operators import sign_in_operator
from tests.streams import CAEP, bank, iss_sub
from tests.town import nobody_rings, on_this_machine, town

__all__ = ["bank", "nobody_rings", "on_this_machine", "town"]
pytestmark = pytest.mark.django_db(transaction=True)
PAGES = "/console/transmitters/"
FORM: dict[str, Any] = {
    "slug": "carrier",
    "name": "The carrier",
    "issuer": "https://carrier.example",
    "jwks_uri": "https://carrier.example/jwks",
    "may": ["risk"],
    "risk": "sim_swap",
    "freshness": "3600",
    "most": "50",
    "enabled": "on",
}


def test_an_operator_names_a_transmitter_and_changes_it(call, town):
    admin, _ = sign_in_operator(Role.ADMIN, call)
    assert "Nobody is heard" in admin.get(PAGES).content.decode()
    assert admin.post(f"{PAGES}hear/", FORM).status_code == 302
    said = export_transmitters()["transmitters"]["carrier"]
    assert (said["risk"], said["may"], said["most"], said["freshness"]) == ("sim_swap", ["risk"], 50, 3600)
    seen = admin.get(PAGES).content.decode()
    assert "The carrier" in seen
    assert "Never heard" in seen
    changed = FORM | {"name": "Old carrier", "may": []}
    del changed["enabled"]
    assert admin.get(f"{PAGES}carrier/edit/").status_code == 200
    assert admin.post(f"{PAGES}carrier/edit/", changed).status_code == 302
    row = Transmitter.objects.get()
    assert (row.name, row.may, row.enabled) == ("Old carrier", [], False)
    assert "Not heard" in admin.get(PAGES).content.decode()


def test_keys_that_stand_in_a_file_stay_when_a_page_changes_the_rest(call, town, bank):
    admin, _ = sign_in_operator(Role.ADMIN, call)
    form = FORM | {"name": "The bank", "issuer": bank.issuer, "jwks_uri": ""}
    assert admin.post(f"{PAGES}bank/edit/", form).status_code == 302
    assert Transmitter.objects.get().jwks == bank.jwks


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "../x"},
        {"issuer": ""},
        {"jwks_uri": "https://10.0.0.1/keys"},
        {"jwks_uri": ""},
        {"may": ["everything"]},
        {"risk": "boredom"},
        {"most": "0"},
        {"freshness": "soon"},
        {"name": "a\x00b"},
    ],
)
def test_what_is_wrong_is_said_and_nobody_is_heard(call, town, settings, wrong):
    settings.FETCH_ALLOW_LOOPBACK = False
    admin, _ = sign_in_operator(Role.ADMIN, call)
    assert admin.post(f"{PAGES}hear/", FORM | wrong).status_code in (400, 422)
    assert not Transmitter.objects.exists()


def test_one_that_was_cut_off_is_heard_again_without_what_it_told(call, town, bank):
    Transmitter.objects.update(most=1)
    ana, ben = town.person("ana"), town.person("ben")
    high = {"principal": "USER", "current_level": "HIGH"}
    assert [bank.tell(f"{CAEP}risk-level-change", iss_sub(each), high).status_code for each in (ana, ben)] == [202, 503]
    steward, _ = sign_in_operator(Role.STEWARD, call)
    assert "Cut off" in steward.get(PAGES).content.decode()
    assert steward.post(f"{PAGES}bank/release/", {"do": "explode"}).status_code == 400
    assert steward.post(f"{PAGES}bank/release/", {"do": "take_back"}).status_code == 302
    assert list_standing(subject=ana.sub) == ()
    assert "Cut off" not in steward.get(PAGES).content.decode()


def test_who_may_not_finds_nothing(call, town, bank):
    approver, _ = sign_in_operator(Role.APPROVER, call)
    support, _ = sign_in_operator(Role.SUPPORT, call)
    assert approver.get(PAGES).status_code == 404
    assert support.get(PAGES).status_code == 200
    for path in (f"{PAGES}hear/", f"{PAGES}bank/edit/"):
        assert support.get(path).status_code == 404
    assert support.post(f"{PAGES}bank/release/", {"do": "keep"}).status_code == 404
    admin, _ = sign_in_operator(Role.ADMIN, call)
    assert admin.get(f"{PAGES}nobody/edit/").status_code == 404
