"""The demo comes into a database once, completely, and stays as it is."""

import json
import stat
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts.queries import find_account, has_second_factor
from accounts.types import Role
from channel_registry.queries import export_channels, get_policy
from channel_registry.services import publish_policy
from config.demo.cast import CHANNELS
from config.demo.seed import seed_demo
from consent.queries import draft_of, find_effective, get_purpose, list_all_purposes, list_history
from consent.services import put_purpose
from examples import EXAMPLES
from kit.call import CallContext, system_caller
from oauth.models import Client
from oauth.queries import find_client, list_clients
from oauth.services import change_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    settings.ISSUER_URL = "http://localhost:8000"
    return tmp_path / "demo.json"


def seed(path: Path) -> dict[str, Any]:
    call_command("demo_seed", stdout=StringIO())
    return json.loads(path.read_text())


def test_everybody_whom_the_contract_names_is_there(path: Path):
    demo = seed(path)
    assert demo["issuer"] == "http://localhost:8000"
    assert list(demo["customers"]) == ["ana", "ben", "household"]
    assert list(demo["operators"]) == ["admin", "author", "approver", "steward", "support", "auditor"]
    assert list(demo["clients"]) == [
        *("shop", "help", "mobile", "mobile_two", "kiosk", "chat", "contact_center", "orders_api"),
        *("crm", "crm_people", "test"),
    ]
    for login in (demo["customers"] | demo["operators"]).values():
        account = find_account(login["sub"])
        assert account is not None
        assert account.email == login["email"]
        assert has_second_factor(account) == ("totp_secret" in login)
    assert "totp_secret" in demo["customers"]["ana"]
    assert "totp_secret" not in demo["customers"]["ben"]
    ana, household = (demo["customers"][name]["email"] for name in ("ana", "household"))
    assert ana.split("@")[1] == household.split("@")[1]


def test_every_demo_action_is_known_on_a_channel_that_fits_it(path: Path):
    seed(path)
    known = {slug: {rule.name: rule for rule in get_policy(slug).actions} for slug in CHANNELS}
    names = {name for actions in known.values() for name in actions}
    assert names == {
        *("offer.personalize", "account.view", "orders.view", "contact.update", "payment.create", "account.recover")
    }
    update = known["web"]["contact.update"]
    assert (update.threshold, update.acr, update.max_age) == (0.995, "urn:throughline:2fa", 600)
    assert "payment.create" not in known["in_store"]
    assert "account.recover" not in known["agent"]


def test_each_operator_has_the_role_of_the_same_name(path: Path):
    for name, login in seed(path)["operators"].items():
        account = find_account(login["sub"])
        assert account is not None
        assert account.role_names == frozenset({Role(name)})


def test_the_logins_in_the_file_work(path: Path, rf: Any):
    for login in seed(path)["customers"].values():
        account = authenticate(rf.post("/"), email=login["email"], password=login["password"])
        assert account is not None
        assert account.sub == login["sub"]


def test_every_channel_has_a_first_policy_and_the_clients_are_on_theirs(path: Path):
    demo = seed(path)
    channels = export_channels()["channels"]
    assert set(channels) == set(CHANNELS)
    assert all("policy" in channel for channel in channels.values())
    assert {client.client_id: client.channel_id for client in list_clients()} == {
        entry["client_id"]: entry["channel"] for entry in demo["clients"].values()
    }


def test_the_orders_api_is_the_default_audience_of_the_other_clients(path: Path):
    demo = seed(path)
    orders = demo["clients"]["orders_api"]
    for name in ("shop", "help", "mobile", "test"):
        client = find_client(client_id=demo["clients"][name]["client_id"])
        assert client is not None
        assert client.resource_server_list == (orders["resource"],)
    registered = find_client(client_id=orders["client_id"])
    assert registered is not None
    assert registered.default_scope_list == tuple(orders["scopes"].split())


def test_passwords_are_long_enough_and_differ_from_installation_to_installation(path: Path, call: Any):
    first = seed(path)
    passwords = [login["password"] for login in (first["customers"] | first["operators"]).values()]
    assert min(map(len, passwords)) >= 15
    assert len(set(passwords)) == len(passwords)


def test_only_its_owner_can_read_the_file(path: Path):
    seed(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["demo.json"]


def test_a_second_run_changes_nothing(path: Path):
    first, written = seed(path), path.stat().st_mtime_ns
    assert seed(path) == first
    assert path.stat().st_mtime_ns == written


def test_a_second_run_keeps_what_an_operator_changed(path: Path, call: Any):
    seed(path)
    publish_policy(channel="web", body={"minimum_acr": "urn:throughline:2fa"}, call=call)
    seed(path)
    assert get_policy("web").minimum_acr == "urn:throughline:2fa"


def test_a_file_of_an_earlier_database_gives_its_secrets_to_a_new_one(path: Path):
    person = {"password": "kept-from-earlier-on", "sub": "acc_of_another_database"}
    path.write_text(json.dumps({"customers": {"ben": person}, "clients": {"test": {"client_secret": "s" * 43}}}))
    demo = seed(path)
    ben = demo["customers"]["ben"]
    assert ben["password"] == "kept-from-earlier-on"
    assert find_account(ben["sub"]) is not None
    assert demo["clients"]["test"]["client_secret"] == "s" * 43


def test_the_sites_move_with_the_gateway(path: Path, settings: Any):
    before = seed(path)
    settings.ISSUER_URL = "http://localhost:9000"
    after = seed(path)
    assert after["issuer"] == "http://localhost:9000"
    assert after["clients"]["shop"]["redirect_uris"] == ["http://localhost:9001/callback"]
    shop = find_client(client_id="shop")
    assert shop is not None
    assert shop.redirect_uri_list == ("http://localhost:9001/callback",)
    assert after["clients"]["shop"]["client_secret"] == before["clients"]["shop"]["client_secret"]
    assert after["customers"] == before["customers"]


def test_a_lost_file_is_one_clear_line_and_nothing_is_changed(path: Path):
    seed(path)
    path.unlink()
    with pytest.raises(CommandError, match="Put the file back"):
        seed(path)
    assert not path.exists()


@pytest.mark.parametrize("content", ["", "[]", "no JSON"])
def test_a_broken_file_is_one_clear_line(path: Path, content: str):
    path.write_text(content)
    with pytest.raises(CommandError, match="cannot be read"):
        seed(path)
    assert path.read_text() == content


def test_an_interrupted_run_leaves_no_account_without_a_known_password(
    path: Path, call: Any, monkeypatch: pytest.MonkeyPatch
):
    def disk_is_full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("config.demo.seed.write_demo", disk_is_full)
    with pytest.raises(CommandError, match="No space left on device"):
        seed(path)
    monkeypatch.undo()
    demo = seed_demo(path=path, issuer="http://localhost:8000", call=call).demo
    assert find_account(demo["customers"]["ana"]["sub"]) is not None


def test_production_takes_no_demo(path: Path, settings: Any):
    settings.MODE = "production"
    with pytest.raises(CommandError, match="production"):
        seed(path)
    assert list_clients() == []


def test_demo_code_shows_how_somebody_signs_in(path: Path):
    ana, out = seed(path)["customers"]["ana"], StringIO()
    call_command("demo_code", "ana", stdout=out)
    assert ana["password"] in out.getvalue()
    assert "code " in out.getvalue()
    with pytest.raises(CommandError, match="ana, ben"):
        call_command("demo_code", "mallory")


OLDER_POLICY = {"minimum_acr": "urn:throughline:1fa", "session": {"idle": "15m", "absolute": "1h"}}


def _make_older(path: Path, demo: dict[str, Any], call: CallContext) -> None:
    """The installation as an earlier release left it: fewer clients in the file, other policies, no fingerprints."""
    for name in ("mobile", "mobile_two", "kiosk", "chat", "contact_center"):
        Client.objects.filter(client_id=name).delete()
        del demo["clients"][name]
    for entry in demo["clients"].values():
        entry.pop("registration")
        entry.pop("url", None)
    path.write_text(json.dumps(demo))
    shop = find_client(client_id="shop")
    assert shop is not None
    change_client(client_id="shop", draft=replace(shop.draft, backchannel_logout_uri=""), call=call)
    publish_policy(channel="contact_center", body=OLDER_POLICY, call=call)


def test_an_older_installation_is_brought_up_to_date_and_loses_nothing(path: Path, call: CallContext):
    before, seeder = seed(path), replace(call, caller=system_caller("demo_seed"))
    _make_older(path, json.loads(path.read_text()), seeder)
    after = seed(path)
    assert list(after["clients"]) == list(before["clients"])
    assert after["customers"] == before["customers"]
    assert after["clients"]["shop"] == before["clients"]["shop"]
    assert "ciba" in get_policy("contact_center").grants
    shop = find_client(client_id="shop")
    assert shop is not None
    assert shop.backchannel_logout_uri == "http://localhost:8001/backchannel-logout"


def test_what_an_operator_changed_is_told_and_stays(path: Path, call: CallContext):
    seed(path)
    shop = find_client(client_id="shop")
    assert shop is not None
    changed = replace(shop.draft, name="The winter shop")
    change_client(client_id="shop", draft=changed, call=call)
    publish_policy(channel="contact_center", body=OLDER_POLICY, call=call)
    told = StringIO()
    for _ in range(2):
        call_command("demo_seed", stdout=StringIO(), stderr=told)
    assert "Client shop: an operator changed its registration" in told.getvalue()
    assert "Channel contact_center:" in told.getvalue()
    assert get_policy("contact_center").session_idle_seconds == 900
    assert "ciba" not in get_policy("contact_center").grants
    kept = find_client(client_id="shop")
    assert kept is not None
    assert kept.draft == changed


def test_a_changed_client_still_moves_with_the_gateway(path: Path, settings: Any, call: CallContext):
    seed(path)
    shop = find_client(client_id="shop")
    assert shop is not None
    change_client(client_id="shop", draft=replace(shop.draft, name="The winter shop"), call=call)
    settings.ISSUER_URL = "http://localhost:9000"
    seed(path)
    moved = find_client(client_id="shop")
    assert moved is not None
    assert (moved.name, moved.redirect_uri_list) == ("The winter shop", ("http://localhost:9001/callback",))


def test_every_app_of_the_demo_has_a_client_that_hears_of_ended_sessions(path: Path):
    clients = seed(path)["clients"]
    for example in EXAMPLES:
        entry = clients[example["name"]]
        client = find_client(client_id=entry["client_id"])
        assert client is not None
        assert client.backchannel_logout_uri == f"{entry['url']}/backchannel-logout"
        assert entry.get("public", False) != ("client_secret" in entry)


def test_the_register_of_consent_has_its_purposes_its_notice_and_what_ana_said(path: Path, call: CallContext) -> None:
    demo = seed(path)
    ana = demo["customers"]["ana"]["sub"]
    assert demo["notices"] == {"privacy": {"id": "privacy", "version": 3, "language": "en"}}
    found = {each.purpose.id: each.answer for each in find_effective(ana, call.now + timedelta(hours=1))}
    assert {purpose for purpose, answer in found.items() if answer.permits} == {
        *("service", "analytics", "marketing", "marketing.email", "personalization")
    }
    assert found["ai.assistance"].reason == "reconsent"
    row = next(each for each in list_all_purposes() if each.pk == "personalization")
    put_purpose(draft=replace(draft_of(row), ttl_seconds=9), call=call)
    seed(path)
    assert get_purpose("personalization").ttl == timedelta(seconds=9), "an operator's change stays"
    assert len(list_history(ana)) == 5
