"""Purposes, notices and processors as one YAML file: planned, applied, written out, applied again."""

import json
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from audit.models import Event
from config.demo.consent import NOTICES, PROCESSORS, PURPOSES
from consent.queries import current_notice, export_catalog, find_purpose, plan_catalog
from consent.services import apply_catalog, retire_purpose

pytestmark = [pytest.mark.django_db]

DEMO = {"purposes": PURPOSES, "notices": NOTICES, "processors": PROCESSORS}


def run(what: str, path: Path | None = None) -> str:
    out = StringIO()
    call_command("consent", what, *([path] if path else []), stdout=out)
    return out.getvalue()


def written(path: Path, document: object) -> Path:
    path.write_text(
        yaml.safe_dump(json.loads(json.dumps(document)), sort_keys=False, allow_unicode=True), encoding="utf-8"
    )
    return path


def test_a_file_is_planned_applied_and_changes_nothing_the_second_time(tmp_path):
    path = written(tmp_path / "consent.yaml", DEMO)
    assert "purpose marketing.email: new" in run("plan", path)
    assert find_purpose("marketing") is None, "a plan changes nothing"
    assert "notice privacy 3 en: published" in run("apply", path)
    assert find_purpose("marketing.email").ancestors == ("marketing",)
    assert find_purpose("marketing.email").notice_min == 3
    lines = Event.objects.count()
    assert run("plan", path) == "Nothing would change.\n"
    assert run("apply", path) == "Nothing to change.\n"
    assert Event.objects.count() == lines


def test_what_is_written_out_says_the_same_in_another_house(tmp_path, call):
    apply_catalog(document=DEMO, call=call)
    retire_purpose(purpose="ai.training", call=call)
    path = tmp_path / "consent.yaml"
    path.write_text(run("export"), encoding="utf-8")
    assert run("apply", path) == "Nothing to change.\n"
    assert plan_catalog(export_catalog()) == []
    assert export_catalog()["purposes"]["ai.training"]["retired"] is True
    assert current_notice("privacy", "de").title == "Datenschutzhinweise"


def test_a_child_may_stand_before_its_parent_in_the_file(call):
    texts = {"en": {"title": "Offers"}}
    apply_catalog(document={"purposes": {"a.child": {"parent": "b", "texts": texts}, "b": {"texts": texts}}}, call=call)
    assert find_purpose("a.child").ancestors == ("b",)


def test_a_change_names_its_fields_and_a_retired_purpose_comes_back(call):
    apply_catalog(document=DEMO, call=call)
    change = {"purposes": {"service": {**PURPOSES["service"], "needs": ["email"]}}}
    needs = ", ".join(PURPOSES["service"]["needs"])
    assert apply_catalog(document=change, call=call) == [f"purpose service: needs: {needs} -> email"]
    ended = {"purposes": {"service": {**PURPOSES["service"], "retired": True}}}
    assert apply_catalog(document=ended, call=call) == ["purpose service: retired"]
    assert apply_catalog(document=ended, call=call) == []
    assert "purpose service: in force again" in apply_catalog(document=change, call=call)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"purposes": {"a": {"regime": "opt_sideways"}}}, ":3: purposes.a.regime: is one of opt_in, opt_out."),
        ({"purposes": {"a": {"agent_allowed": "no"}}}, ":3: purposes.a.agent_allowed: is yes or no."),
        ({"purposes": {"a": {"ttl": "a while"}}}, "purposes.a.ttl: is a number and s, m, h or d"),
        ({"purposes": {"a": {"texts": {}}}}, "purposes.a: A purpose needs a title in at least one language."),
        ({"purposes": {"a": {"parent": "nobody", "texts": {"en": {"title": "A"}}}}}, "no purpose of the parent's name"),
        ({"purposes": {"a": []}}, "purposes.a: is a group of names."),
        ({"purpose": {}}, ":1: purpose: is no field that there is."),
        ({"notices": {"privacy": [{"version": 1}]}}, "notices.privacy.0: needs text."),
        ({"notices": {"privacy": {"version": 1}}}, "notices.privacy: is a list of versions."),
        ({"processors": {"bot": {"title": "Bot"}}}, "processors.bot: needs kind."),
    ],
)
def test_a_mistake_names_file_line_and_field_and_changes_nothing(tmp_path, document, said):
    path = written(tmp_path / "consent.yaml", document)
    with pytest.raises(CommandError) as refused:
        run("apply", path)
    assert said in str(refused.value)
    assert Event.objects.count() == 0


def test_a_published_text_is_not_published_otherwise(call, tmp_path):
    apply_catalog(document=DEMO, call=call)
    other = {**NOTICES["privacy"][0], "text": "We sell it."}
    with pytest.raises(CommandError, match="was published otherwise"):
        run("plan", written(tmp_path / "consent.yaml", {"notices": {"privacy": [other]}}))
