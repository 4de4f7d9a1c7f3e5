"""The journey from an authorization request to its answer.

    begun -> waiting(continue | sign_in | select_account | held | reauthenticate | raise_level | consent) -> finished
    begun -> finished                 nothing is unmet, or the client asked for silence
    waiting -> expired                half an hour without an answer

Waiting is an Interaction row and a URL. Every return to that URL looks at everything anew: what was met at
the first visit must still be met when the code is issued. A yes to a client is remembered in an Allowance row; what a
request itself says about approval is not looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from accounts.queries import get_account, get_best_acr
from assurance.services import judge_entry
from assurance.types import Entry, Outcome
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
from oauth.flows.transfer import Transfer, look_at_transfer, take_token
from oauth.models import Allowance, Client, Interaction
from oauth.rules import accepted_acr, covers, first_unmet_prompt, has_come_since, pick_session, silent_error
from oauth.services import issue_code, remember_allowance
from oauth.types import AuthorizationFacts, AuthorizationRequest, GrantType, Parameters, Prompt, Reply
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
    """The journey waits for the person: which prompt, at which interaction, for which client.

    `expects_another` says that the client named an account that is not signed in here; `session` is the one that the
    request is about, as far as that is clear: what is proved next must be proved by her. `transfer` is the session that
    may be carried over, where that is the prompt.
    """

    prompt: Prompt
    uid: str
    client: Client
    request: AuthorizationRequest
    expects_another: bool = False
    session: SessionState | None = None
    transfer: Transfer | None = None


@dataclass(frozen=True, slots=True)
class _Visit:
    """One look at a request: who is signed in, and what was answered at this interaction so far.

    `session` is first who is at the browser, then the one of those `here` that the request is about.
    """

    session: SessionState | None
    call: CallContext
    here: Sequence[SessionState] = ()
    begun_at: datetime | None = None
    chosen_sid: str = ""
    reply: Reply | None = None
    transfer: Transfer | None = None


@deed
def begin(
    *,
    parameters: Parameters,
    session: SessionState | None,
    call: CallContext,
    here: Sequence[SessionState] = (),
    device_secret: str | None = None,
) -> Answer | Ask:
    """Take an authorization request: answer it at once, or store it and say what the person must do.

    `session` is that of who is at the browser, `here` those of all who are signed in there, `device_secret` what its
    device is recognized by. Raises UnusableAuthorizationRequest where there is nobody to redirect to.
    """
    parameters, token_digest = take_token(parameters)
    try:
        request, client = validate_request(parameters)
        call = _on_its_journey(request, call)
        transfer = look_at_transfer(token_digest, client, session, device_secret, call)
        visit = _pick(request, _Visit(session, call, here, transfer=transfer))
        prompt = _unmet(request, client, visit)
    except RedirectedError as error:
        return _refusal(error)
    if prompt is None and visit.session is not None:
        return _finish(request, client, visit.session, call)
    if "none" in request.prompt:
        another = _expects_another(request, visit)
        return _answer(request, error=silent_error(prompt or Prompt.SIGN_IN, expects_another=another))
    interaction = Interaction.objects.create(
        uid=new_id(),
        client=client,
        parameters={"values": dict(parameters.values), "resource": list(parameters.resource)},
        begun_at=call.now,
        expires_at=call.now + timedelta(seconds=conf.INTERACTION_SECONDS),
        transfer_digest=transfer.token_digest if transfer else "",
    )
    return _ask(prompt, interaction.uid, client, request, visit)


@deed
def resume(
    *,
    uid: str,
    session: SessionState | None,
    call: CallContext,
    reply: Reply | None = None,
    here: Sequence[SessionState] = (),
    device_secret: str | None = None,
) -> Answer | Ask:
    """Come back to a waiting request, with the answer given on one of our pages if there is one.

    Raises InteractionGone when it was finished, has expired, or never was.
    """
    interaction = Interaction.objects.select_for_update().filter(uid=uid).first()
    if interaction is None or interaction.finished_at or call.now >= interaction.expires_at:
        raise InteractionGone
    stored = interaction.parameters
    try:
        request, client = validate_request(Parameters(stored["values"], tuple(stored["resource"])))
        call = _on_its_journey(request, call)
        _choose(interaction, session, reply)
        transfer = look_at_transfer(interaction.transfer_digest, client, session, device_secret, call)
        visit = _Visit(session, call, here, interaction.begun_at, interaction.chosen_sid, reply, transfer)
        visit = _pick(request, visit)
        prompt = _unmet(request, client, visit)
    except RedirectedError as error:
        _close(interaction, call)
        return _refusal(error)
    if reply is Reply.GO_BACK and prompt in _WENT_BACK:
        _close(interaction, call)
        return _answer(request, **_WENT_BACK[prompt])
    if prompt is not None or (session := visit.session) is None:
        return _ask(prompt, uid, client, request, visit)
    _close(interaction, call)
    if reply is Reply.DENY:
        journal.record(events.AUTHORIZATION_REFUSED, call=call, subject=session.subject, client=client.client_id)
        return _answer(request, error="access_denied", error_description="The customer said no.")
    if reply is Reply.ALLOW and not client.skip_authorization:
        remember_allowance(scopes=request.scopes, client=client, session=session, call=call)
    return _finish(request, client, session, call)


def _on_its_journey(request: AuthorizationRequest, call: CallContext) -> CallContext:
    """The call as part of what the client says the person is doing."""
    return replace(call, journey=request.journey) if request.journey else call


_WENT_BACK = {
    Prompt.SELECT_ACCOUNT: {
        "error": "login_required",
        "error_description": "The customer did not change the account.",
    },
    Prompt.HELD: {
        "error": "access_denied",
        "error_description": "The account is held back until a risk that was reported is cleared.",
    },
}


def _pick(request: AuthorizationRequest, visit: _Visit) -> _Visit:
    """The same look, at the one session that the request is about."""
    if visit.reply is Reply.ANOTHER_ACCOUNT:
        return replace(visit, session=None, here=())  # whoever is here, she wants to sign in as somebody else
    here = visit.here or ((visit.session,) if visit.session else ())
    picked = pick_session(
        here,
        current=visit.session,
        client_id=request.client_id,
        hinted_subject=request.hinted_subject,
        chosen_sid=visit.chosen_sid,
        begun_at=visit.begun_at,
    )
    return replace(visit, session=picked, here=here)


def _unmet(request: AuthorizationRequest, client: Client, visit: _Visit) -> Prompt | None:
    try:
        policy = get_policy(client.channel_id)
    except ChannelUnavailable as error:
        raise _redirected(request, "access_denied", "This channel is closed.") from error
    if GrantType.AUTHORIZATION_CODE not in policy.grants:
        raise _redirected(request, "unauthorized_client", "This channel does not offer this grant.")
    session = visit.session
    entry = judge_entry(session=session, channel=client.channel_id, call=visit.call) if session else None
    accepted = _accepted(request, policy.minimum_acr)
    prompt = first_unmet_prompt(_facts(request, client, visit, accepted, entry))
    if prompt in _PROVING and session and not _can_reach(session, accepted):
        raise _redirected(
            request,
            "unmet_authentication_requirements",
            f"The request needs {' or '.join(accepted)}, and this account has no second factor to reach it. "
            "The customer can add a passkey or an authenticator app on the security page and try again.",
        )
    return prompt


def _accepted(request: AuthorizationRequest, minimum: str) -> tuple[str, ...]:
    """The levels that will do. One that is demanded as an essential claim is no wish: what we do not know fails."""
    if not request.essential_acr:
        return accepted_acr(request.acr_values, minimum)
    if not any(meets(acr, "0") for acr in request.essential_acr):
        raise _redirected(
            request, "unmet_authentication_requirements", "None of the levels demanded by acr is one of this gateway."
        )
    return accepted_acr(request.essential_acr, minimum)


def _facts(
    request: AuthorizationRequest, client: Client, visit: _Visit, accepted: tuple[str, ...], entry: Entry | None
) -> AuthorizationFacts:
    session, begun_at = visit.session, visit.begun_at
    return AuthorizationFacts(
        prompt=request.prompt,
        max_age=request.max_age,
        accepted_acr=accepted,
        now=visit.call.now,
        signed_in=session is not None,
        choice=bool(visit.here),
        acr=session.level.acr if session else "0",
        auth_time=session.level.auth_time if session else None,
        begun_at=begun_at,
        expects_another=_expects_another(request, visit),
        account_chosen=bool(session and (visit.chosen_sid == session.sid or has_come_since(session, begun_at))),
        needs_consent=session is not None and _needs_consent(request, client, session),
        transfer_waits=visit.transfer is not None,
        consented=visit.reply in {Reply.ALLOW, Reply.DENY},
        is_held=entry is not None and entry.outcome not in {Outcome.PERMIT, Outcome.STEP_UP},
        is_doubted=entry is not None and entry.outcome is Outcome.STEP_UP,
    )


def _expects_another(request: AuthorizationRequest, visit: _Visit) -> bool:
    return bool(request.hinted_subject and visit.here and visit.session is None)


def _needs_consent(request: AuthorizationRequest, client: Client, session: SessionState) -> bool:
    if client.skip_authorization:
        return False
    remembered = Allowance.objects.filter(account=session.account_id, client=client)
    allowance = remembered.select_for_update(no_key=True).first()  # held until the code is issued: see Allowance
    return allowance is None or not covers(allowance.scope_list, request.scopes)


def _choose(interaction: Interaction, session: SessionState | None, reply: Reply | None) -> None:
    """Note for this request who goes on with it; somebody else is wanted: the choice is open again."""
    if reply is Reply.THIS_ACCOUNT and session is not None:
        interaction.chosen_sid = session.sid
    elif reply is Reply.ANOTHER_ACCOUNT:
        interaction.chosen_sid = ""
    else:
        return
    interaction.save(update_fields=["chosen_sid"])


def _ask(prompt: Prompt | None, uid: str, client: Client, request: AuthorizationRequest, visit: _Visit) -> Ask:
    another = _expects_another(request, visit)
    return Ask(prompt or Prompt.SIGN_IN, uid, client, request, another, visit.session, visit.transfer)


_PROVING = {Prompt.REAUTHENTICATE, Prompt.RAISE_LEVEL}  # what no proof can lead to is said before one is asked for


def _can_reach(session: SessionState, accepted: tuple[str, ...]) -> bool:
    if any(meets(session.level.acr, acr) for acr in accepted):
        return True
    best = get_best_acr(get_account(session.subject))
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
