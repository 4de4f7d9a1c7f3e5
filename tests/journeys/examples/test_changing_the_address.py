"""The orders API asks the gateway: a change goes through, or after a fresh proof, or never; offers she may allow."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from kit.ids import new_id
from tests.journeys.examples.steps import sign_in_at
from tests.journeys.people import answer_pages
from tests.journeys.running_demo import RunningDemo
from tests.journeys.visitor import Page, Visitor

QUAY, HILL = "9 Quay Street, Ashford", "2 Hill Road, Ashford"


def open_address(visitor: Visitor, demo: RunningDemo, person: dict[str, Any]) -> Page:
    sign_in_at(visitor, demo, "shop", person)
    return visitor.open(f"{demo.site('shop')}/address")


def outcomes(page: Page) -> list[str]:
    return [word for word in page.text.split() if word in {"permit", "step_up", "suppress", "refuse", "review"}]


def let_proofs_age(demo: RunningDemo, person: dict[str, Any], *, minutes: int) -> None:
    """As if she had signed in so much earlier."""
    demo.manage(
        "shell",
        "-c",
        "from datetime import datetime, timedelta\n"
        "from sessions_hub.models import Session\n"
        f"for row in Session.objects.filter(subject='{person['sub']}'):\n"
        "    for each in row.evidence:\n"
        f"        moved = datetime.fromisoformat(each['at']) - timedelta(minutes={minutes})\n"
        "        each['at'] = moved.isoformat()\n"
        "    row.save(update_fields=['evidence'])\n",
    )


def choose(demo: RunningDemo, person: dict[str, Any], action: str) -> None:
    """What she says to a shop that fits her, by way of the API that the shop stands on."""
    client = demo.client("orders_api")
    own = requests.post(
        f"{demo.issuer}/oauth/token",
        {"grant_type": "client_credentials", "scope": "consent.write"},
        auth=(client["client_id"], client["client_secret"]),
        timeout=10,
    ).json()["access_token"]
    about = {"subject": person["sub"], "purpose": "personalization", "channel": "web"}
    said = {"event_id": new_id(), "action": action, **about}
    shown = {"notice": demo.demo["notices"]["privacy"]} if action == "grant" else {}
    answer = requests.post(
        f"{demo.issuer}/api/consent/events", json=said | shown, headers={"Authorization": f"Bearer {own}"}, timeout=10
    )
    assert answer.status_code == 201, answer.text


@contextmanager
def withdrawn(demo: RunningDemo, person: dict[str, Any]) -> Iterator[None]:
    """For as long as it lasts she has taken back what she had allowed; others share this demo."""
    choose(demo, person, "withdraw")
    try:
        yield
    finally:
        choose(demo, person, "grant")


def test_what_would_please_her_is_shown_while_she_allows_it_and_from_her_no_on_it_is_not(demo: RunningDemo) -> None:
    visitor, ana = Visitor(), demo.demo["customers"]["ana"]
    page = open_address(visitor, demo, ana)
    assert outcomes(page) == ["permit", "permit"], page.text
    assert "as last winter" in page.text

    with withdrawn(demo, ana):
        page = visitor.open(f"{demo.site('shop')}/address")
        assert outcomes(page) == ["permit", "suppress"], page.text
        assert "Enamel kettle" in page.text
        assert "as last winter" not in page.text
    assert "as last winter" in visitor.open(f"{demo.site('shop')}/address").text


def test_who_never_said_yes_is_shown_what_anybody_is(demo: RunningDemo) -> None:
    page = open_address(Visitor(), demo, demo.demo["customers"]["ben"])
    assert "suppress" in outcomes(page), page.text
    assert "Enamel kettle" in page.text
    assert "as last winter" not in page.text


def test_both_factors_just_now_are_enough(demo: RunningDemo) -> None:
    visitor, ana = Visitor(), demo.demo["customers"]["ana"]
    page = open_address(visitor, demo, ana)
    page = visitor.submit(page.form("address"), address=QUAY)
    assert visitor.last_address == f"{demo.site('shop')}/address", "nothing was asked on the way"
    assert outcomes(page) == ["permit"]
    assert QUAY in page.text


def test_a_quarter_of_an_hour_later_the_same_click_comes_back_with_a_fresh_proof(demo: RunningDemo) -> None:
    visitor, ana = Visitor(), demo.demo["customers"]["ana"]
    page = open_address(visitor, demo, ana)
    let_proofs_age(demo, ana, minutes=15)
    been = len(visitor.trail)
    page = visitor.submit(page.form("address"), address=HILL)
    assert "/accounts/2fa/reauthenticate/" in visitor.page.url, page.text
    page = answer_pages(visitor, ana)
    assert "Your next order goes there." in page.text
    assert HILL in page.text
    asked = [each for each in visitor.trail[been:] if "/oauth/authorize?" in each]
    assert len(asked) == 1, "one round trip"
    assert "acr_values=" in asked[0]
    assert "max_age=" in asked[0]


def test_who_has_nothing_to_step_up_with_is_told_no_and_nothing_changes(demo: RunningDemo) -> None:
    visitor = Visitor()
    page = open_address(visitor, demo, demo.demo["customers"]["ben"])
    page = visitor.submit(page.form("address"), address=QUAY)
    assert "That can't be changed here right now." in page.text
    assert "refuse" in outcomes(page)
    assert QUAY not in page.text


def test_the_change_cannot_be_made_by_a_link(demo: RunningDemo) -> None:
    visitor = Visitor()
    open_address(visitor, demo, demo.demo["customers"]["ana"])
    page = visitor.open(f"{demo.site('shop')}/address/again")
    assert "Your next order goes there." not in page.text


def test_the_api_believes_nobody_without_a_token_for_it(demo: RunningDemo) -> None:
    assert Visitor().open(f"{demo.site('orders_api')}/address").status == 401
