"""oauthlib's questions about an authorization request, answered from our clients."""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749 import errors

from oauth.models import Client
from oauth.queries import find_client
from oauth.rules import code_challenge_is_valid, redirect_uri_matches


class GatewayValidator(OAuth2Validator):
    """The toolkit's validator, strict: code only, S256 only, redirect URIs byte for byte."""

    def _load_application(self, client_id: str, request: Any) -> Client | None:
        """The client that every other door knows by this id; it is looked up nowhere else."""
        request.client = find_client(client_id=client_id or "")
        return request.client

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Byte-equal to a registered one; native clients alone may vary the loopback port (RFC 8252)."""
        client = request.client
        return redirect_uri_matches(redirect_uri, client.redirect_uri_list, native=client.application_type == "native")

    def validate_response_type(
        self, client_id: str, response_type: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Only `code`; a combination that merely contains it is not offered."""
        if response_type != "code":
            raise errors.UnsupportedResponseTypeError(request=request)
        return bool(client.has_grant("authorization_code"))

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        """Always, and S256 only: `plain`, and the absent method that means `plain`, are refused (RFC 7636)."""
        if request.code_challenge and request.code_challenge_method != "S256":
            raise errors.InvalidRequestError(description="code_challenge_method must be S256.", request=request)
        if request.code_challenge and not code_challenge_is_valid(request.code_challenge):
            raise errors.InvalidRequestError(description="code_challenge is malformed.", request=request)
        return True
