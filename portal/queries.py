"""What the pages show, put together from the rooms below; they never write."""

from datetime import datetime

from django.urls import Resolver404, resolve, reverse

from accounts.queries import get_account, has_second_factor, list_authenticators, list_links, list_offered_providers
from accounts.types import Method
from audit.queries import list_events
from oauth.queries import find_client, find_waiting_channel, list_allowed_apps
from oauth.types import SCOPES
from portal import rules
from portal.types import ActivityView, AppView, DeviceView, SecuritySummary, UpstreamView
from sessions_hub.queries import list_live_sessions
from sessions_hub.types import SessionState

CHANNEL = "web"
"""The channel of the gateway's own pages."""


def list_devices(*, subject: str, current_sid: str | None, now: datetime) -> list[DeviceView]:
    """Where a person is signed in: this device first, then the one seen last."""
    devices = [
        DeviceView(
            sid=state.sid,
            name=rules.name_device(state.user_agent),
            detail=_detail(state),
            started_at=state.started_at,
            last_seen_at=state.last_seen_at,
            current=state.sid == current_sid,
        )
        for state in list_live_sessions(subject=subject, now=now)
    ]
    return sorted(devices, key=lambda device: not device.current)


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
    names = {state.sid: rules.name_device(state.user_agent) for state in list_live_sessions(subject=subject, now=now)}
    activity = []
    for event in list_events(subject=subject, types=rules.told_events(), limit=limit):
        what, meaning, notable = rules.describe_event(event.type, event.payload)
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


def _detail(state: SessionState) -> str:
    apps = [client.name for client_id in state.clients if (client := find_client(client_id=client_id))]
    parts = [rules.name_channel(state.channel), rules.name_methods(state.level.amr), ", ".join(apps)]
    return " · ".join(part for part in parts if part)
