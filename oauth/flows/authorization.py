"""The journey from an authorization request to its answer.

    begun -> waiting(sign_in | reauthenticate | raise_level | consent) -> waiting(...) -> finished
    begun -> finished                 nothing is unmet, or the client asked for silence
    waiting -> expired                half an hour without an answer

Waiting is an Interaction row and a URL. Every return to that URL looks at everything anew: what was met at
the first visit must still be met when the code is issued.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from accounts.queries import get_account, has_second_factor
from audit import journal
from channel_registry.errors import ChannelUnavailable
from channel_registry.queries import get_policy
from channel_registry.types import meets
from kit.call import CallContext
from kit.ids import new_id
from kit.unit_of_work import deed
from oauth import conf, events
from oauth.authorization_request import RedirectedError, validate_request
from oauth.errors import InteractionGone
from oauth.models import Client, Interaction
from oauth.rules import SILENT_ERRORS, accepted_acr, first_unmet_prompt
from oauth.services import issue_code
from oauth.types import AuthorizationFacts, AuthorizationRequest, GrantType, Parameters, Prompt
from sessions_hub.types import SessionState

TRANSITIONS = {
    "begun": ("waiting", "finished"),
    "waiting": ("waiting", "finished", "expired"),
    "finished": (),
    "expired": (),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of the journey: where the browser goes, with code or error (and `iss`, RFC 9207)."""

    location: str


@dataclass(frozen=True, slots=True)
class Ask:
    """The journey waits for the person: which prompt, at which interaction, for which client."""

    prompt: Prompt
    uid: str
    client: Client
    request: AuthorizationRequest


@deed
def begin(*, parameters: Parameters, session: SessionState | None, call: CallContext) -> Answer | Ask:
    """Take an authorization request: answer it at once, or store it and say what the person must do.

    Raises UnusableAuthorizationRequest where there is nobody to redirect to.
    """
    try:
        request, client = validate_request(parameters)
        prompt = _unmet(request, client, session, begun_at=None, consented=False, call=call)
    except RedirectedError as error:
        return _refusal(error)
    if prompt is None and session is not None:
        return _finish(request, client, session, call)
    if "none" in request.prompt:
        return _answer(request, error=SILENT_ERRORS[prompt or Prompt.SIGN_IN])
    interaction = Interaction.objects.create(
        uid=new_id(),
        client=client,
        parameters={"values": dict(parameters.values), "resource": list(parameters.resource)},
        begun_at=call.now,
        expires_at=call.now + timedelta(seconds=conf.INTERACTION_SECONDS),
    )
    return Ask(prompt or Prompt.SIGN_IN, interaction.uid, client, request)


@deed
def resume(*, uid: str, session: SessionState | None, call: CallContext, allow: bool | None = None) -> Answer | Ask:
    """Come back to a waiting request, with the consent page's answer if there is one.

    Raises InteractionGone when it was finished, has expired, or never was.
    """
    interaction = Interaction.objects.select_for_update().filter(uid=uid).first()
    if interaction is None or interaction.finished_at or call.now >= interaction.expires_at:
        raise InteractionGone
    stored = interaction.parameters
    try:
        request, client = validate_request(Parameters(stored["values"], tuple(stored["resource"])))
        prompt = _unmet(request, client, session, begun_at=interaction.begun_at, consented=allow is not None, call=call)
    except RedirectedError as error:
        _close(interaction, call)
        return _refusal(error)
    if prompt is not None or session is None:
        return Ask(prompt or Prompt.SIGN_IN, uid, client, request)
    _close(interaction, call)
    if allow is False:
        journal.record(events.AUTHORIZATION_REFUSED, call=call, subject=session.subject, client=client.client_id)
        return _answer(request, error="access_denied", error_description="The customer said no.")
    return _finish(request, client, session, call)


def _unmet(
    request: AuthorizationRequest,
    client: Client,
    session: SessionState | None,
    *,
    begun_at: datetime | None,
    consented: bool,
    call: CallContext,
) -> Prompt | None:
    try:
        policy = get_policy(client.channel_id)
    except ChannelUnavailable as error:
        raise _redirected(request, "access_denied", "This channel is closed.") from error
    if GrantType.AUTHORIZATION_CODE not in policy.grants:
        raise _redirected(request, "unauthorized_client", "This channel does not offer this grant.")
    accepted = accepted_acr(request.acr_values, policy.minimum_acr)
    facts = AuthorizationFacts(
        prompt=request.prompt,
        max_age=request.max_age,
        accepted_acr=accepted,
        now=call.now,
        signed_in=session is not None,
        acr=session.level.acr if session else "0",
        auth_time=session.level.auth_time if session else None,
        begun_at=begun_at,
        needs_consent=not client.skip_authorization,
        consented=consented,
    )
    prompt = first_unmet_prompt(facts)
    if prompt is Prompt.RAISE_LEVEL and session and not _can_reach(session, accepted):
        raise _redirected(
            request, "unmet_authentication_requirements", "This account cannot reach the level that is asked for."
        )
    return prompt


def _can_reach(session: SessionState, accepted: tuple[str, ...]) -> bool:
    best = "urn:throughline:2fa" if has_second_factor(get_account(session.subject)) else "urn:throughline:1fa"
    return any(meets(best, acr) for acr in accepted)


def _finish(request: AuthorizationRequest, client: Client, session: SessionState, call: CallContext) -> Answer:
    code = issue_code(request=request, client=client, session=session, call=call)
    return _answer(request, code=code)


def _close(interaction: Interaction, call: CallContext) -> None:
    interaction.finished_at = call.now
    interaction.save(update_fields=["finished_at"])


def _redirected(request: AuthorizationRequest, error: str, description: str) -> RedirectedError:
    return RedirectedError(error, description, redirect_uri=request.redirect_uri, state=request.state)


def _answer(request: AuthorizationRequest, **parameters: str) -> Answer:
    return Answer(response_uri(request.redirect_uri, state=request.state, **parameters))


def _refusal(error: RedirectedError) -> Answer:
    return Answer(
        response_uri(error.redirect_uri, state=error.state, error=error.error, error_description=error.description)
    )


def response_uri(redirect_uri: str, *, state: str | None, **parameters: str) -> str:
    """The redirect URI with the response in its query: `iss` always, `state` when the client sent one."""
    answer = {**parameters, "iss": conf.issuer()} | ({"state": state} if state else {})
    separator = "&" if urlsplit(redirect_uri).query else "?"
    return f"{redirect_uri}{separator}{urlencode({k: v for k, v in answer.items() if v})}"
