"""Twenty at once: one link lets one browser in; one browser that does two things at a time does not fall over."""

from typing import Any

import pytest

from sessions_hub.flows.handoff import offer_handoff
from sessions_hub.models import Session
from sessions_hub.types import Via
from tests.journeys.household.conftest import Sofa
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_twenty_browsers_one_comes_in(ana: Any, call: Any) -> None:
    laptop = Sofa().sign_in(ana)
    ticket = offer_handoff(sid=laptop.sid_of(ana), via=Via.HANDOFF, channel="web", call=call).ticket
    browsers = [Sofa(raise_request_exception=False) for _ in range(20)]
    answers, errors = together(20, lambda number: browsers[number].post(f"/handoff/{ticket}/").status_code)
    assert errors == []
    assert sorted(answers) == [302] + [410] * 19
    assert Session.objects.filter(via="handoff").count() == 1
    assert sum(browser.names_here() == ["Ana"] for browser in browsers) == 1


@pytest.mark.parametrize("path", ["/switch/to/", "/switch/another/", "/switch/sign-out/", "/accounts/logout/"])
def test_the_same_button_in_many_windows_of_one_browser(ana: Any, ben: Any, path: str) -> None:
    sofa = Sofa().sign_in(ana).sign_in(ben)
    handle = sofa.handle_of(ana)
    windows: list[Sofa] = []
    for _ in range(8):
        window = Sofa(raise_request_exception=False)
        window.cookies.update(sofa.cookies)
        windows.append(window)

    def press(number: int) -> int:
        return windows[number].post(path, {"account": handle}).status_code

    answers, errors = together(8, press)
    assert errors == []
    assert all(status < 500 for status in answers), answers
    assert all(len(window.names_here()) <= 2 for window in windows)
