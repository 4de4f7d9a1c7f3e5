"""What the gateway says of itself: only what works and is tested."""

import json
from functools import lru_cache

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from keyring.queries import list_published_keys
from oauth import conf
from oauth.queries import get_metadata
from oauth.views.answers import open_to_any_origin


@require_GET
def metadata(request: HttpRequest) -> HttpResponse:
    """OIDC Discovery and RFC 8414: one document at both addresses."""
    response = HttpResponse(_rendered(conf.issuer()), content_type="application/json")
    response["Cache-Control"] = "public, max-age=300"
    return open_to_any_origin(response)


@require_GET
def jwks(request: HttpRequest) -> HttpResponse:
    """The public keys that tokens verify with (RFC 7517)."""
    response = JsonResponse({"keys": list_published_keys()}, content_type="application/jwk-set+json")
    response["Cache-Control"] = "public, max-age=300"
    return open_to_any_origin(response)


@lru_cache(maxsize=1)
def _rendered(_issuer: str) -> bytes:
    """The metadata, which only the issuer decides, rendered once."""
    return json.dumps(get_metadata()).encode()
