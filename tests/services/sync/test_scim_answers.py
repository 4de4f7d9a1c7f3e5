"""What a system that is told by SCIM may answer, and what that comes to."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.services import erase_account
from sync import services
from sync.models import Connection, Delivery
from sync.types import ConnectionDraft, Kind
from tests.connecting import rename
from tests.listener import Listener

pytestmark = pytest.mark.django_db(transaction=True)


class Far(Listener):
    """The other side: keeps users like an honest one, unless `rules` say something else for a method."""

    def __init__(self):
        self.users, self.rules, self.log = {}, {}, []
        super().__init__()
        self.url = self.url.removesuffix("/hooks")

    def _handler(self):
        far = self

        base: Any = super()._handler()

        class Handler(base):  # type: ignore[misc]  # made by the other one
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                far.log.append((self.command, self.path, dict(self.headers), body))
                status, headers, said = far.react(self.command, self.path, json.loads(body) if body else {})
                content = json.dumps(said).encode() if not isinstance(said, bytes) else said
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815  the library's names

        return Handler

    def react(self, method, path, body):
        is_search = urlsplit(path).path == "/Users" and method == "GET"
        rule = self.rules.get("FIND" if is_search else method)
        if rule is not None:
            return rule(body) if callable(rule) else rule
        if is_search:
            [said] = parse_qs(urlsplit(path).query)["filter"]
            sub = json.loads(said.removeprefix("externalId eq "))
            return 200, {}, self.listing([each for each in self.users.values() if each["externalId"] == sub])
        if method == "POST":
            body |= {"id": "u 1/2", "meta": {"version": 'W/"1"'}}
            self.users[body["id"]] = body
            return 201, {}, body
        assert path == "/Users/u%201%2F2", "an id is not a path"
        return self.one(method, "u 1/2", body)

    def one(self, method, id, body):
        if id not in self.users:
            return 404, {}, {}
        if method == "DELETE":
            return 204, {}, self.users.pop(id) and b""
        if method == "PUT":
            self.users[id] = {**body, "meta": {"version": 'W/"2"'}}
        if method == "PATCH":
            for each in body["Operations"]:
                place, (*parents, leaf) = self.users[id], each["path"].split(".")
                for parent in parents:
                    place = place.setdefault(parent, {})
                place.pop(leaf, None) if each["op"] == "remove" else place.__setitem__(leaf, each["value"])
        return 200, {}, self.users[id]

    @staticmethod
    def listing(found):
        return {"totalResults": len(found), "Resources": found}

    @property
    def asked(self):
        return [method for method, *_ in self.log]


@pytest.fixture
def far(town):
    opened = Far()
    town.cleanup.callback(opened.close)
    draft = ConnectionDraft(
        name="CRM",
        kind=Kind.SCIM,
        endpoint=f"{opened.url}/",
        event_types=("account.created", "profile.changed", "account.erased"),
        attributes=("name",),
        purpose="service",
    )
    services.create_connection(slug="crm", draft=draft, call=town.call)
    return opened


@pytest.fixture
def ana(town, far):
    account = town.person("ana")
    town.deliver()
    far.log.clear()
    return account


def last():
    return Delivery.objects.latest("id")


def test_a_change_is_made_under_the_version_that_was_looked_at(town, far, ana):
    rename(town, ana, "Ana Willow")
    town.deliver()
    assert far.asked == ["GET", "PATCH", "GET"]
    assert far.log[1][2]["If-Match"] == 'W/"1"'
    assert "Authorization" not in far.log[1][2]
    assert last().read_back_at


def test_what_stands_there_already_is_not_written_again(town, far, ana):
    rename(town, ana, "Ana Willow")
    far.users["u 1/2"] |= {"displayName": "Ana Willow", "name": {"formatted": "Ana Willow"}}
    town.deliver()
    assert far.asked == ["GET"]
    assert last().read_back_at


def test_who_answers_200_and_drops_is_not_believed(town, far, ana):
    far.rules["PATCH"] = (200, {}, {})
    rename(town, ana, "Ana Willow")
    town.deliver()
    assert (last().state, last().last_error, last().applied_at) == ("waiting", "not_applied", None)


def test_who_overlooks_the_filter_has_nobody_changed(town, far, ana):
    stranger = {"id": "u 1/2", "externalId": "acc_somebody_else"}
    far.rules["FIND"] = (200, {}, Far.listing([stranger]))
    erase_account(sub=ana.sub, reason="asked_for_it", call=town.call)
    town.deliver()
    assert set(far.asked) == {"GET"}
    assert last().last_error == "filter_not_understood"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[]",
        b"null",
        b'{"totalResults": 1}',
        b'{"totalResults": "1", "Resources": [{}]}',
        b'{"Resources": {}}',
        b'{"totalResults": 1, "Resources": ["x"]}',
        b"[" * 100_000,
        b'{"totalResults": 1, "Resources": [{"id": 5}]}',
    ],
)
def test_an_answer_that_is_none_is_a_failure(town, far, ana, said):
    far.rules["FIND"] = (200, {}, said)
    rename(town, ana, "Ana Willow")
    town.deliver()
    assert last().last_error == "filter_not_understood"


def test_a_change_in_between_is_looked_at_once_more(town, far, ana):
    answers: list[Any] = [(412, {}, {})]
    far.rules["PATCH"] = lambda body: answers.pop() if answers else far.one("PATCH", "u 1/2", body)
    rename(town, ana, "Ana Willow")
    town.deliver()
    assert far.asked == ["GET", "PATCH", "GET", "PATCH", "GET"]
    assert last().state == "confirmed"
    far.rules["PATCH"] = (412, {}, {})
    rename(town, ana, "Ana Larch")
    town.deliver()
    assert last().last_error == "changed_meanwhile"


@pytest.mark.parametrize("status", [405, 501])
def test_who_speaks_no_patch_is_given_the_whole_with_what_is_not_ours(town, far, ana, status):
    far.rules["PATCH"] = (status, {}, {})
    far.users["u 1/2"] |= {"nickName": "Annie", "name": {"formatted": "Ana", "familyName": "Willow"}}
    rename(town, ana, "Ana Larch")
    town.deliver()
    kept = far.users["u 1/2"]
    assert kept["name"] == {"formatted": "Ana Larch", "familyName": "Willow"}
    assert (kept["nickName"], kept["userName"]) == ("Annie", ana.sub)
    assert last().state == "confirmed"


@pytest.mark.parametrize("status", [404, 410])
def test_who_vanishes_before_the_change_is_no_identity_and_nothing_else_stops(town, far, ana, status):
    far.rules["PATCH"] = (status, {}, {})
    rename(town, ana, "Ana Willow")
    town.deliver()
    assert last().last_error == "no_identity"
    assert Connection.objects.get().standing == "active"


def test_a_deletion_that_does_not_happen_shows(town, far, ana):
    far.rules["DELETE"] = (204, {}, b"")
    erase_account(sub=ana.sub, reason="asked_for_it", call=town.call)
    town.deliver()
    assert (last().state, last().last_error) == ("waiting", "not_applied")


def test_a_lost_answer_makes_nobody_twice(town, far):
    def keep_and_lose(body):
        far.users["u 1/2"] = body | {"id": "u 1/2"}
        return 502, {}, {}

    far.rules["POST"] = keep_and_lose
    town.person("ana")
    town.deliver()
    assert last().state == "waiting"
    del far.rules["POST"]
    town.deliver(minutes=5)
    assert (last().state, far.asked.count("POST")) == ("confirmed", 1)


@pytest.mark.parametrize(
    ("status", "error"), [(401, "status_401"), (403, "status_403"), (409, "status_409"), (302, "redirects")]
)
def test_a_status_says_what_is_wrong(town, far, ana, status, error):
    far.rules["PATCH"] = (status, {"Location": "http://127.0.0.1:1/"}, {})
    rename(town, ana, "Ana Willow")
    town.deliver()
    assert last().last_error == error


def test_gone_pauses_the_system_and_retry_after_is_kept(town, far, ana):
    far.rules["FIND"] = (429, {"Retry-After": "600"}, {})
    rename(town, ana, "Ana Willow")
    town.deliver()
    assert town.deliver(minutes=9) == 0
    far.rules["FIND"] = (410, {}, {})
    town.deliver(minutes=11)
    assert Connection.objects.get().reason == "gone"
