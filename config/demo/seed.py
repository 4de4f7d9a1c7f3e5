"""Bringing the demo into a database: what is missing is made, what nobody changed since is brought up to date.

What an operator has changed is kept, and told. Secrets come from `demo.json`.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.queries import find_account_by_email
from accounts.services import enroll_totp, register_account, register_operator
from accounts.types import Kind
from channel_registry.queries import find_live_version, list_channels, plan_channels
from channel_registry.services import apply_channels
from config.demo.cast import CHANNELS, CUSTOMERS, FEEDS, OPERATORS, Person
from config.demo.clients import DemoClient, list_clients
from config.demo.consent import keep_consent
from config.demo.demo_file import new_password, new_totp_secret, read_demo, write_demo
from config.demo.systems import DemoSystem, list_systems
from consent.queries import find_purpose
from keyring.services import ensure_signing_key
from kit.call import CallContext
from kit.ids import new_secret
from kit.unit_of_work import deed
from oauth import queries as oauth_queries
from oauth.errors import InvalidAccessToken
from oauth.services import change_client, make_provisioning_token, register_client
from oauth.types import ClientDraft
from sync.queries import export_feeds, find_connection, open_secrets
from sync.services import apply_feeds, change_connection, create_connection
from sync.types import ConnectionDraft

_SCIM_LIFETIME = timedelta(days=365)


class SecretsLost(Exception):
    """Something of the demo is in the database, but the file that holds its secret is not there any more."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What is in `demo.json` now, and what the person at the keyboard should hear: one sentence each."""

    demo: dict[str, Any]
    told: list[str] = field(default_factory=list)


@deed
def seed_demo(*, path: Path, issuer: str, call: CallContext) -> Seeded:
    """Make the demo complete and write its file; a second run changes nothing but what moved with the issuer.

    The file is written before the commit: interrupted at any point, the next run finds every secret it needs.
    Raises SecretsLost, and ValueError for an unreadable file.
    """
    before = read_demo(path)
    told: list[str] = []
    ensure_signing_key(call=call)
    _keep_channels(told, call)
    known = before.get("clients", {})
    customers = {each.key: _keep_person(each, before.get("customers", {}), call) for each in CUSTOMERS}
    notices = keep_consent(customers["ana"]["sub"], call)  # before the clients that declare a purpose
    demo = before | {
        "issuer": issuer,
        "customers": customers,
        "operators": {each.key: _keep_person(each, before.get("operators", {}), call) for each in OPERATORS},
        "clients": {each.key: _keep_client(each, known.get(each.key, {}), told, call) for each in list_clients(issuer)},
    }
    _keep_feeds(demo["clients"], call)
    if settings.FETCH_ALLOW_LOOPBACK:  # they live on this machine, or nowhere
        heard = before.get("connected_systems", {})
        demo["connected_systems"] = heard | {
            each.key: _keep_system(each, heard.get(each.key, {}), told, call) for each in list_systems(issuer)
        }
        crm = demo["connected_systems"]["crm"]
        crm["scim_token"] = _keep_scim_token(demo["clients"]["crm_people"], heard.get("crm", {}), call)
    demo["notices"] = notices
    if demo != before:
        write_demo(path, demo)
    return Seeded(demo, told)


def _keep_channels(told: list[str], call: CallContext) -> None:
    """Missing channels and policies are made; a policy that came from here follows the demo, another one stays."""
    present = {channel.slug for channel in list_channels()}
    document: dict[str, Any] = {}
    for slug, entry in CHANNELS.items():
        if slug not in present:
            document[slug] = entry
            continue
        wanted, live = {"policy": entry["policy"]}, find_live_version(slug)
        if live is None or live.author == call.caller.actor:
            document[slug] = wanted
        elif plan_channels({"channels": {slug: wanted}}):
            told.append(
                f"Channel {slug}: {live.author} published its policy, so it stays; the demo's is {entry['policy']}"
            )
    apply_channels(document={"channels": document}, call=call)


def _keep_feeds(clients: dict[str, dict[str, Any]], call: CallContext) -> None:
    """Missing feeds are made; one that is there stays as it is."""
    present = export_feeds()["feeds"]
    missing = {slug: body for slug, body in FEEDS.items() if slug not in present}
    named = {slug: body | {"client": clients[body["client"]]["client_id"]} for slug, body in missing.items()}
    apply_feeds(document={"feeds": named}, call=call)


def _keep_person(person: Person, before: dict[str, Any], call: CallContext) -> dict[str, Any]:
    known = before.get(person.key, {})
    account = find_account_by_email(person.email)
    if account is not None and "password" not in known:
        raise SecretsLost(person.email)
    login = {
        "email": person.email,
        "name": person.name,
        "password": known.get("password") or new_password(),
    }
    if person.second_factor:
        login["totp_secret"] = known.get("totp_secret") or new_totp_secret()
    return login | {"sub": account.sub if account else _register(person, login, call)}


def _register(person: Person, login: dict[str, Any], call: CallContext) -> str:
    who = {"email": person.email, "password": login["password"], "name": person.name}
    if person.role:
        account = register_operator(**who, roles=[person.role], call=call)
    else:
        account = register_account(**who, kind=Kind.CUSTOMER, email_verified=True, call=call)
    if person.second_factor:
        enroll_totp(sub=account.sub, secret=login["totp_secret"], call=call)
    return account.sub


def _keep_client(client: DemoClient, known: dict[str, Any], told: list[str], call: CallContext) -> dict[str, Any]:
    client_id, draft = known.get("client_id") or client.key, client.draft
    if draft.purpose and find_purpose(draft.purpose) is None:  # an operator pursues it no more
        draft = replace(draft, purpose="")
    public = draft.client_type == "public"
    secret = "" if public else known.get("client_secret") or new_secret()
    current = next((each.draft for each in oauth_queries.list_clients() if each.client_id == client_id), None)
    if current is None:
        register_client(draft=draft, client_id=client_id, client_secret=secret, call=call)
    elif not public and "client_secret" not in known:
        raise SecretsLost(client_id)
    elif known.get("registration", _digest(current)) == _digest(current):  # as this command left it
        change_client(client_id=client_id, draft=draft, call=call)
    elif current != draft:
        told.append(f"Client {client_id}: an operator changed its registration, so it stays as it is.")
        _move(client_id, current, draft, known, call)
        return _describe(client, client_id, secret) | {"registration": known["registration"]}
    return _describe(client, client_id, secret) | {"registration": _digest(draft)}


def _move(client_id: str, current: ClientDraft, draft: ClientDraft, known: dict[str, Any], call: CallContext) -> None:
    """The gateway, and the apps with it, may have moved to other ports: the addresses follow."""
    if known.get("redirect_uris", []) == list(draft.redirect_uris):
        return
    moved = replace(
        current,
        redirect_uris=draft.redirect_uris,
        post_logout_redirect_uris=draft.post_logout_redirect_uris,
        backchannel_logout_uri=draft.backchannel_logout_uri,
    )
    change_client(client_id=client_id, draft=moved, call=call)


def _keep_system(system: DemoSystem, known: dict[str, Any], told: list[str], call: CallContext) -> dict[str, Any]:
    """A connected system that nobody changed follows the demo; its secret is the one in force."""
    slug, draft = system.key, system.draft
    present = find_connection(slug=slug)
    if present is None:
        create_connection(slug=slug, draft=draft, secret=known.get("secret"), call=call)
    elif known.get("registration", _digest(present.draft)) == _digest(present.draft):
        change_connection(slug=slug, draft=draft, call=call)
    elif present.draft != draft:
        told.append(f"Connected system {slug}: an operator changed it, so it stays as it is.")
        moved = replace(present.draft, endpoint=draft.endpoint)
        change_connection(slug=slug, draft=moved, call=call)
        draft = moved
    secret = open_secrets(slug=slug, now=call.now)[0]
    registered = known.get("registration") if draft != system.draft else _digest(draft)
    return {"url": system.url, "secret": secret, "registration": registered}


def _keep_scim_token(client: dict[str, Any], known: dict[str, Any], call: CallContext) -> str:
    """The token with which a client calls `/scim/v2/`: the one it has while it counts, else a new one."""
    token = str(known.get("scim_token", ""))
    try:
        oauth_queries.read_provisioning_token(token=token, now=call.now)
    except InvalidAccessToken:
        _, token = make_provisioning_token(client_id=client["client_id"], lifetime=_SCIM_LIFETIME, call=call)
    return token


def _describe(client: DemoClient, client_id: str, secret: str) -> dict[str, Any]:
    """What `demo.json` says of a client."""
    draft = client.draft
    entry: dict[str, Any] = {"channel": draft.channel, "client_id": client_id}
    entry |= {"client_secret": secret} if secret else {"public": True}
    if client.url:
        entry["url"] = client.url
    if draft.redirect_uris:
        entry["redirect_uris"] = list(draft.redirect_uris)
    if draft.post_logout_redirect_uris:
        entry["post_logout_redirect_uris"] = list(draft.post_logout_redirect_uris)
    if draft.resource:
        entry |= {"resource": draft.resource, "scopes": " ".join(draft.scopes)}
    if draft.purpose:
        entry["purpose"] = draft.purpose
    if client.note:
        entry["note"] = client.note
    return entry


def _digest(draft: ClientDraft | ConnectionDraft) -> str:
    """How `demo.json` remembers what it last made of a client: an operator's change shows against it."""
    return hashlib.sha256(json.dumps(asdict(draft), sort_keys=True).encode()).hexdigest()[:16]
