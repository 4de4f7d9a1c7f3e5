"""What the gateway says of itself: only what works and is tested."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from keyring.queries import list_published_keys
from oauth.queries import get_metadata
from oauth.views.answers import open_to_any_origin


@require_GET
def metadata(request: HttpRequest) -> HttpResponse:
    """OIDC Discovery and RFC 8414: one document at both addresses."""
    response = JsonResponse(get_metadata())
    response["Cache-Control"] = "public, max-age=300"
    return open_to_any_origin(response)


@require_GET
def jwks(request: HttpRequest) -> HttpResponse:
    """The public keys that tokens verify with (RFC 7517)."""
    response = JsonResponse({"keys": list_published_keys()}, content_type="application/jwk-set+json")
    response["Cache-Control"] = "public, max-age=300"
    return open_to_any_origin(response)
