"""The claims of userinfo, as the toolkit's documentation shows it."""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator


class Validator(OAuth2Validator):  # type: ignore[misc]  # a library without types
    """The default validator with name and address of the user."""

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        """Claims beside `sub`."""
        return {"name": request.user.get_full_name(), "email": request.user.email, "email_verified": True}
