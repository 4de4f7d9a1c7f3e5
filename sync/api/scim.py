"""SCIM 2.0 in (RFC 7643, RFC 7644): systems keep their people here, each in a feed of its own, by the scope `scim`."""

from typing import Any, cast

from django.http import HttpResponse, JsonResponse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from kit.http import call_from
from kit.json_bodies import StrictJson
from kit.permissions import ChannelClient
from kit.problems import exception_handler
from kit.refusal import NotAllowed, NotFound, Refusal
from sync import conf, rules, services
from sync.errors import ScimNotOffered
from sync.queries import get_scim_user, list_scim_schemas, search_scim_users
from sync.types import ScimPage, ScimUserState

MEDIA_TYPE = "application/scim+json"
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
_RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"


class ScimJson(StrictJson):
    """JSON read strictly, under the name that SCIM gives it too (RFC 7644 section 8.1)."""

    also = frozenset({MEDIA_TYPE})


class _OneKind(BaseContentNegotiation):
    """There is one kind of answer, whatever is asked for."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], MEDIA_TYPE


@extend_schema(exclude=True)
class ScimDoor(APIView):
    """What the doors have in common: a client's own token, JSON read strictly, errors as SCIM says them."""

    permission_classes = (IsAuthenticated, ChannelClient)
    parser_classes = (ScimJson,)
    content_negotiation_class = _OneKind
    scope = "scim"

    def get_exception_handler(self) -> Any:
        """Errors as RFC 7644 section 3.12 wants them."""
        return _refuse


@extend_schema(exclude=True)
class ScimNowhereView(ScimDoor):
    """No door: 404 as SCIM says it."""

    def get(self, request: Request, **_: str) -> HttpResponse:
        """Nothing here."""
        raise NotFound

    post = put = patch = delete = get


@extend_schema(exclude=True)
class ScimMeView(ScimDoor):
    """`/Me` is nobody: clients call for themselves (RFC 7644 section 3.11)."""

    def get(self, request: Request, **_: str) -> HttpResponse:
        """Not offered."""
        raise ScimNotOffered

    post = put = patch = delete = get


@extend_schema(exclude=True)
class ScimDiscoveryView(ScimDoor):
    """What is offered, and what the caller's own feed takes (RFC 7644 section 4)."""

    def get(self, request: Request, *, endpoint: str, id: str = "", **_: str) -> HttpResponse:
        """All of a kind, or one of them by its id."""
        if request.query_params.get("filter"):
            raise NotAllowed("What is offered is not filtered.")
        if endpoint == "ServiceProviderConfig":
            return _answer(_service_provider_config())
        schemas = list_scim_schemas(caller=call_from(request._request).caller)
        if endpoint == "Schemas":
            found = [_located(each.model_dump(), "Schema", f"Schemas/{each.id}") for each in schemas]
        else:
            found = [_resource_type([str(each.id) for each in schemas])]
        if not id:
            return _answer(_listing(ScimPage(len(found), 1, tuple(found))))
        one = [each for each in found if each["id"] == id]
        if not one:
            raise NotFound
        return _answer(one[0])


@extend_schema(exclude=True)
class ScimUsersView(ScimDoor):
    """The people that the caller keeps here."""

    def get(self, request: Request, **_: str) -> HttpResponse:
        """Search (RFC 7644 section 3.4.2)."""
        query = _query(request)
        return _answer(_listing(search_scim_users(query=query, caller=call_from(request._request).caller)))

    def post(self, request: Request, **_: str) -> HttpResponse:
        """Keep a new one (section 3.3)."""
        state = services.create_scim_user(body=_body(request), query=_query(request), call=call_from(request._request))
        return _user(state, 201)


@extend_schema(exclude=True)
class ScimSearchView(ScimDoor):
    """Search without personal data in an address (RFC 7644 section 3.4.3), of Users or at the root."""

    def post(self, request: Request, **_: str) -> HttpResponse:
        """Search by a body."""
        return _answer(_listing(search_scim_users(query=_body(request), caller=call_from(request._request).caller)))


@extend_schema(exclude=True)
class ScimUserView(ScimDoor):
    """One person that the caller keeps here; another system's is not there."""

    def get(self, request: Request, *, id: str, **_: str) -> HttpResponse:
        """Read (RFC 7644 section 3.4.1); 304 where the caller has this version."""
        state = get_scim_user(id=id, query=_query(request), caller=call_from(request._request).caller)
        known = request.headers.get("If-None-Match", "")
        if known and rules.names_version(known, state.number):
            return HttpResponse(status=304, headers={"ETag": rules.write_version(state.number)})
        return _user(state, 200)

    def put(self, request: Request, *, id: str, **_: str) -> HttpResponse:
        """Replace (section 3.5.1)."""
        return _user(services.replace_scim_user(id=id, **_said(request)), 200)

    def patch(self, request: Request, *, id: str, **_: str) -> HttpResponse:
        """Change (section 3.5.2)."""
        return _user(services.patch_scim_user(id=id, **_said(request)), 200)

    def delete(self, request: Request, *, id: str, **_: str) -> HttpResponse:
        """Keep no longer (section 3.6)."""
        if_match = request.headers.get("If-Match", "")
        services.delete_scim_user(id=id, if_match=if_match, call=call_from(request._request))
        return HttpResponse(status=204)


def _said(request: Request) -> dict[str, Any]:
    return {
        "body": _body(request),
        "query": _query(request),
        "if_match": request.headers.get("If-Match", ""),
        "call": call_from(request._request),
    }


def _body(request: Request) -> dict[str, Any]:
    return cast(dict[str, Any], request.data)


def _query(request: Request) -> dict[str, Any]:
    return {name: values[-1] for name, values in request.query_params.lists()}


# --- Answers ---------------------------------------------------------------------------------------------------


def _refuse(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """What went wrong, with the headers that say so elsewhere too."""
    plain = exception_handler(error, context)
    if plain is None:
        return None
    detail = error.detail if isinstance(error, Refusal | APIException) else "There is nothing here."
    body = {"schemas": [_ERROR], "status": str(plain.status_code), "detail": str(detail)}
    scim_type = getattr(error, "scim_type", "") or ("invalidSyntax" if plain.status_code == 400 else "")
    headers = {name: plain[name] for name in ("WWW-Authenticate", "Retry-After", "Allow") if name in plain}
    return _answer(body | ({"scimType": scim_type} if scim_type else {}), plain.status_code, **headers)


def _answer(body: Any, status: int = 200, **headers: str) -> HttpResponse:
    answer = JsonResponse(body, status=status, content_type=MEDIA_TYPE)
    answer["Cache-Control"] = "no-store"
    for name, value in headers.items():
        answer[name] = value
    return answer


def _user(state: ScimUserState, status: int) -> HttpResponse:
    location = f"{conf.issuer()}/scim/v2/Users/{state.id}"
    return _answer(state.shown, status, ETag=rules.write_version(state.number), Location=location)


def _listing(page: ScimPage) -> dict[str, Any]:
    head = {"schemas": [_LIST], "totalResults": page.total, "startIndex": page.start, "itemsPerPage": len(page.users)}
    return {**head, "Resources": list(page.users)}


def _located(described: dict[str, Any], type: str, path: str) -> dict[str, Any]:
    return {**described, "meta": {"resourceType": type, "location": f"{conf.issuer()}/scim/v2/{path}"}}


def _resource_type(schemas: list[str]) -> dict[str, Any]:
    core, *more = schemas
    described = {
        "schemas": [_RESOURCE_TYPE],
        "id": "User",
        "name": "User",
        "endpoint": "/Users",
        "description": "A person as the connected system keeps it.",
        "schema": core,
        "schemaExtensions": [{"schema": each, "required": False} for each in more],
    }
    return _located(described, "ResourceType", "ResourceTypes/User")


def _service_provider_config() -> dict[str, Any]:
    described = {
        "schemas": [_CONFIG],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": rules.MOST_RESULTS},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "OAuth 2.0 access token",
                "description": "A client's own access token (client credentials) with the scope scim.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
    }
    return _located(described, "ServiceProviderConfig", "ServiceProviderConfig")
