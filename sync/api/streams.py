"""The doors of the transmitter: streams of security events (SSF 1.0), for clients with the scope `ssf`."""

from typing import Any, cast

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kit import throttle
from kit.http import call_from
from kit.json_bodies import StrictJson
from kit.permissions import ChannelClient
from kit.refusal import MalformedInput, NotFound
from sync import conf, rules, services
from sync.errors import SetRefused, VerificationTooSoon
from sync.flows.polling import poll
from sync.queries import get_stream, list_streams
from sync.types import Method, StreamDraft, StreamState

_NO_STORE = {"Cache-Control": "no-store"}


@require_GET
def configuration(request: HttpRequest) -> JsonResponse:
    """What the transmitter can do, and where (SSF 1.0 section 7.1)."""
    issuer = conf.issuer()
    response = JsonResponse(
        {
            "spec_version": "1_0",
            "issuer": issuer,
            "jwks_uri": f"{issuer}/oauth/jwks",
            "delivery_methods_supported": [each.value for each in Method],
            "configuration_endpoint": f"{issuer}/ssf/streams",
            "status_endpoint": f"{issuer}/ssf/status",
            "add_subject_endpoint": f"{issuer}/ssf/subjects/add",
            "remove_subject_endpoint": f"{issuer}/ssf/subjects/remove",
            "verification_endpoint": f"{issuer}/ssf/verification",
            "critical_subject_members": ["user", "session"],
            "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:6749"}],
            "default_subjects": "ALL",
        }
    )
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    return response


class _StreamDoor(APIView):
    """What the doors of a stream have in common: a client's own token, JSON read strictly, nothing kept on the way."""

    permission_classes = (IsAuthenticated, ChannelClient)
    parser_classes = (StrictJson,)
    scope = "ssf"

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """No answer is kept by anybody on the way."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = _NO_STORE["Cache-Control"]
        return answer


@extend_schema(exclude=True)
class StreamsView(_StreamDoor):
    """A client's streams: made, read, changed, replaced, deleted (SSF 1.0 section 8.1.1)."""

    def post(self, request: Request) -> Response:
        """Make one; without `delivery` it is fetched."""
        state = services.create_stream(draft=rules.read_stream(_body(request)), call=call_from(request._request))
        return Response(_present(state), status=201)

    def get(self, request: Request) -> Response:
        """One, or all of them where none is named."""
        client_id = call_from(request._request).caller.client_id or ""
        if "stream_id" in request.query_params:
            return Response(_present(get_stream(stream_id=_named(request), client_id=client_id)))
        return Response([_present(each) for each in list_streams(client_id=client_id)])

    def patch(self, request: Request) -> Response:
        """Change what is mentioned."""
        return self._change(request, keep=True)

    def put(self, request: Request) -> Response:
        """Have it be as is said; what is not mentioned is as in a new one."""
        return self._change(request, keep=False)

    def delete(self, request: Request) -> Response:
        """Delete it, with what waits."""
        services.delete_stream(stream_id=_named(request), call=call_from(request._request))
        return Response(status=204)

    def _change(self, request: Request, *, keep: bool) -> Response:
        body, call = _body(request), call_from(request._request)
        stream_id = rules.read_stream_id(body)
        present = get_stream(stream_id=stream_id, client_id=call.caller.client_id or "")
        rules.check_own(body, _present(present))
        draft: StreamDraft = rules.read_stream(body, present=present.draft if keep else None)
        return Response(_present(services.change_stream(stream_id=stream_id, draft=draft, call=call)))


@extend_schema(exclude=True)
class StatusView(_StreamDoor):
    """Whether a stream runs, waits or is silent (SSF 1.0 section 8.1.2)."""

    def get(self, request: Request) -> Response:
        """How it stands."""
        client_id = call_from(request._request).caller.client_id or ""
        return Response(_present_status(get_stream(stream_id=_named(request), client_id=client_id)))

    def post(self, request: Request) -> Response:
        """Let it stand otherwise."""
        body = _body(request)
        status, _ = rules.read_status(body)
        state = services.set_stream_status(
            stream_id=rules.read_stream_id(body), status=status, call=call_from(request._request)
        )
        return Response(_present_status(state))


@extend_schema(exclude=True)
class AddSubjectView(_StreamDoor):
    """A stream tells of a subject (SSF 1.0 section 8.1.3.2)."""

    def post(self, request: Request) -> Response:
        """Add her."""
        body = _body(request)
        issuer, subject, email = _read_subject(body)
        call = call_from(request._request)
        stream_id = rules.read_stream_id(body)
        services.add_subject(stream_id=stream_id, issuer=issuer, subject=subject, email=email, call=call)
        return Response(status=200)


@extend_schema(exclude=True)
class RemoveSubjectView(_StreamDoor):
    """A stream tells of a subject no more (SSF 1.0 section 8.1.3.3)."""

    def post(self, request: Request) -> Response:
        """Remove her."""
        body = _body(request)
        issuer, subject, email = _read_subject(body)
        call = call_from(request._request)
        stream_id = rules.read_stream_id(body)
        services.remove_subject(stream_id=stream_id, issuer=issuer, subject=subject, email=email, call=call)
        return Response(status=204)


@extend_schema(exclude=True)
class VerificationView(_StreamDoor):
    """A stream shows that it works (SSF 1.0 section 8.1.4.2), every few seconds at most."""

    def post(self, request: Request) -> Response:
        """Put a verification event in its line."""
        body, call = _body(request), call_from(request._request)
        stream = get_stream(stream_id=rules.read_stream_id(body), client_id=call.caller.client_id or "")
        state = rules.read_state(body)
        wait = throttle.count(
            "ssf_verification",
            stream.stream_id,
            limit=1,
            seconds=rules.LEAST_VERIFICATION_SECONDS,
            now=call.now.timestamp(),
        )
        if wait:
            raise VerificationTooSoon(wait)
        services.request_verification(stream_id=stream.stream_id, state=state, call=call)
        return Response(status=204)


@extend_schema(exclude=True)
class PollView(_StreamDoor):
    """A receiver fetches its security events (RFC 8936)."""

    def post(self, request: Request, stream_id: str) -> Response:
        """Hear what became of earlier ones, and answer the next."""
        ask = rules.read_poll(_body(request))
        answer = poll(stream_id=stream_id, ask=ask, make_call=lambda: call_from(request._request))
        return Response({"sets": dict(answer.sets), "moreAvailable": answer.more})


def _present(state: StreamState) -> dict[str, Any]:
    issuer = conf.issuer()
    return rules.write_stream(state, issuer=issuer, poll_url=f"{issuer}/ssf/poll/{state.stream_id}")


def _present_status(state: StreamState) -> dict[str, str]:
    said = {"stream_id": state.stream_id, "status": state.status.value}
    return said | ({"reason": state.reason} if state.reason else {})


def _body(request: Request) -> dict[str, Any]:
    data: object = request.data
    if not isinstance(data, dict) or not request.content_type:
        raise MalformedInput("The body must be a JSON object.")
    return cast(dict[str, Any], data)


def _named(request: Request) -> str:
    named = request.query_params.getlist("stream_id")
    if not named:
        raise MalformedInput("stream_id says which stream.")
    if len(named) > 1:
        raise NotFound
    return str(named[0])


def _read_subject(body: dict[str, Any]) -> tuple[str, str, str]:
    subject = body.get("subject")
    if not isinstance(subject, dict):
        raise MalformedInput("subject says whom (RFC 9493).")
    try:
        found = rules.read_subject(subject)
    except SetRefused as error:
        raise MalformedInput(error.detail) from error
    if not any(found):
        raise MalformedInput("A subject is named by iss_sub or email.")
    return found
