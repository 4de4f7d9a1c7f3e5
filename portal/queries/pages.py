"""What the pages show, put together from the rooms below; they never write."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.urls import Resolver404, resolve, reverse

from accounts.queries import get_account, has_second_factor, list_authenticators, list_links, list_offered_providers
from accounts.types import Method
from audit.queries import list_events
from channel_registry.errors import ChannelUnavailable
from channel_registry.queries import get_policy
from delegation.queries import (
    can_assist_on,
    find_delegation_of_session,
    find_note,
    get_actor_name,
    list_live_about,
    list_live_of,
    list_past_of,
)
from delegation.types import DelegationState
from oauth.queries import find_client, find_waiting_channel, list_allowed_apps, list_clients
from oauth.types import SCOPES, GrantType
from portal import rules
from portal.types import (
    ActivityView,
    AppView,
    DeskView,
    DeviceView,
    EndedView,
    HelpView,
    SecuritySummary,
    ToldApp,
    TroubledView,
    UpstreamView,
)
from sessions_hub.flows.handoff import WAY_IN
from sessions_hub.queries import list_live_sessions
from sessions_hub.types import SessionState, Via
from sync.flows.endings import get_progress
from sync.queries import find_connection, list_troubled
from sync.types import Kind, State

CHANNEL = "web"
"""The channel of the gateway's own pages."""


def list_devices(*, subject: str, current_sid: str | None, now: datetime) -> list[DeviceView]:
    """Where a person is signed in, on all channels: this device first, then the one seen last."""
    states = list_live_sessions(subject=subject, now=now)
    names = {state.sid: _name_place(state) for state in states}
    devices = [
        DeviceView(
            sid=state.sid,
            name=_name(state),
            channel=rules.name_channel(state.channel),
            apps=_beside(_name(state), state.clients),
            level=rules.name_level(state.level.acr),
            methods=rules.name_methods(state.level.amr),
            place=state.place,
            origin=rules.describe_origin(state.via, names.get(state.root, "")),
            started_at=state.started_at,
            last_seen_at=max(state.last_seen_at, state.started_at),  # it may come from before the handoff
            current=state.sid == current_sid,
        )
        for state in states
    ]
    return sorted(devices, key=lambda device: not device.current)


def describe_ended(*, subject: str, sid: str) -> EndedView:
    """A session that was ended with all that ended with it, and which apps have confirmed. Raises NotFound."""
    states, progress = get_progress(subject=subject, sid=sid)
    places = {state.sid: _name_place(state) for state in states}
    apps = [
        ToldApp(
            name=_name_app(receipt.client_id),
            where=places.get(receipt.sid, ""),
            confirmed=receipt.confirmed,
            given_up=receipt.given_up,
            attempts=receipt.attempts,
        )
        for receipt in progress.receipts
    ]
    return EndedView(
        places=tuple(places.values()),
        apps=tuple(sorted(apps, key=lambda app: (app.confirmed, app.name, app.where))),
        notified=progress.notified,
        confirmed=progress.confirmed,
    )


def list_troubled_deliveries() -> list[TroubledView]:
    """Deliveries that nobody confirms, for operators: those still tried first, then those given up."""
    return [
        TroubledView(
            ref=each.ref,
            app=_name_receiver(each.transport, each.receiver),
            system=_find_system(each.transport, each.receiver),
            transport=rules.name_transport(each.transport),
            subject=each.subject,
            session=each.session,
            dead=each.state is State.DEAD,
            attempts=each.attempts,
            error=rules.name_delivery_error(each.last_error),
            created_at=each.created_at,
            next_attempt_at=each.next_attempt_at,
        )
        for each in list_troubled()
    ]


def find_device(*, subject: str, sid: str, current_sid: str | None, now: datetime) -> DeviceView | None:
    """One of a person's own signed-in devices; None when it is another's, unknown or over."""
    devices = list_devices(subject=subject, current_sid=current_sid, now=now)
    return next((device for device in devices if device.sid == sid), None)


def list_apps(*, subject: str) -> list[AppView]:
    """The apps a person allows, the latest first, in plain words."""
    return [
        AppView(
            client_id=app.client_id,
            name=app.name,
            may=tuple(SCOPES[scope] for scope in app.scopes if scope in SCOPES),
            allowed_at=app.allowed_at,
        )
        for app in list_allowed_apps(subject=subject)
    ]


def list_activity(*, subject: str, now: datetime, limit: int = 20) -> list[ActivityView]:
    """What happened to an account lately, newest first; the device is named while its session lives."""
    names = {state.sid: _name(state) for state in list_live_sessions(subject=subject, now=now)}
    activity = []
    for event in list_events(subject=subject, types=rules.told_events(), limit=limit):
        what, meaning, notable = _describe(event.type, event.payload)
        activity.append(
            ActivityView(
                at=event.occurred_at,
                what=what,
                meaning=meaning,
                device=names.get(event.session, ""),
                notable=notable,
            )
        )
    return activity


def get_security_summary(*, subject: str) -> SecuritySummary:
    """How an account is protected: password, second step, recovery codes."""
    account = get_account(subject)
    methods = [authenticator.method for authenticator in list_authenticators(account)]
    return SecuritySummary(
        has_password=account.has_usable_password(),
        has_two_step=has_second_factor(account),
        has_recovery_codes=Method.RECOVERY_CODE in methods,
        passkeys=methods.count(Method.PASSKEY),
    )


def find_channel(path: str) -> str:
    """The channel somebody signs in for who is to go on to this address: that of a waiting app, else the gateway's."""
    try:
        match = resolve(path)
    except Resolver404:
        return CHANNEL
    waiting = find_waiting_channel(uid=match.kwargs["uid"]) if match.view_name == "oauth:resume" else None
    return waiting or CHANNEL


def can_continue_elsewhere() -> bool:
    """Whether a sign-in can be carried over to the gateway's own pages on another device."""
    try:
        return WAY_IN in get_policy(CHANNEL).grants
    except ChannelUnavailable:
        return False


def find_waiting_page(path: str) -> str:
    """The address of a waiting app's request, when that is where somebody is to go on; else empty."""
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    return reverse("oauth:resume", args=[match.kwargs["uid"]]) if match.view_name == "oauth:resume" else ""


def list_ways_upstream(*, subject: str, channel: str) -> list[UpstreamView]:
    """The providers that open an account or could, by name."""
    offered = {each.slug: each.name for each in list_offered_providers(channel=channel)}
    linked = {each.slug: each for each in list_links(get_account(subject))}
    names = offered | {slug: link.name for slug, link in linked.items()}
    ways = [
        UpstreamView(
            slug, name, linked=slug in linked, offered=linked[slug].enabled if slug in linked else slug in offered
        )
        for slug, name in names.items()
    ]
    return sorted(ways, key=lambda way: (way.name, way.slug))


def list_desks() -> list[DeskView]:
    """The clients at which staff can help: switched on, registered for token exchange, on a channel that opens it."""
    return [
        DeskView(client.client_id, client.name, client.channel_id)
        for client in list_clients()
        if client.enabled and client.has_grant(GrantType.TOKEN_EXCHANGE) and can_assist_on(channel=client.channel_id)
    ]


def list_help_for(*, subject: str, now: datetime) -> list[HelpView]:
    """Who works in a customer's account at this moment."""
    return [_help(each, name=get_actor_name(each.actor)) for each in list_live_about(subject=subject, now=now)]


def list_help_by(*, actor: str, now: datetime) -> list[HelpView]:
    """In whose accounts a staff member works at this moment."""
    return [_help(each, name=_customer_name(each)) for each in list_live_of(actor=actor, now=now)]


def list_past_help_by(*, actor: str, now: datetime) -> list[HelpView]:
    """In whose accounts a staff member worked before, the latest first; their notes are not shown again."""
    past = list_past_of(actor=actor, now=now)
    return [replace(_help(each, name=_customer_name(each)), note="") for each in past]


def _help(delegation: DelegationState, *, name: str) -> HelpView:
    return HelpView(
        id=delegation.id,
        subject=delegation.subject,
        name=name,
        reason=rules.REASONS.get(delegation.reason, delegation.reason),
        note=find_note(delegation),
        begun_at=delegation.begun_at,
        expires_at=delegation.expires_at,
        ended_at=delegation.revoked_at or delegation.expires_at,
    )


def _customer_name(delegation: DelegationState) -> str:
    return get_account(delegation.subject).name


def _describe(type_name: str, payload: Mapping[str, Any]) -> tuple[str, str, bool]:
    if type_name not in {each.name for each in rules.HELP_EVENTS}:
        return rules.describe_event(type_name, payload)
    actor = str(payload.get("actor", "")).removeprefix("account:")
    return rules.describe_help(type_name, payload, name=get_actor_name(actor))


def _name(state: SessionState) -> str:
    """What somebody signed in with; where that is no browser of hers (a kiosk, a chat), the app itself."""
    if state.via is Via.ASSISTANCE:
        delegation = find_delegation_of_session(sid=state.sid)
        return rules.name_staff(get_actor_name(delegation.actor) if delegation else "")
    apps = () if state.via is Via.SIGN_IN else _name_apps(state.clients)
    return rules.name_device(state.user_agent, otherwise=", ".join(apps))


def _beside(name: str, client_ids: Iterable[str]) -> tuple[str, ...]:
    """The apps to be named beside a session's name: none where they are its name."""
    apps = _name_apps(client_ids)
    return () if ", ".join(apps) == name else apps


def _name_place(state: SessionState) -> str:
    return f"{_name(state)} ({rules.name_channel(state.channel)})"


def _name_apps(client_ids: Iterable[str]) -> tuple[str, ...]:
    found = (find_client(client_id=client_id) for client_id in client_ids)
    return tuple(dict.fromkeys(client.name for client in found if client))


def _find_system(transport: str, receiver: str) -> str:
    """The short name of the connected system that a delivery is for; empty where it is for an app."""
    return receiver.partition("/")[0] if transport in set(Kind) else ""


def _name_receiver(transport: str, receiver: str) -> str:
    slug = _find_system(transport, receiver)
    connection = find_connection(slug=slug) if slug else None
    return connection.draft.name if connection else slug or _name_app(receiver)


def _name_app(client_id: str) -> str:
    return next(iter(_name_apps([client_id])), client_id or "Nobody could be found out")
