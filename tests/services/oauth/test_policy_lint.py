"""`manage.py policy lint`: continuous integration fails on the channel that guards an action less."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from channel_registry.services import apply_channels
from config.demo.cast import CHANNELS

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

WEAK = """
channels:
  web: {name: Web, policy: {actions: {contact.update: {class: change}}}}
  kiosk:
    name: Kiosk
    policy:
      actions:
        contact.update: {class: change, max_age: 1h}
"""
ACCEPTED = "accepted:\n- {action: contact.update, channel: kiosk, why: staff stand beside it}\n"


def lint(*arguments: str) -> str:
    out = io.StringIO()
    call_command("policy", "lint", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "gateway.yaml"
    path.write_text(WEAK)
    return path


def test_a_weaker_channel_is_printed_and_the_command_fails(file):
    out = io.StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("policy", "lint", str(file), stdout=out)
    assert failed.value.returncode == 1
    assert "contact.update on kiosk: max_age 1h" in out.getvalue()
    assert "web asks for 10m" in out.getvalue()


def test_what_is_accepted_with_a_reason_does_not_fail(file, tmp_path):
    file.write_text(WEAK + ACCEPTED)
    assert "No action is guarded less" in lint(str(file))
    file.write_text(WEAK)
    allow = tmp_path / "allow.yaml"
    allow.write_text(ACCEPTED)
    assert "No action is guarded less" in lint(str(file), "--allow", str(allow))


@pytest.mark.parametrize(
    "wrong", ["accepted: contact.update", "accepted: [contact.update]", "accepted: [{action: a, channel: b}]"]
)
def test_an_acceptance_without_a_reason_is_none(file, wrong):
    file.write_text(WEAK + wrong)
    with pytest.raises(CommandError, match="accepted"):
        lint(str(file))


def test_what_is_accepted_in_vain_is_said(file):
    file.write_text(WEAK + ACCEPTED + "- {action: orders.view, channel: web, why: long ago}\n")
    assert "accepted, and not found: orders.view on web" in lint(str(file))


def test_without_a_file_the_channels_in_force_are_judged_and_the_demo_passes(call):
    apply_channels(document={"channels": CHANNELS}, call=call)
    assert "No action is guarded less" in lint()


def test_where_nobody_is_ever_asked_for_a_proof_is_noted_and_fails_nothing(call, file):
    apply_channels(document={"channels": CHANNELS}, call=call)
    assert "note: contact.update on web, shared_browser: asks for 0.995, which the best proof keeps for less" in lint()
    file.write_text(WEAK + ACCEPTED)
    assert "note: contact.update on kiosk, shared_browser" in lint(str(file))


def test_a_mistake_in_the_file_is_named_with_its_line(file):
    file.write_text(WEAK.replace("max_age: 1h", "max_age: soon"))
    with pytest.raises(CommandError, match=r"gateway\.yaml:8: channels\.kiosk\.policy"):
        lint(str(file))


def test_an_action_that_nobody_could_ever_do_is_refused_with_its_line(file):
    file.write_text(WEAK.replace("max_age: 1h", "threshold: 0.9999"))
    for what in ("plan", "apply", "lint"):
        with pytest.raises(CommandError, match=r"gateway\.yaml:8: .*0\.9995"):
            call_command("policy", what, str(file), stdout=io.StringIO())
