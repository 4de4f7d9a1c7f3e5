"""The toolkit's view of our scopes."""

from typing import Any

from oauth2_provider.scopes import BaseScopes

from oauth.types import SCOPES


class GatewayScopes(BaseScopes):
    """Each client has its own scopes; a request without `scope` gets the client's default ones."""

    def get_all_scopes(self) -> dict[str, str]:
        return SCOPES

    def get_available_scopes(self, application: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        return [scope for scope in application.scope_list if scope in SCOPES] if application else []

    def get_default_scopes(self, application: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        return list(application.default_scope_list) if application else []
