"""oauthlib's authorization endpoint, reduced to what the gateway offers: the code response."""

from typing import Any

from oauthlib.oauth2.rfc6749.endpoints import AuthorizationEndpoint
from oauthlib.oauth2.rfc6749.grant_types import AuthorizationCodeGrant
from oauthlib.oauth2.rfc6749.tokens import BearerToken


class GatewayServer(AuthorizationEndpoint):
    """Validates authorization requests. Tokens are issued by `oauth.grants`, one deed per grant."""

    def __init__(self, request_validator: Any, **kwargs: Any) -> None:
        self.request_validator = request_validator
        super().__init__(
            default_response_type="code",
            default_token_type=BearerToken(request_validator),
            response_types={"code": AuthorizationCodeGrant(request_validator)},
        )
