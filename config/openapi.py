"""The published description of the API (OpenAPI 3.1), its pages, and what every operation has in common."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularJSONAPIView

from kit.refusal import NotFound
from oauth.types import API_SCOPES, IDENTITY_SCOPES

schema = SpectacularJSONAPIView.as_view()


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The description as a page: every script and style from our own origin, none of them inline."""
    return render(request, "api_docs.html")


def nothing_here(request: HttpRequest) -> HttpResponse:
    """An address under /api/ that is none: told to programs as a problem."""
    raise NotFound


class AccessTokens(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself, says the library
    """How the API's access tokens are asked for and sent."""

    target_class = "oauth.authentication.AccessTokenAuthentication"
    name = ["oauth2", "bearer"]  # noqa: RUF012  the library's form

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        """Both ways to a token, and the token by itself."""
        token_url = f"{settings.ISSUER_URL}/oauth/token"
        authorize_url = f"{settings.ISSUER_URL}/oauth/authorize"
        code = {"authorizationUrl": authorize_url, "tokenUrl": token_url, "scopes": IDENTITY_SCOPES}
        own = {"tokenUrl": token_url, "scopes": API_SCOPES}
        return [
            {"type": "oauth2", "flows": {"authorizationCode": code, "clientCredentials": own}},
            {"type": "http", "scheme": "bearer", "bearerFormat": "JWT (RFC 9068)"},
        ]


class SignedDeliveries(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # as above
    """How deliveries of feeds are signed."""

    target_class = "sync.authentication.SignedDelivery"
    name = "signature"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """One header stands for the envelope."""
        said = "Standard Webhooks, Ed25519: `v1a,<signature>`, beside `webhook-id` and `webhook-timestamp`."
        return {"type": "apiKey", "in": "header", "name": "webhook-signature", "description": said}


_PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457). `code` is stable; docs/errors.md lists them.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "example": "urn:throughline:error:not_found"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "description": "What is wrong with which field."},
    },
}
_CHALLENGE = {"description": "Which token is wanted (RFC 6750).", "required": True, "schema": {"type": "string"}}


def describe_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Every operation may answer a problem, and 401 with a challenge: a hook of drf-spectacular."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = _PROBLEM
    components["responses"] = {
        "Problem": {"description": "Refused.", "content": content},
        "Unauthorized": {
            "description": "No access token, or none that counts here.",
            "headers": {"WWW-Authenticate": _CHALLENGE},
            "content": content,
        },
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            # Either way of sending the token will do, and not both at once.
            operation["security"] = [{name: []} for each in operation.get("security", []) for name in each]
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True  # a door that reads a body wants one
            operation["responses"] |= {
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "4XX": {"$ref": "#/components/responses/Problem"},
            }
    return result
