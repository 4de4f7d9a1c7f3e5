"""The pages about connected systems and feeds, filled as after a bad day: looked at, on a phone, without JavaScript."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.services import change_name
from accounts.types import Role
from config.demo.consent import keep_consent
from keyring.services import ensure_signing_key
from kit.call import CallContext
from resolution.models import SourceRecord
from sync import services
from sync.flows.delivery import deliver_waiting
from sync.models import Connection, Copy, Delivery, Incident, Round
from sync.queries import list_choices
from sync.rules import read_delivery
from sync.types import ConnectionDraft, Kind, RoundKind, State, Trouble
from tests.browser.looking import listen_for_blocked, look_at, look_at_app
from tests.browser.people import sign_in
from tests.listener import listener
from tests.operators import sign_in_operator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PURPOSE = "marketing.email"
NAMES = {
    "crm": "<b>The CRM</b> of the house",
    "marketing": "מערכת הדיוור של החנות",  # read from the right
    "warehouse": "W" * 100,
}
PHONES = (320, 390)
HERS = "אנה מהערבות " + "א" * 180


@pytest.fixture(autouse=True)
def quiet_and_on_this_machine(settings: Any, monkeypatch: Any) -> None:
    settings.FETCH_ALLOW_LOOPBACK = True
    monkeypatch.setattr("sync.services.bell._ring", lambda: None)


@pytest.fixture
def enter(window: Callable[..., Page], call: CallContext, live_server: Any) -> Callable[..., Page]:
    """A window in which an admin is signed in."""

    def enter_as_admin(**options: Any) -> Page:
        browser, _ = sign_in_operator(Role.ADMIN, call)
        page = window(**options)
        cookies = [
            {"name": name, "value": each.value, "url": live_server.url} for name, each in browser.cookies.items()
        ]
        page.context.add_cookies(cookies)  # type: ignore[arg-type]
        return page

    return enter_as_admin


@pytest.fixture
def bad_day(ana: Any, call: CallContext) -> None:
    """One system follows, one permits what is refused, one does not answer; two feeds are at odds."""
    ensure_signing_key(call=call)
    keep_consent(ana.sub, replace(call, now=call.now - timedelta(days=2)))
    change_name(sub=ana.sub, name=HERS[:200], call=call)
    deliver_waiting(make_call=lambda: call)  # nobody listens yet
    every, _ = list_choices()
    for slug, name in NAMES.items():
        draft = ConnectionDraft(
            name=name,
            kind=Kind.WEBHOOK,
            endpoint=f"https://{slug}.example/hooks?key={'k' * 500}",
            event_types=tuple(sorted(every)),
            attributes=("email", "name"),
            purpose=PURPOSE,
            freshness=60,
            owner_channel="web",
            options={"digest_url": f"https://{slug}.example/digest"},
        )
        services.create_connection(slug=slug, draft=draft, call=call)
    for slug in NAMES:
        tell(slug, ana, call)
    go_wrong(ana, call)
    fill_feeds(ana, call)


def tell(slug: str, ana: Any, call: CallContext) -> None:
    """What was sent to a system in the last day: everything it may be told, and one refusal of Ana's."""
    row = Connection.objects.get(slug=slug)
    for seq, type in enumerate([*row.event_types, "consent.withdrawn"], start=1):
        at = call.now - timedelta(hours=20) + timedelta(minutes=seq)
        arrived = at + timedelta(milliseconds=37 * seq)
        dead = slug == "warehouse" and seq % 9 == 0
        Delivery.objects.create(
            receiver_id=row.receiver_id,
            event_id=f"evt_{slug}_{seq}",
            subject=ana.sub,
            seq=seq,
            type=type,
            facts={"data": {"purpose": PURPOSE}} if type.startswith("consent.") else {},
            occurred_at=at,
            created_at=at,
            next_attempt_at=at,
            give_up_at=at + timedelta(days=3),
            sent_at=at,
            attempts=3 if dead else 1,
            state=(State.DEAD if dead else State.CONFIRMED).value,
            confirmed_at=None if dead else arrived,
            applied_at=None if dead else arrived,
            read_back_at=arrived + timedelta(minutes=4) if slug == "crm" else None,
            last_error="status_422" if dead else "",
        )


def go_wrong(ana: Any, call: CallContext) -> None:
    """The marketing tool writes to whom it may not; the warehouse is away; the CRM was looked at once, and is well."""
    marketing, warehouse, crm = (Connection.objects.get(slug=slug) for slug in ("marketing", "warehouse", "crm"))
    wrong = ((marketing, Trouble.MORE_PERMISSIVE, ""), (warehouse, Trouble.STOPPED, "status_503"))
    for row, trouble, code in wrong:
        Incident.objects.create(
            connection=row,
            trouble=trouble.value,
            code=code,
            opened_at=call.now - timedelta(hours=3),
            seen_at=call.now - timedelta(minutes=4),
            subjects=1,
            most=1,
            examples=[ana.sub],
        )
    drifted = call.now - timedelta(hours=3)
    Copy.objects.create(connection=marketing, subject=ana.sub, seq=9, drift="more_permissive", drifted_at=drifted)
    for row, reading in ((crm, ""), (warehouse, "status_503")):
        at = call.now - timedelta(minutes=4)
        facts = {"begun_at": at, "until": at, "ended_at": at, "heartbeat": reading, "reading": reading}
        Round.objects.create(connection=row, kind=RoundKind.TOUCHED.value, compared=1, **facts)
    receiver = warehouse.receiver
    receiver.failures, receiver.quiet_until = 7, call.now + timedelta(minutes=45)
    receiver.save()


def fill_feeds(ana: Any, call: CallContext) -> None:
    """The CRM and the CDP disagree about Ana in long words; the CRM then sends what is set aside."""
    fields: dict[str, Any] = {"phone": {}, "email": {}, "city": {}}
    feeds = {
        slug: {"name": NAMES["warehouse"], "client": slug, "fields": fields, "links_by": ["sub"]}
        for slug in ("crm", "cdp")
    }
    services.apply_feeds(document={"feeds": feeds}, call=call)
    hers = {"phone": "+49 151", "email": "ana@elsewhere.example", "city": "L" * 900}
    for feed, sequence, told in (
        ("crm", 1, [hers]),
        ("cdp", 1, [hers | {"phone": "<i>2</i>"}]),
        ("crm", 2, [{"phone": None}] * 40),
    ):
        records = [
            {
                "id": f"{at:0>200}",
                "sequence": sequence,
                "occurred_at": call.now.isoformat(),
                "attributes": each,
                **({"sub": ana.sub} if sequence == 1 else {}),
            }
            for at, each in enumerate(told)
        ]
        services.take_in(feed=feed, records=read_delivery({"records": records})[0], call=call)
    assert SourceRecord.objects.exists()


def check_phones(page: Page, name: str) -> None:
    for width in PHONES:
        page.set_viewport_size({"width": width, "height": 780})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls at {width}"
    page.set_viewport_size({"width": 1280, "height": 900})


def check_nothing_is_cut_off(page: Page, name: str) -> None:
    """On a wide screen no table has to be scrolled sideways."""
    cut = "[...document.querySelectorAll('.table-frame')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    assert page.evaluate(cut) == 0, f"{name}: a table is cut off at 1280"


def test_every_page_filled_fits_phones_and_cuts_nothing_off(
    bad_day: None, enter: Callable[..., Page], ana: Any
) -> None:
    pages = {
        "console-troubles": "/console/",
        "systems": "/console/systems/",
        "system-permits": "/console/systems/marketing/",
        "system-away": "/console/systems/warehouse/",
        "system-connect": "/console/systems/connect/",
        "system-off": "/console/systems/warehouse/off/",
        "feeds-filled": "/console/feeds/",
        "feed-filled": "/console/feeds/crm/",
        "conflicts-filled": "/console/feeds/conflicts/",
        "attributes-filled": f"/console/customers/{ana.sub}/attributes/",
        "register-person-filled": f"/console/consent/register/{ana.sub}/",
    }
    page = enter()
    blocked = listen_for_blocked(page)
    for name, path in pages.items():
        page.goto(path)
        look_at(page, name)
        check_phones(page, name)
        check_nothing_is_cut_off(page, name)
    assert blocked == []


def test_what_is_wrong_is_said_first_and_in_words(bad_day: None, enter: Callable[..., Page]) -> None:
    page = enter()
    page.goto("/console/")
    expect(page.get_by_role("main")).to_contain_text("Connected systems 2 need a look")
    page.get_by_role("link", name="Open connected systems").click()
    titles = page.locator(".row-title bdi")
    expect(titles).to_have_text([NAMES["marketing"], NAMES["warehouse"], NAMES["crm"]])
    page.get_by_role("link", name=f"Watch {NAMES['warehouse']}").click()
    main = page.get_by_role("main")
    for said in (
        "Left alone until",
        "after 7 failures in a row",
        "It answered 503.",
        "1 look, 1 comparison",
        "Aim: applied within 1 minute",
    ):
        expect(main).to_contain_text(said)


def test_a_customer_reads_where_her_answer_has_arrived(bad_day: None, window: Callable[..., Page], ana: Any) -> None:
    page = window()
    blocked = listen_for_blocked(page)
    sign_in(page, ana)
    page.goto(f"/consents/of/{PURPOSE}/")
    for name, word in (("crm", "In force, and checked there"), ("marketing", "Not in force there")):
        expect(page.locator("li", has_text=NAMES[name]).locator(".badge")).to_have_text(word)
    look_at(page, "consent-where-it-arrived")
    check_phones(page, "consent-where-it-arrived")
    page.goto("/details/")
    look_at(page, "details")
    page.get_by_label("Name").fill("Ana Willow")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Ana Willow")
    look_at(page, "overview-renamed")
    assert blocked == []


def test_a_system_is_connected_tested_and_switched_off_without_javascript(
    ana: Any, enter: Callable[..., Page], call: CallContext
) -> None:
    keep_consent(ana.sub, call)
    page = enter(java_script_enabled=False)
    with listener((200, {}, b'{"applied": true, "did": "<b>all of it</b>"}')) as crm:
        page.goto("/console/systems/")
        page.get_by_role("link", name="Connect a system").click()
        page.get_by_label("Short name").fill("crm")
        page.get_by_label("Name", exact=True).fill("Our CRM")
        page.locator("[name=endpoint]").fill(crm.url)
        page.get_by_label("profile.changed").check()
        page.get_by_label("name", exact=True).check()
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".summary")).to_contain_text("what the attributes are for")
        page.get_by_label("Purpose").select_option("service")
        page.get_by_label("Owner").select_option("web")
        page.get_by_role("button", name="Save").click()
        secret = page.locator(".code").first.inner_text()
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_role("heading", name="The test arrived")).to_be_visible()
        expect(page.get_by_label("What it said")).to_contain_text("<b>all of it</b>")
        assert crm.heard[0].verify(secret)["type"] == "throughline.verification"
        look_at_app(page, "system-tested")
        page.get_by_role("link", name="Switch it off").click()
        page.get_by_role("button", name="Pause it instead").click()
        expect(page.get_by_role("main")).to_contain_text("An operator paused it.")
        page.get_by_role("link", name="Switch it off").click()
        page.get_by_role("button", name="Switch it off").click()
        expect(page.get_by_role("status")).to_contain_text("Switched off")
