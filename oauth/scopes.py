"""The scopes there are, what each means to a person, and the toolkit's view of them."""

from typing import Any

from oauth2_provider.scopes import BaseScopes

#: Scopes for identity: shown to customers on the consent page.
IDENTITY_SCOPES = {
    "openid": "Know that it is you",
    "profile": "See your name",
    "email": "See your e-mail address",
    "offline_access": "Stay connected while you are away",
}
#: Named scopes of the gateway's API; they are given to clients by registration, never by asking.
API_SCOPES = {
    "decisions": "Ask for decisions",
    "explain": "Read why a decision was made",
    "consent.read": "Read what you allow",
    "consent.write": "Record what you allow",
    "resolution.resolve": "Match records to people",
    "handoff": "Hand a session over to another channel",
    "feeds": "Send profile data and signals",
}
SCOPES = {**IDENTITY_SCOPES, **API_SCOPES}


class GatewayScopes(BaseScopes):
    """Each client has its own scopes; a request without `scope` gets the client's default ones."""

    def get_all_scopes(self) -> dict[str, str]:
        return SCOPES

    def get_available_scopes(self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        return [scope for scope in application.scope_list if scope in SCOPES] if application else []

    def get_default_scopes(self, application: Any = None, request: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        return list(application.default_scope_list) if application else []
