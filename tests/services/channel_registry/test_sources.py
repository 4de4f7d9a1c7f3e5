"""The ranking of the sources: versions, two people, and the answer to who is believed."""

import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import Event
from channel_registry import queries, services
from channel_registry.errors import DraftOutdated, DraftSettled, OwnChange, PolicyInvalid
from channel_registry.models import SourceVersion
from kit.refusal import NotAllowed, NotFound
from tests.services.channel_registry.conftest import operator
from tests.together import together

pytestmark = pytest.mark.django_db
LOYALTY = {"loyalty": ["crm", "app"]}


def propose(call, body):
    draft = services.draft_sources(body=body, note="loyalty moved", call=call)
    return services.propose_draft(draft=draft.pk, digest=draft.digest, call=call)


def test_until_somebody_publishes_the_default_answers():
    assert queries.get_ranking("contact_points", "change") == ("gateway", "crm", "cdp")
    assert queries.get_ranking("credentials", "recovery") == ("gateway",)
    assert queries.get_ranking("consent", "personalize") == ("consent_registry",)


@pytest.mark.parametrize(("attribute", "action_class"), [("shoe_size", "change"), ("behavior", "no_such"), ("", "")])
def test_of_what_nobody_ranked_nothing_is_made_up(attribute, action_class):
    with pytest.raises(NotFound):
        queries.get_ranking(attribute, action_class)


def test_a_second_person_lets_a_ranking_come_into_force_and_back(wanda, pavel):
    draft = propose(wanda, LOYALTY)
    with pytest.raises(NotFound):
        queries.get_ranking("loyalty", "change")
    services.approve_draft(draft=draft.pk, digest=draft.digest, call=pavel)
    assert queries.get_ranking("loyalty", "change") == ("crm", "app")
    other = propose(wanda, {"loyalty": ["app"]})
    services.approve_draft(draft=other.pk, digest=other.digest, call=pavel)
    assert queries.get_ranking("loyalty", "change") == ("app",)
    back = services.rollback_sources(number=1, call=pavel)
    assert (back.number, back.note) == (3, "back to version 1")
    assert queries.get_ranking("loyalty", "change") == ("crm", "app")
    first = SourceVersion.objects.get(number=1)
    assert (first.author, first.approver, first.note) == ("account:wanda", "account:pavel", "loyalty moved")
    assert Event.objects.filter(type="sources.published").count() == 3


def test_nobody_approves_her_own_ranking(call):
    olu = operator(call, "olu", "admin")
    draft = propose(olu, LOYALTY)
    with pytest.raises(OwnChange):
        services.approve_draft(draft=draft.pk, digest=draft.digest, call=olu)


def test_a_ranking_on_an_older_one_is_outdated(wanda, pavel, call):
    draft = propose(wanda, LOYALTY)
    services.publish_sources(body={"loyalty": ["app"]}, call=call)
    with pytest.raises(DraftOutdated):
        services.approve_draft(draft=draft.pk, digest=draft.digest, call=pavel)


def test_who_may_not(pavel, wanda, call):
    services.publish_sources(body=LOYALTY, call=call)
    with pytest.raises(NotAllowed):
        services.draft_sources(body=LOYALTY, call=pavel)
    with pytest.raises(NotAllowed):
        services.rollback_sources(number=1, call=wanda)
    with pytest.raises(NotFound):
        services.rollback_sources(number=7, call=pavel)


def test_a_text_is_refused_with_its_line(wanda):
    with pytest.raises(PolicyInvalid, match="line 2: consent"):
        services.draft_sources(body="loyalty: [crm]\nconsent: [crm]\n", call=wanda)


def test_publishing_what_is_in_force_changes_nothing(call):
    first = services.publish_sources(body=LOYALTY, call=call)
    assert services.publish_sources(body={"loyalty": {"any": ["crm", "app"]}}, call=call) == first


def test_a_version_is_never_changed(call):
    services.publish_sources(body=LOYALTY, call=call)
    for act in (lambda: SourceVersion.objects.update(author="mallory"), lambda: SourceVersion.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_a_document_applied_twice_changes_nothing(call):
    document = {"sources": LOYALTY}
    assert queries.plan_sources(document) == ["sources: publish"]
    assert services.apply_sources(document=document, call=call) == ["sources: publish"]
    assert services.apply_sources(document=document, call=call) == []
    assert services.apply_sources(document=queries.export_sources(), call=call) == []
    assert services.apply_sources(document={}, call=call) == []
    with pytest.raises(PolicyInvalid) as refused:
        services.apply_sources(document={"sources": {"consent": ["crm"]}}, call=call)
    assert refused.value.path == "sources.consent"


@pytest.mark.django_db(transaction=True)
def test_twenty_approvers_of_ten_rankings_put_one_in_force(wanda, call):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time")
    drafts = [propose(wanda, {"loyalty": [f"app{number}"]}) for number in range(10)]

    def approve(number):
        draft = drafts[number % 10]
        by = operator(call, f"approver{number}", "approver")
        return services.approve_draft(draft=draft.pk, digest=draft.digest, call=by)

    approved, errors = together(20, approve)
    assert len(approved) == 1
    assert {type(error) for error in errors} <= {DraftOutdated, DraftSettled}
    live = queries.find_live_sources()
    assert live is not None
    assert (live.number, live.digest) == (1, approved[0].digest)
