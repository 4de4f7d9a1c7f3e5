"""RFC 8628 section 3.3.1: a page that opens by a link, and what opens links by itself."""

import pytest

from oauth.models import DeviceGrant
from tests.actors import make_client, make_customer, sign_in
from tests.asking import ask_by_device, make_asking_client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"Sec-Fetch-Dest": "image"}],
    ids=str,
)
def test_what_a_browser_fetches_by_itself_makes_a_code_nobodys(call, headers):
    make_client(call)  # the channel that browsers sign in on
    ana, kiosk = make_customer(call), make_asking_client(call)
    browser = sign_in(ana)
    asked = ask_by_device(kiosk)
    page = browser.get("/oauth/device", {"user_code": asked.told["user_code"]}, headers=headers)
    assert page.status_code == 200
    assert asked.told["user_code"] not in page.content.decode()
    assert DeviceGrant.objects.get().subject == ""
    bens = sign_in(make_customer(call, "ben"))
    visit = {"Sec-Fetch-Dest": "document"}
    assert bens.get("/oauth/device", {"user_code": asked.told["user_code"]}, headers=visit).status_code == 200
    assert DeviceGrant.objects.get().subject != ana.sub
