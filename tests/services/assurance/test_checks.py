"""At start-up every row of a live policy is named that nobody could ever meet."""

import pytest
from django.core import checks
from django.core.management import call_command

from assurance.models import Ceiling
from assurance.queries import forget_learned, list_unmeetable
from channel_registry.queries import forget_policies, get_policy
from channel_registry.rules import parse_policy
from channel_registry.services import publish_policy
from tests.actors import make_channel

pytestmark = pytest.mark.django_db
TWO_FACTORS = "urn:throughline:2fa"


def said(id):
    found = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
    return [each.msg for each in found if each.id == id]


def policy(**body):
    return parse_policy(body)


@pytest.mark.parametrize(
    ("channel", "body", "named"),
    [
        ("web", {"actions": {"orders.view": {"class": "history"}}}, []),
        ("web", {"actions": {"account.recover": {"class": "recovery", "threshold": 0.9999}}}, ["account.recover"]),
        ("in_store", {"actions": {"contact.update": {"class": "change"}}}, ["contact.update"]),
        (
            "web",
            {"authenticators": ["password"], "actions": {"payment.create": {"class": "change", "acr": TWO_FACTORS}}},
            ["payment.create"],
        ),
        ("web", {"authenticators": ["password", "totp"], "actions": {"payment.create": {"class": "change"}}}, []),
        ("web", {"authenticators": ["totp"], "actions": {"payment.create": {"class": "change"}}}, ["payment.create"]),
    ],
)
def test_what_nobody_can_meet_is_named(channel, body, named):
    assert [action for action, _ in list_unmeetable(channel, policy(**body))] == named


def test_start_up_tells_which_actions_no_proof_lasts_for_on_which_devices(call):
    make_channel(call)
    publish_policy(channel="web", body={"actions": {"contact.update": {"class": "change"}}}, call=call)
    forget_policies()
    assert get_policy("web").find_action("contact.update")
    assert said("throughline.W010") == []
    assert any("contact.update" in each and "shared_browser" in each for each in said("throughline.I010"))


def test_every_start_names_what_nobody_can_meet_any_more(call, capsys):
    """A policy could be met when it was written; then outcomes showed that nobody may be so sure."""
    make_channel(call)
    publish_policy(channel="web", body={"actions": {"account.recover": {"class": "recovery"}}}, call=call)
    counts = {"labels": 4000, "errors": 20, "estimated_at": call.now}
    Ceiling.objects.create(name="reported", ceiling=0.992, **counts)
    forget_policies()
    forget_learned()
    call_command("prepare", verbosity=0)
    forget_learned()
    told = capsys.readouterr().err
    assert "Channel web: account.recover asks for 0.999, and no confidence above 0.992 is ever reported." in told
    assert "throughline.I010" not in told


def test_without_a_database_nothing_is_asked():
    assert [each for each in checks.run_checks(databases=None) if each.id and each.id.endswith("010")] == []
