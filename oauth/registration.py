"""Between a client's draft and its row: one direction each, and what makes a draft invalid."""

from typing import Any

from oauth.models import Client
from oauth.rules import redirect_uri_problem
from oauth.scopes import SCOPES
from oauth.types import ClientAuthentication, ClientDraft, GrantType

_TYPES = ("confidential", "public")
_APPLICATION_TYPES = ("web", "native")


def client_columns(draft: ClientDraft) -> dict[str, Any]:
    """The columns of a client's row that a draft decides."""
    public = draft.client_type == "public"
    return {
        "name": draft.name,
        "channel_id": draft.channel,
        "client_type": draft.client_type,
        "application_type": draft.application_type,
        "authorization_grant_type": Client.GRANT_AUTHORIZATION_CODE,
        "token_endpoint_auth_method": ClientAuthentication.NONE if public else ClientAuthentication.BASIC,
        "redirect_uris": " ".join(draft.redirect_uris),
        "post_logout_redirect_uris": " ".join(draft.post_logout_redirect_uris),
        "grant_types": " ".join(draft.grant_types),
        "scopes": " ".join(draft.scopes),
        "default_scopes": " ".join(draft.default_scopes),
        "resource": draft.resource,
        "resource_servers": " ".join(draft.resource_servers),
        "skip_authorization": draft.first_party,
    }


def draft_of(client: Client) -> ClientDraft:
    """The draft that would make this client: what the YAML export writes and the journal keeps."""
    return ClientDraft(
        name=client.name,
        channel=client.channel_id,
        client_type=client.client_type,
        application_type=client.application_type,
        redirect_uris=client.redirect_uri_list,
        post_logout_redirect_uris=client.post_logout_redirect_uri_list,
        grant_types=tuple(client.grant_types.split()),
        scopes=client.scope_list,
        default_scopes=client.default_scope_list,
        resource=client.resource,
        resource_servers=client.resource_server_list,
        first_party=client.skip_authorization,
    )


def draft_problem(draft: ClientDraft) -> str | None:
    """Why a draft cannot become a client, as `field: reason.`, or None."""
    return next(iter(_problems(draft)), None)


def _problems(draft: ClientDraft) -> list[str]:
    return [*_problems_of_kind(draft), *_problems_of_scopes(draft), *_problems_of_uris(draft)]


def _problems_of_kind(draft: ClientDraft) -> list[str]:
    problems = []
    if not draft.name.strip() or len(draft.name) > 100 or not draft.name.isprintable():
        problems.append("name: give 1 to 100 printable characters.")
    if draft.client_type not in _TYPES:
        problems.append("client_type: confidential or public.")
    if draft.application_type not in _APPLICATION_TYPES:
        problems.append("application_type: web or native.")
    if unknown := set(draft.grant_types) - {each.value for each in GrantType}:
        problems.append(f"grant_types: {sorted(unknown)} are not offered.")
    if draft.client_type == "public" and GrantType.CLIENT_CREDENTIALS in draft.grant_types:
        problems.append("grant_types: client_credentials needs a confidential client.")
    if GrantType.AUTHORIZATION_CODE in draft.grant_types and not draft.redirect_uris:
        problems.append("redirect_uris: authorization_code needs at least one.")
    return problems


def _problems_of_scopes(draft: ClientDraft) -> list[str]:
    problems = []
    if unknown := set(draft.scopes) - set(SCOPES):
        problems.append(f"scopes: {sorted(unknown)} do not exist.")
    if beyond := set(draft.default_scopes) - set(draft.scopes):
        problems.append(f"default_scopes: {sorted(beyond)} are not among scopes.")
    return problems


def _problems_of_uris(draft: ClientDraft) -> list[str]:
    native = draft.application_type == "native"
    problems = [
        f"{field}: {uri!r} {reason}."
        for field, uris in (
            ("redirect_uris", draft.redirect_uris),
            ("post_logout_redirect_uris", draft.post_logout_redirect_uris),
        )
        for uri in uris
        if (reason := redirect_uri_problem(uri, native=native))
    ]
    for uri in (*draft.resource_servers, *([draft.resource] if draft.resource else [])):
        if redirect_uri_problem(uri, native=False) and not uri.startswith("urn:"):
            problems.append(f"resource: {uri!r} must be an https address or a urn.")
    return problems
