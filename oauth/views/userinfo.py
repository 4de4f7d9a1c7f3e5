"""Claims about the customer for whoever holds her access token (OIDC Core 5.3, RFC 6750)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kit.http import call_from
from oauth import conf
from oauth.errors import InvalidAccessToken
from oauth.queries import get_userinfo, read_access_token
from oauth.views.answers import open_to_any_origin, preflight, private


@csrf_exempt
@require_http_methods(["GET", "POST", "OPTIONS"])
def userinfo(request: HttpRequest) -> HttpResponse:
    """Claims about the customer (OIDC Core 5.3); the token travels in the Authorization header only.

    `?purpose=` says what they are wanted for, and narrows the answer to that. Pages of any site may ask, because the
    header alone decides.
    """
    if request.method == "OPTIONS":
        return preflight("GET", "POST")
    return open_to_any_origin(_userinfo(request))


def _userinfo(request: HttpRequest) -> HttpResponse:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    call = call_from(request)
    try:
        if scheme.lower() != "bearer" or not token:
            return _bearer_error("", 401)
        claims = read_access_token(token=token.strip(), now=call.now, audience=conf.own_audience())
        scopes = frozenset(claims["scope"].split())
        if "openid" not in scopes or "sid" not in claims:
            return _bearer_error('error="insufficient_scope", scope="openid"', 403)
        body = get_userinfo(
            subject=claims["sub"], scopes=scopes, client_id=claims["client_id"], now=call.now, purpose=_purpose(request)
        )
    except InvalidAccessToken:
        return _bearer_error('error="invalid_token"', 401)
    return private(JsonResponse(body))


def _purpose(request: HttpRequest) -> str:
    """What the claims are wanted for this time, if the address says so; what is no purpose opens nothing."""
    stated = request.GET.getlist("purpose")
    if not stated:
        return ""
    fits = len(stated) == 1 and 0 < len(stated[0]) <= _LONGEST_PURPOSE and stated[0].isprintable()
    return stated[0] if fits else _NO_PURPOSE


_LONGEST_PURPOSE = 64
_NO_PURPOSE = "?"


def _bearer_error(details: str, status: int) -> HttpResponse:
    response = HttpResponse(status=status)
    response["WWW-Authenticate"] = f'Bearer realm="throughline"{", " if details else ""}{details}'
    return private(response)
