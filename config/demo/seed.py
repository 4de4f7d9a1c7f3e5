"""Bringing the demo into a database: what exists is kept, what is missing is made, secrets come from `demo.json`."""

from pathlib import Path
from typing import Any

from accounts.queries import find_account_by_email
from accounts.services import enroll_totp, register_account, register_operator
from accounts.types import Kind
from channel_registry.queries import export_channels
from channel_registry.services import apply_channels
from config.demo.cast import CHANNELS, CUSTOMERS, OPERATORS, DemoClient, Person, list_clients
from config.demo.demo_file import new_password, new_totp_secret, read_demo, write_demo
from keyring.services import ensure_signing_key
from kit.call import CallContext
from kit.ids import new_secret
from kit.unit_of_work import deed
from oauth import queries as oauth_queries
from oauth.services import change_client, register_client


class SecretsLost(Exception):
    """Something of the demo is in the database, but the file that holds its secret is not there any more."""


@deed
def seed_demo(*, path: Path, issuer: str, call: CallContext) -> dict[str, Any]:
    """Make the demo complete and write its file; a second run changes nothing but what moved with the issuer.

    The file is written before the commit: interrupted at any point, the next run finds every secret it needs.
    Raises SecretsLost, and ValueError for an unreadable file.
    """
    before = read_demo(path)
    ensure_signing_key(call=call)
    _add_channels(call)
    demo = before | {
        "issuer": issuer,
        "customers": {each.key: _keep_person(each, before.get("customers", {}), call) for each in CUSTOMERS},
        "operators": {each.key: _keep_person(each, before.get("operators", {}), call) for each in OPERATORS},
        "clients": {each.key: _keep_client(each, before.get("clients", {}), call) for each in list_clients(issuer)},
    }
    if demo != before:
        write_demo(path, demo)
    return demo


def _add_channels(call: CallContext) -> None:
    """What is missing only: an operator may have changed the rest."""
    present = export_channels()["channels"]
    document = {}
    for slug, entry in CHANNELS.items():
        if slug not in present:
            document[slug] = entry
        elif "policy" not in present[slug]:
            document[slug] = {"policy": entry["policy"]}
    apply_channels(document={"channels": document}, call=call)


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


def _keep_client(client: DemoClient, before: dict[str, Any], call: CallContext) -> dict[str, Any]:
    known = before.get(client.key, {})
    client_id, draft = known.get("client_id") or client.key, client.draft
    exists = client_id in {each.client_id for each in oauth_queries.list_clients()}
    if exists and "client_secret" not in known:
        raise SecretsLost(client_id)
    secret = known.get("client_secret") or new_secret()
    redirect_uris = list(draft.redirect_uris)
    if not exists:
        register_client(draft=draft, client_id=client_id, client_secret=secret, call=call)
    elif known.get("redirect_uris", []) != redirect_uris:  # the gateway, and the sites with it, moved to other ports
        change_client(client_id=client_id, draft=draft, call=call)
    entry: dict[str, Any] = {"channel": draft.channel, "client_id": client_id, "client_secret": secret}
    if redirect_uris:
        entry["redirect_uris"] = redirect_uris
    if draft.post_logout_redirect_uris:
        entry["post_logout_redirect_uris"] = list(draft.post_logout_redirect_uris)
    if draft.resource:
        entry |= {"resource": draft.resource, "scopes": " ".join(draft.scopes)}
    if client.note:
        entry["note"] = client.note
    return entry
