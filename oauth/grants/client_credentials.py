"""A client's own token, with no customer in it (RFC 6749 section 4.4)."""

from kit.call import CallContext
from kit.ids import new_id
from kit.unit_of_work import observation
from oauth import conf
from oauth.errors import InvalidScope, UnauthorizedClient
from oauth.models import Client
from oauth.tokens import audience_for, record_issue, sign_access_token
from oauth.types import IDENTITY_SCOPES, AccessClaims, GrantType, Issued, Refused, TokenRequest


@observation
def issue_to_client(*, request: TokenRequest, client: Client, call: CallContext) -> Issued | Refused:
    """An access token for the client itself. Identity scopes make no sense here and are refused when asked for.

    Raises UnauthorizedClient for a public client and InvalidScope for a scope it may not have.
    """
    if not client.is_confidential:
        raise UnauthorizedClient
    own = tuple(scope for scope in client.scope_list if scope not in IDENTITY_SCOPES)
    default = tuple(scope for scope in client.default_scope_list if scope in own)
    scopes = tuple(dict.fromkeys(request.scope.split())) or default
    if not set(scopes) <= set(own):
        raise InvalidScope
    claims = AccessClaims(
        subject=client.client_id,
        client_id=client.client_id,
        scopes=scopes,
        audience=audience_for(client, request.resource),
        jti=new_id(),
    )
    access_token = sign_access_token(claims, call=call)
    record_issue(claims, grant_type=GrantType.CLIENT_CREDENTIALS, call=call)
    return Issued(access_token=access_token, expires_in=conf.ACCESS_TOKEN_SECONDS, scope=" ".join(scopes))
