"""Channels, policies and clients in one YAML file: planned, applied, exported, applied again."""

import io
import re

import pytest
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError

from channel_registry.queries import forget_policies, get_policy
from oauth.queries import export_document, find_client

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

DOCUMENT = """
channels:
  store:
    name: Store
    policy: {minimum_acr: "urn:throughline:1fa", session: {idle: 12h, absolute: 1d}, refresh: {absolute: 1d}}
sources:
  loyalty: [crm, app]
clients:
  till:
    name: Till
    channel: store
    redirect_uris: [https://till.example/cb]
    scopes: [openid, profile]
    default_scopes: [openid]
  tablet:
    name: Tablet
    channel: store
    client_type: public
    application_type: native
    redirect_uris: ["com.example.store:/cb"]
"""


def policy(what, *arguments):
    out = io.StringIO()
    call_command("policy", what, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "registry.yaml"
    path.write_text(DOCUMENT)
    return path


def test_a_plan_shows_everything_and_changes_nothing(file):
    shown = policy("plan", str(file))
    assert "channel store: create" in shown
    assert "client till: register" in shown
    assert "sources: publish" in shown
    assert find_client(client_id="till") is None


def test_applying_makes_it_so_and_shows_secrets_of_new_confidential_clients_once(file):
    shown = policy("apply", str(file))
    forget_policies()

    assert get_policy("store").session_idle_seconds == 12 * 3600
    assert "secret of till, shown this once" in shown
    assert "secret of tablet" not in shown
    assert find_client(client_id="tablet").client_type == "public"


def test_applying_twice_changes_nothing(file):
    policy("apply", str(file))
    assert policy("apply", str(file)) == "Nothing to change.\n"
    assert policy("plan", str(file)) == "Nothing would change.\n"


def test_what_is_exported_applies_to_nothing(file, tmp_path):
    policy("apply", str(file))
    exported = tmp_path / "export.yaml"
    exported.write_text(policy("export"))

    assert policy("apply", str(exported)) == "Nothing to change.\n"
    assert yaml.safe_load(exported.read_text()) == export_document()


def test_a_changed_client_is_brought_in_line_and_keeps_its_secret(file):
    policy("apply", str(file))
    before = find_client(client_id="till").client_secret
    file.write_text(DOCUMENT.replace("till.example/cb", "till.example/back"))

    assert policy("apply", str(file)) == "client till: change\n"
    till = find_client(client_id="till")
    assert till.redirect_uri_list == ("https://till.example/back",)
    assert till.client_secret == before


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("clients: {till: {name: Till}}", "clients.till.channel"),
        (
            "clients: {till: {name: Till, channel: nowhere, redirect_uris: [https://x.example/]}}",
            "no channel 'nowhere'",
        ),
        ("clients: {till: {name: Till, channel: web, trust: me}}", "clients.till.trust"),
        ("clients: {till: {name: Till, channel: web, scopes: openid}}", "clients.till.scopes"),
        ("clients: {till: {name: Till, channel: web, first_party: yes please}}", "clients.till.first_party"),
        ("clients: [till]", "clients"),
        ("channels: {store: {name: Store, policy: {session: {idle: forever}}}}", "channels.store.policy.session.idle"),
        ("something: else", "something"),
        ("- a list", "must hold"),
        ("{", "not YAML"),
    ],
)
def test_a_wrong_file_is_refused_whole_with_the_path_in_one_line(tmp_path, broken, said):
    path = tmp_path / "broken.yaml"
    path.write_text("channels: {web: {name: Web}}\n" + broken if broken.startswith("clients") else broken)
    with pytest.raises(CommandError, match=re.escape(said)) as refusal:
        policy("apply", str(path))

    assert "\n" not in str(refusal.value) or "YAML" in str(refusal.value)
    assert export_document()["clients"] == {}
