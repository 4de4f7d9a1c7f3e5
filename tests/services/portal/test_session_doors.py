"""/api/sessions/: a customer's own sessions, for her own token: listed, ended, and how far the news has got."""

import threading

import pytest
from django.test import Client as HttpClient

from kit import clock
from oauth.types import AccessClaims
from sessions_hub.queries import find_live_session
from tests.actors import make_client

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def api(call, town):
    """Ask as the person of a session, by an access token for it; `act` names the staff member who asks for her."""
    from oauth.tokens import sign_access_token

    ours = make_client(call, name="Asking")

    def ask(method, path, state, *, act="", app=ours):
        claims = AccessClaims(
            subject=state.subject,
            client_id=app.client.client_id,
            scopes=("openid",),
            audience=("http://localhost:8000",),
            jti="one",
            sid=state.sid,
            acr=state.level.acr,
            amr=state.level.amr,
            auth_time=state.level.auth_time,
            act=act,
        )
        token = sign_access_token(claims, call=call)
        return getattr(HttpClient(), method)(path, headers={"Authorization": f"Bearer {token}"})

    return ask


@pytest.fixture
def patience(monkeypatch):
    """Where everybody confirms, however slow the machine is: an answer that waits until they have."""
    monkeypatch.setattr("sync.flows.endings.SECONDS", 60.0)


@pytest.fixture
def couriers(town):
    """A worker that looks around all the time, as one that is rung does."""
    over = threading.Event()

    def work():
        from django.db import connection

        while not over.wait(0.02):
            town.deliver()
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    yield
    over.set()
    worker.join()


def test_a_customer_sees_her_own_sessions_and_which_one_asks(town, api):
    ana = town.person("ana")
    shop = town.site("Shop")
    here = town.sign_in(ana, shop)
    there = town.sign_in(ana, seconds=-30)
    ended = town.sign_in(ana)
    town.end(ended)
    town.sign_in(town.person("ben"))

    listed = api("get", "/api/sessions/", here).json()

    assert [session["sid"] for session in listed] == [here.sid, there.sid]
    assert listed[0] == {
        "sid": here.sid,
        "root": here.root,
        "channel": "web",
        "client": shop.name,
        "device": "",
        "place": "",
        "acr": "urn:throughline:1fa",
        "amr": ["pwd"],
        "auth_time": int(town.call.now.timestamp()),
        "last_seen": town.call.now.isoformat(),
        "current": True,
    }
    assert (listed[1]["client"], listed[1]["current"]) == ("", False)


def test_ending_one_tells_its_apps_and_answers_how_many_have_confirmed(town, api, couriers):
    ana = town.person("ana")
    shop, silent = town.site("Shop"), town.site("Silent", 500)
    here, there = town.sign_in(ana), town.sign_in(ana, shop, silent)
    answer = api("delete", f"/api/sessions/{there.sid}/", here)
    assert (answer.status_code, answer.json()) == (202, {"notified": 2, "confirmed": 1})
    assert find_live_session(sid=there.sid, now=clock.now()) is None
    assert find_live_session(sid=here.sid, now=clock.now())
    assert api("delete", f"/api/sessions/{there.sid}/", here).json() == {"notified": 2, "confirmed": 1}


def test_ending_a_session_ends_what_came_out_of_it_and_counts_the_apps_there(town, api, couriers, patience, call):
    from sessions_hub.services import note_participation, start_child_session
    from sessions_hub.types import Via

    ana = town.person("ana")
    shop, help_site = town.site("Shop"), town.site("Help")
    here, parent = town.sign_in(ana), town.sign_in(ana, shop)
    child = start_child_session(parent_sid=parent.sid, channel="web", via=Via.HANDOFF, client_id="", call=call)
    note_participation(sid=child.sid, client_id=help_site.name, call=call)
    answer = api("delete", f"/api/sessions/{parent.sid}/", here)
    assert answer.json() == {"notified": 2, "confirmed": 2}
    assert help_site.sids == [child.sid]


def test_ending_all_others_spares_the_one_that_asks(town, api, couriers, patience):
    ana, ben = town.person("ana"), town.person("ben")
    shop = town.site("Shop")
    here, there, bens = town.sign_in(ana, shop), town.sign_in(ana, shop), town.sign_in(ben, shop)
    answer = api("delete", "/api/sessions/?others=true", here)
    assert (answer.status_code, answer.json()) == (202, {"notified": 1, "confirmed": 1})
    live = [find_live_session(sid=each.sid, now=clock.now()) is not None for each in (here, there, bens)]
    assert live == [True, False, True]


def test_ending_all_ends_the_one_that_asks_too(town, api, couriers, patience):
    ana = town.person("ana")
    shop = town.site("Shop")
    here, _ = town.sign_in(ana, shop), town.sign_in(ana, shop)
    assert api("delete", "/api/sessions/", here).json() == {"notified": 2, "confirmed": 2}
    assert api("get", "/api/sessions/", here).status_code == 401


def test_without_anybody_to_tell_nobody_is_waited_for(town, api):
    ana = town.person("ana")
    here, there = town.sign_in(ana), town.sign_in(ana)
    assert api("delete", f"/api/sessions/{there.sid}/", here).json() == {"notified": 0, "confirmed": 0}


@pytest.mark.parametrize("sid", ["of ben", "ses_nothing", "%00", "x" * 10_000, "<b>"])
def test_what_is_not_hers_is_not_there(town, api, sid):
    ana, ben = town.person("ana"), town.person("ben")
    here, bens = town.sign_in(ana), town.sign_in(ben)
    asked = bens.sid if sid == "of ben" else sid
    assert api("delete", f"/api/sessions/{asked}/", here).status_code in (400, 404)
    assert find_live_session(sid=bens.sid, now=clock.now())


@pytest.mark.parametrize("query", ["others=1", "others=", "others=true&others=false", "others=TRUE%00"])
def test_an_unclear_wish_ends_nothing(town, api, query):
    here = town.sign_in(town.person("ana"))
    assert api("delete", f"/api/sessions/?{query}", here).status_code == 400
    assert find_live_session(sid=here.sid, now=clock.now())


@pytest.mark.parametrize("path", ["", "?others=true", "{}/"])
def test_staff_who_act_for_her_may_look_and_end_nothing(town, api, path):
    here = town.sign_in(town.person("ana"))
    answer = api("delete", "/api/sessions/" + path.format(here.sid), here, act="staff")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert find_live_session(sid=here.sid, now=clock.now())
    assert len(api("get", "/api/sessions/", here, act="staff").json()) == 1


@pytest.fixture
def theirs(call, town):
    """An app that is not the house's, at which Ana signed in."""
    return make_client(call, name="Theirs", first_party=False)


@pytest.fixture
def scattered(call, town, theirs):
    """Ana signed in at their app in two places, and in a third where they have no part."""
    from sessions_hub.services import note_participation

    ana = town.person("ana")
    here, there, elsewhere = town.sign_in(ana), town.sign_in(ana, seconds=-10), town.sign_in(ana, seconds=-20)
    for state in (here, there):
        note_participation(sid=state.sid, client_id=theirs.client.client_id, call=call)
    return here, there, elsewhere


def live(*states):
    return [find_live_session(sid=each.sid, now=clock.now()) is not None for each in states]


def test_an_app_of_others_sees_and_ends_only_where_it_takes_part(town, api, theirs, scattered):
    here, there, elsewhere = scattered
    listed = api("get", "/api/sessions/", here, app=theirs).json()
    assert [each["sid"] for each in listed] == [here.sid, there.sid]
    assert api("delete", f"/api/sessions/{elsewhere.sid}/", here, app=theirs).status_code == 404
    assert live(*scattered) == [True, True, True]
    assert api("delete", f"/api/sessions/{there.sid}/", here, app=theirs).status_code == 202
    assert live(*scattered) == [True, False, True]


@pytest.mark.parametrize(("query", "left"), [("?others=true", [True, False, True]), ("", [False, False, True])])
def test_an_app_of_others_signs_her_out_nowhere_else(town, api, theirs, scattered, query, left):
    assert api("delete", f"/api/sessions/{query}", scattered[0], app=theirs).status_code == 202
    assert live(*scattered) == left


def test_an_app_that_an_operator_registered_for_it_sees_them_all(town, api, call, scattered):
    keeper = make_client(call, name="Keeper", first_party=False, scopes=("openid", "profile", "email", "sessions"))
    here, there, elsewhere = scattered
    listed = api("get", "/api/sessions/", here, app=keeper).json()
    assert [each["sid"] for each in listed] == [here.sid, there.sid, elsewhere.sid]
    assert api("delete", f"/api/sessions/{elsewhere.sid}/", here, app=keeper).status_code == 202
    assert live(*scattered) == [True, True, False]
