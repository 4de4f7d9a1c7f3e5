"""The door of the receiver: security event tokens from transmitters that an operator named (RFC 8935)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kit.http import call_from, problem
from sync import rules
from sync.errors import FuseBlown, KeysUnavailable, SetRefused
from sync.flows.listening import hear
from sync.types import SetFault


@csrf_exempt
@require_POST
def listen(request: HttpRequest) -> HttpResponse:
    """Take one token in: 202, the second time too; 400 with `err` and `description` for one that is not taken.

    503 for one that may come again later.

    Its signature is all that says who sends it.
    """
    try:
        hear(token=_read(request), call=call_from(request))
    except SetRefused as refusal:
        said = {"err": refusal.fault.value, "description": refusal.detail}
        return JsonResponse(said, status=400, headers={"Content-Language": "en", "Cache-Control": "no-store"})
    except KeysUnavailable as refusal:
        return problem(refusal)
    except FuseBlown as refusal:
        answer = problem(refusal)
        answer["Retry-After"] = str(refusal.retry_after)
        return answer
    return HttpResponse(status=202)


def _read(request: HttpRequest) -> str:
    if (request.content_type or "").lower() != rules.SET_MEDIA_TYPE:
        raise SetRefused(SetFault.REQUEST, f"The body must be sent as {rules.SET_MEDIA_TYPE}.")
    body = request.read(rules.LONGEST_SET + 1)
    if len(body) > rules.LONGEST_SET:
        raise SetRefused(SetFault.REQUEST, "It is too long.")
    try:
        return body.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise SetRefused(SetFault.REQUEST, "It is no security event token.") from error
