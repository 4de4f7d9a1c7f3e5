"""A change goes from one person's draft to another person's approval, or nowhere."""

from dataclasses import replace

import pytest

from audit.models import Event
from channel_registry import queries, services
from channel_registry.errors import DraftOutdated, DraftSettled, OwnChange, PolicyInvalid
from channel_registry.models import PolicyDraft, PolicyVersion
from channel_registry.types import DraftState
from kit.refusal import NotAllowed, NotFound
from tests.services.channel_registry.conftest import operator

pytestmark = pytest.mark.django_db

BODY = {"session": {"idle": "15m"}, "actions": {"contact.update": {"class": "change"}}}


@pytest.fixture
def draft(web, wanda):
    return services.draft_policy(channel=web, body=BODY, note="shorter sessions", call=wanda)


@pytest.fixture
def proposed(draft, wanda):
    return services.propose_draft(draft=draft.pk, digest=draft.digest, call=wanda)


def told(*types: str) -> list[tuple[str, str]]:
    return list(Event.objects.filter(type__in=types).order_by("id").values_list("type", "actor"))


def test_a_draft_changes_nothing_in_force(draft):
    assert (draft.state, draft.author) == (DraftState.DRAFT, "account:wanda")
    assert queries.get_policy("web").session_idle_seconds == 3600
    assert told("policy.drafted") == [("policy.drafted", "account:wanda")]


def test_what_a_second_person_approves_is_live_under_both_names(proposed, pavel):
    approved = services.approve_draft(draft=proposed.pk, digest=proposed.digest, call=pavel)
    assert (approved.state, approved.decided_by) == (DraftState.APPROVED, "account:pavel")
    assert queries.get_policy("web").session_idle_seconds == 900
    version = queries.find_live_version("web")
    assert version is not None
    assert (version.number, version.author, version.approver) == (2, "account:wanda", "account:pavel")
    assert version.note == "shorter sessions"
    published = Event.objects.filter(type="policy.published").latest("id")
    assert published.actor == "account:pavel"
    assert (published.payload["author"], published.payload["approved"]) == ("account:wanda", True)


def test_nobody_approves_her_own_change_whatever_her_roles(web, call):
    olu = operator(call, "olu", "admin", "author", "approver")
    draft = services.draft_policy(channel=web, body=BODY, call=olu)
    services.propose_draft(draft=draft.pk, digest=draft.digest, call=olu)
    with pytest.raises(OwnChange) as refused:
        services.approve_draft(draft=draft.pk, digest=draft.digest, call=olu)
    assert (refused.value.status, refused.value.code) == (403, "own_change")
    with pytest.raises(OwnChange):
        services.reject_draft(draft=draft.pk, call=olu)
    assert queries.get_policy("web").session_idle_seconds == 3600


@pytest.mark.parametrize("roles", [(), ("approver",), ("auditor",), ("steward", "support")])
def test_only_authors_and_admins_write(web, call, roles):
    with pytest.raises(NotAllowed):
        services.draft_policy(channel=web, body=BODY, call=operator(call, "nora", *roles))
    assert not PolicyDraft.objects.exists()


@pytest.mark.parametrize("roles", [(), ("author",), ("auditor",), ("steward", "support")])
def test_only_approvers_and_admins_decide(proposed, call, roles):
    nora = operator(call, "nora", *roles)
    for act in (
        lambda: services.approve_draft(draft=proposed.pk, digest=proposed.digest, call=nora),
        lambda: services.reject_draft(draft=proposed.pk, call=nora),
        lambda: services.rollback_policy(channel="web", number=1, call=nora),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_whoever_acts_for_somebody_else_decides_nothing(proposed, pavel):
    acting = replace(pavel, caller=replace(pavel.caller, act="somebody"))
    with pytest.raises(NotAllowed):
        services.approve_draft(draft=proposed.pk, digest=proposed.digest, call=acting)


def test_the_system_itself_is_no_second_person(proposed, call):
    with pytest.raises(NotAllowed):
        services.approve_draft(draft=proposed.pk, digest=proposed.digest, call=call)


def test_nobody_else_touches_a_draft(draft, call):
    aida = operator(call, "aida", "author")
    for act in (
        lambda: services.change_draft(draft=draft.pk, body=BODY, call=aida),
        lambda: services.propose_draft(draft=draft.pk, digest=draft.digest, call=aida),
        lambda: services.withdraw_draft(draft=draft.pk, call=aida),
        lambda: services.keep_simulation(
            draft=draft.pk, digest=draft.digest, simulation={}, call=operator(call, "vera", "auditor")
        ),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_what_was_only_drafted_cannot_be_approved(draft, pavel):
    with pytest.raises(DraftSettled):
        services.approve_draft(draft=draft.pk, digest=draft.digest, call=pavel)


def test_a_draft_on_a_version_that_is_no_longer_live_is_outdated(proposed, pavel, call):
    services.publish_policy(channel="web", body={"session": {"idle": "2h"}}, call=call)
    with pytest.raises(DraftOutdated) as refused:
        services.approve_draft(draft=proposed.pk, digest=proposed.digest, call=pavel)
    assert (refused.value.status, refused.value.code) == (409, "draft_outdated")
    assert queries.get_policy("web").session_idle_seconds == 7200


def test_only_what_was_read_is_approved(proposed, pavel):
    with pytest.raises(DraftOutdated):
        services.approve_draft(draft=proposed.pk, digest="of another body", call=pavel)


def test_a_rejected_change_stays_with_its_reason_and_is_final(proposed, pavel, wanda):
    rejected = services.reject_draft(draft=proposed.pk, reason="too short", call=pavel)
    assert (rejected.state, rejected.reason) == (DraftState.REJECTED, "too short")
    for act in (
        lambda: services.approve_draft(draft=proposed.pk, digest=proposed.digest, call=pavel),
        lambda: services.withdraw_draft(draft=proposed.pk, call=wanda),
        lambda: services.change_draft(draft=proposed.pk, body=BODY, call=wanda),
        lambda: services.propose_draft(draft=proposed.pk, digest=proposed.digest, call=wanda),
    ):
        with pytest.raises(DraftSettled):
            act()


def test_a_proposed_change_is_frozen_and_can_be_withdrawn(proposed, wanda, pavel):
    with pytest.raises(DraftSettled):
        services.change_draft(draft=proposed.pk, body={"session": {"idle": "5m"}}, call=wanda)
    assert services.withdraw_draft(draft=proposed.pk, call=wanda).state == DraftState.WITHDRAWN
    with pytest.raises(DraftSettled):
        services.approve_draft(draft=proposed.pk, digest=proposed.digest, call=pavel)


def test_writing_it_anew_voids_what_was_simulated_and_takes_the_version_in_force(draft, wanda, call):
    services.keep_simulation(draft=draft.pk, digest=draft.digest, simulation={"judged": 3}, call=wanda)
    kept = queries.get_draft(draft.pk).simulation
    assert kept is not None
    assert kept["judged"] == 3
    services.publish_policy(channel="web", body={"session": {"idle": "2h"}}, call=call)
    changed = services.change_draft(draft=draft.pk, body={"session": {"idle": "5m"}}, call=wanda)
    assert changed.simulation is None
    with pytest.raises(DraftOutdated, match="simulate it again"):
        services.propose_draft(draft=draft.pk, digest=draft.digest, call=wanda)
    assert services.propose_draft(draft=draft.pk, digest=changed.digest, call=wanda).state == DraftState.PROPOSED


def test_a_simulation_of_an_older_text_is_not_kept(draft, wanda):
    services.keep_simulation(draft=draft.pk, digest="older", simulation={"judged": 3}, call=wanda)
    assert queries.get_draft(draft.pk).simulation is None


@pytest.mark.parametrize(
    ("body", "path", "problem"),
    [
        ({}, "", "empty"),
        (None, "", "empty"),
        ([], "", "group of fields"),
        ({"session": {"idle": "2d", "absolute": "1d"}}, "session.idle", "longer"),
        ({"actions": {"contact.update": {"class": "change", "threshold": 0.9999}}}, "actions.contact.update", "0.9995"),
        ({"session": {"idle": "1h"}}, "", "in force already"),
    ],
)
def test_what_is_empty_contradictory_or_impossible_is_refused_with_its_path(web, wanda, body, path, problem):
    with pytest.raises(PolicyInvalid) as refused:
        services.draft_policy(channel=web, body=body, call=wanda)
    assert refused.value.status == 422
    assert refused.value.path == path
    assert problem in refused.value.problem
    assert not PolicyDraft.objects.exists()


def test_what_a_kiosk_forgets_within_a_minute_is_refused_there_only(call, wanda):
    for slug in ("in_store", "web"):
        services.create_channel(slug=slug, name=slug, call=call)
    body = {"actions": {"orders.view": {"class": "history"}}}
    assert services.draft_policy(channel="web", body=body, call=wanda).state == DraftState.DRAFT
    with pytest.raises(PolicyInvalid, match="44 s"):
        services.draft_policy(channel="in_store", body=body, call=wanda)


@pytest.mark.parametrize("note", ["two\nlines", "x" * 301, "turned \u202e around"])
def test_a_note_is_one_printable_line(web, wanda, note):
    with pytest.raises(PolicyInvalid, match="one line"):
        services.draft_policy(channel=web, body=BODY, note=note, call=wanda)


def test_of_a_channel_or_change_that_is_not_there_nothing_is_found(web, wanda, pavel):
    with pytest.raises(NotFound):
        services.draft_policy(channel="nowhere", body=BODY, call=wanda)
    with pytest.raises(NotFound):
        services.approve_draft(draft=4711, digest="", call=pavel)
    with pytest.raises(NotFound):
        services.rollback_policy(channel="web", number=99, call=pavel)


def test_going_back_is_one_deed_and_the_next_version(proposed, pavel):
    services.approve_draft(draft=proposed.pk, digest=proposed.digest, call=pavel)
    back = services.rollback_policy(channel="web", number=1, call=pavel)
    assert (back.number, back.note, back.author) == (3, "back to version 1", "account:pavel")
    assert queries.get_policy("web").session_idle_seconds == 3600
    assert told("policy.rolled_back") == [("policy.rolled_back", "account:pavel")]


def test_going_back_to_what_is_in_force_changes_nothing(web, pavel):
    assert services.rollback_policy(channel=web, number=1, call=pavel).number == 1
    assert PolicyVersion.objects.count() == 1
    assert told("policy.rolled_back") == []


def test_without_a_second_person_the_journal_says_so(web):
    payload = Event.objects.get(type="policy.published").payload
    assert (payload["approved"], payload["draft"]) == (False, None)
