"""What a developer needs to know about one client."""

from kit.refusal import NotFound
from oauth import conf
from oauth.models import Client
from oauth.queries.metadata import get_metadata
from oauth.rules import snippets_for
from oauth.types import IDENTITY_SCOPES, ClientFacts, ClientGuide


def get_client_guide(*, client_id: str) -> ClientGuide:
    """Registered data, addresses and copy-paste configuration of a client, switched off or not; never its secret.

    Raises NotFound.
    """
    client = Client.objects.filter(client_id=client_id).first()
    if client is None:
        raise NotFound
    metadata = get_metadata()
    return ClientGuide(
        client_id=client.client_id,
        enabled=client.enabled,
        registration=client.draft,
        authentication=client.token_endpoint_auth_method,
        issuer=conf.issuer(),
        addresses={name: url for name, url in metadata.items() if name.endswith("_endpoint") or name == "jwks_uri"},
        snippets=snippets_for(_facts(client)),
    )


def _facts(client: Client) -> ClientFacts:
    return ClientFacts(
        issuer=conf.issuer(),
        client_id=client.client_id,
        public=not client.is_confidential,
        grant_types=client.draft.grant_types,
        redirect_uri=next(iter(client.redirect_uri_list), ""),
        scopes=tuple(scope for scope in client.default_scope_list if scope in IDENTITY_SCOPES) or ("openid",),
        resource=client.resource,
        vendor=client.vendor,
    )
