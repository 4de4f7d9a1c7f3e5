"""Channels, policies and changes as operators see them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.queries import find_account
from channel_registry.queries import (
    PolicyInWords,
    compare_policies,
    describe_body,
    describe_rule,
    find_version,
    get_base_body,
    get_draft,
    get_live_body,
    get_sources_body,
    list_actions,
    list_channels,
    list_drafts,
    list_findings,
    list_new_findings,
    list_ranked_classes,
    list_reachable,
    list_source_rows,
    list_source_versions,
    list_versions,
    write_policy,
)
from channel_registry.types import OPEN_STATES, DraftState, FieldChange, Finding, Reachability
from kit.refusal import NotFound
from oauth.queries import find_client
from portal import rules


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of a policy: `by` and `approved_by` are names of people, or of what published it."""

    number: int
    live: bool
    by: str
    approved_by: str
    note: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ChannelView:
    """One channel on the overview."""

    slug: str
    name: str
    enabled: bool
    version: int | None
    actions: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Count:
    """How often an outcome came before a change and would come after it."""

    outcome: str
    before: int
    after: int
    difference: str


@dataclass(frozen=True, slots=True)
class Move:
    """How many decisions a change would turn from one outcome into another."""

    before: str
    after: str
    count: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a change would have made of recorded decisions."""

    judged: int
    changed: int
    since: datetime | None
    at: datetime
    counts: tuple[Count, ...]
    moves: tuple[Move, ...]
    named: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change of a policy as the page about it shows it."""

    id: int
    channel: str | None
    title: str
    state: DraftState
    is_open: bool
    note: str
    reason: str
    by: str
    author: str
    decided_by: str
    created_at: datetime
    decided_at: datetime | None
    digest: str
    outdated: bool
    changes: tuple[FieldChange, ...]
    text: str
    simulation: Simulation | None
    findings: tuple[Finding, ...]


def list_channel_views() -> list[ChannelView]:
    """Every channel, with its version in force and how many changes wait for somebody."""
    waiting = [draft.channel_id for draft in list_drafts(limit=200) if draft.state == DraftState.PROPOSED]
    catalogue = list_actions()
    return [
        ChannelView(
            slug=channel.slug,
            name=channel.name,
            enabled=channel.enabled,
            version=live.version.number if (live := getattr(channel, "live", None)) else None,
            actions=sum(channel.slug in by_channel for by_channel in catalogue.values()),
            waiting=waiting.count(channel.slug),
        )
        for channel in list_channels()
    ]


def get_channel(slug: str) -> dict[str, Any]:
    """One channel's policy in words, its versions and its changes. Raises NotFound."""
    channel = next((each for each in list_channels() if each.slug == slug), None)
    if channel is None:
        raise NotFound("There is no such channel.")
    drafts = list_drafts(channel=slug)
    versions = _versions(slug)
    return {
        "channel": channel,
        "words": describe_body(get_live_body(slug)),
        "version": next((each for each in versions if each.live), None),
        "versions": versions,
        "open_changes": [_summary(draft) for draft in drafts if draft.state in OPEN_STATES],
        "past_changes": [_summary(draft) for draft in drafts if draft.state not in OPEN_STATES],
    }


def get_channel_name(slug: str) -> str:
    """What a channel is called. Raises NotFound."""
    name = next((each.name for each in list_channels() if each.slug == slug), None)
    if name is None:
        raise NotFound("There is no such channel.")
    return name


def get_version(slug: str, number: int) -> dict[str, Any]:
    """One version: its words, what it changed, and what going back to it would change. Raises NotFound."""
    version = find_version(slug, number)
    if version is None:
        raise NotFound("There is no such version.")
    before = find_version(slug, number - 1)
    words: PolicyInWords = describe_body(version.body)
    return {
        "channel": version.channel,
        "version": next(each for each in _versions(slug) if each.number == number),
        "words": words,
        "changes": compare_policies(before.body, version.body) if before else (),
        "back": compare_policies(get_live_body(slug), version.body),
        "findings": list_new_findings(slug, version.body),
    }


def get_change(draft: int) -> ChangeView:
    """One change, with what it changes and what was found out about it. Raises NotFound."""
    row = get_draft(draft)
    is_open = row.state in OPEN_STATES
    base = get_base_body(row)
    live = get_live_body(row.channel_id) if row.channel_id else get_sources_body()
    return ChangeView(
        id=row.pk,
        channel=row.channel_id,
        title=row.channel.name if row.channel else "Sources of truth",
        state=DraftState(row.state),
        is_open=is_open,
        note=row.note,
        reason=row.reason,
        by=name_actor(row.author),
        author=row.author,
        decided_by=name_actor(row.decided_by) if row.decided_by else "",
        created_at=row.created_at,
        decided_at=row.decided_at,
        digest=row.digest,
        outdated=is_open and bool(compare_policies(base, live)),
        changes=compare_policies(base, row.body),
        text=write_policy(row.body),
        simulation=_simulation(row.simulation) if row.simulation else None,
        findings=tuple(list_new_findings(row.channel_id, row.body)) if is_open and row.channel_id else (),
    )


def get_sources_page() -> dict[str, Any]:
    """Who is believed about what, with the versions of the ranking and the changes on their way."""
    rows = list_source_versions()
    names = _names(actor for row in rows for actor in (row.author, row.approver) if actor)
    versions = [_version(row, names, live=row == rows[0]) for row in rows]
    changes = [_summary(draft) for draft in list_drafts(channel=None) if draft.state in OPEN_STATES]
    return {
        "classes": list_ranked_classes(),
        "rows": list_source_rows(),
        "versions": versions,
        "open_changes": changes,
    }


def get_sources_version(number: int) -> dict[str, Any]:
    """One version of the ranking, and what going back to it would change. Raises NotFound."""
    rows = list_source_versions()
    row = next((each for each in rows if each.number == number), None)
    if row is None:
        raise NotFound("There is no such version.")
    names = _names(actor for actor in (row.author, row.approver) if actor)
    return {
        "version": _version(row, names, live=row == rows[0]),
        "back": compare_policies(get_sources_body(), row.body),
        "text": write_policy(row.body),
    }


def get_matrix() -> dict[str, Any]:
    """The action catalogue: for every action what each channel asks for; an empty text where it is not known."""
    channels = [channel for channel in list_channels() if channel.enabled]
    rows = [
        (name, [describe_rule(rules_by[each.slug]) if each.slug in rules_by else "" for each in channels])
        for name, rules_by in list_actions().items()
    ]
    return {"channels": channels, "rows": rows}


def list_weakest() -> dict[str, Any]:
    """The cheapest way to every action on every channel, and what is guarded less than elsewhere."""
    findings = list_findings()
    weak = {(each.action, each.channel) for each in findings}
    reachable: list[tuple[Reachability, bool]] = [(row, (row.action, row.channel) in weak) for row in list_reachable()]
    return {"findings": findings, "reachable": reachable}


_UNNAMED = {"agent": "an AI agent", "anonymous": "somebody who was not signed in"}


def name_actor(actor: str) -> str:
    """Who stands behind a name of the journal: a person's name, an app's, or which part of the gateway."""
    kind, _, name = actor.partition(":")
    if kind == "account":
        account = find_account(name)
        return (account.name or account.email) if account else "an operator who is gone"
    if kind == "client":
        client = find_client(client_id=name)
        return client.name if client else "an app that is gone"
    if kind in _UNNAMED:
        return _UNNAMED[kind]
    return {"system:policy": "the command line", "system:demo_seed": "the demo"}.get(actor, "the gateway itself")


def _versions(slug: str) -> list[VersionView]:
    live = next((each.live.version_id for each in list_channels() if each.slug == slug and hasattr(each, "live")), None)
    rows = list_versions(slug)
    names = _names(actor for row in rows for actor in (row.author, row.approver) if actor)
    return [_version(row, names, live=row.pk == live) for row in rows]


def _version(row: Any, names: Mapping[str, str], *, live: bool) -> VersionView:
    return VersionView(
        number=row.number,
        live=live,
        by=names[row.author],
        approved_by=names[row.approver] if row.approver else "",
        note=row.note,
        created_at=row.created_at,
    )


def _signed(difference: int) -> str:
    return f"{difference:+d}".replace("-", "\N{MINUS SIGN}") if difference else "0"


def _names(actors: Iterable[str]) -> dict[str, str]:
    return {actor: name_actor(actor) for actor in set(actors)}


def _summary(draft: Any) -> dict[str, Any]:
    return {
        "id": draft.pk,
        "state": draft.state,
        "note": draft.note,
        "by": name_actor(draft.author),
        "at": draft.created_at,
    }


def _simulation(stored: Mapping[str, Any]) -> Simulation:
    before, after = stored["before"], stored["after"]
    return Simulation(
        judged=stored["judged"],
        changed=stored["changed"],
        since=datetime.fromisoformat(stored["since"]) if stored["since"] else None,
        at=datetime.fromisoformat(stored["at"]),
        counts=tuple(
            Count(name, was, would, _signed(would - was))
            for code, name in rules.OUTCOMES.items()
            if (was := before.get(code, 0)) | (would := after.get(code, 0))
        ),
        moves=tuple(Move(rules.OUTCOMES[was], rules.OUTCOMES[would], count) for was, would, count in stored["moves"]),
        named=tuple(
            {**each, "before": rules.OUTCOMES[each["before"]], "after": rules.OUTCOMES[each["after"]]}
            for each in stored["named"]
        ),
    )
