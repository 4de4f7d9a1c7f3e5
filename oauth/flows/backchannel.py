"""The journey of a client that asks a customer, on a device of hers, whether it is she (OpenID CIBA Core 1.0, poll).

    asked -> approved -> redeemed
    asked -> denied                   she said no, or three wrong numbers
    asked -> disowned                 "this wasn't me": that client asks her nothing more for a day
    asked, approved -> expired

One BackchannelRequest row; answering and redeeming (`oauth.grants.ciba`) take its lock. A request for somebody unknown,
suspended or erased looks the same from outside, costs the same, and is never answered.
"""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils.crypto import constant_time_compare

from accounts.queries import find_account, find_account_by_email
from accounts.types import Status
from audit import journal
from kit.call import CallContext
from kit.ids import digest, new_id, new_secret
from kit.locks import hold_name
from kit.places import find_place
from kit.unit_of_work import deed
from notifications.services import ring_worker, send_mail
from oauth import conf, events, rules
from oauth.errors import InvalidBindingMessage, InvalidRequest, InvalidScope, TooManyQuestions
from oauth.models import BackchannelRequest, Client
from oauth.queries import read_id_token_hint
from oauth.queries.approvals import describe, find_usable_client, keyed, list_earlier_asks
from oauth.services import record_answer
from oauth.tokens import audience_for
from oauth.types import BackchannelAnswer, BackchannelAsk, Decision, GrantType, Outcome, Standing
from sessions_hub.types import SessionState

TRANSITIONS = {
    "asked": ("approved", "denied", "disowned", "expired"),
    "approved": ("redeemed", "expired"),
    "denied": (),
    "disowned": (),
    "redeemed": (),
    "expired": (),
}
_NOBODY = "nobody@invalid.example"


@deed
def ask_customer(*, client: Client, ask: BackchannelAsk, call: CallContext) -> BackchannelAnswer:
    """Put a question to whom the hint names and tell her by mail (sections 7.1 to 7.3).

    The answer is the same for somebody who is not there. Raises InvalidRequest, InvalidScope, InvalidTarget,
    InvalidBindingMessage, and TooManyQuestions when she, or whoever was named, has been asked enough.
    """
    scopes, seconds = _check(ask, client)
    subject, email, whom = _find_person(ask, client)
    hold_name(whom)  # requests about one person side by side count too
    if rules.asks_too_much(list_earlier_asks(whom=whom, now=call.now), client_id=client.client_id, now=call.now):
        raise TooManyQuestions

    auth_req_id, ref, number = new_secret(), new_id("ask_"), f"{secrets.randbelow(90) + 10}"
    BackchannelRequest.objects.create(
        ref=ref,
        auth_req_id=digest(auth_req_id),
        whom=whom,
        subject=subject,
        client=client,
        scope=" ".join(scopes),
        resource=list(ask.resource),
        acr_values=" ".join(rules.known_levels(ask.acr_values)),
        binding_message=ask.binding_message.strip(),
        number=keyed("number", f"{ref}:{number}"),
        interval=conf.POLL_SECONDS,
        asked_at=call.now,
        expires_at=call.now + timedelta(seconds=seconds),
        place=find_place(call.address),
        user_agent=call.user_agent,
    )
    _tell(email, client, call)
    journal.record(
        events.APPROVAL_REQUESTED,
        call=call,
        subject=subject,
        payload={"request": ref, "way_in": GrantType.CIBA.way_in, "scope": " ".join(scopes)},
    )
    return BackchannelAnswer(auth_req_id, number, seconds, conf.POLL_SECONDS)


@deed
def answer_customer(
    *, ref: str, decision: Decision, number: str, session: SessionState, call: CallContext, through: str = ""
) -> Outcome | None:
    """The customer's answer from one of her sessions; None where nothing of that name waits for her.

    A yes needs the level that the request and the channel want, and the number that the other side shows; the third
    wrong one is a no. Saying no needs neither. `through` is the client id of the app that she answers in, empty for the
    gateway's own pages: whoever asked cannot answer.
    """
    mine = BackchannelRequest.objects.filter(ref=ref, subject=session.subject)
    row = mine.select_for_update(of=("self",)).select_related("client").first() if ref.isprintable() else None
    if row is None or row.decision or row.redeemed_at or call.now >= row.ends_at:
        return None
    client = find_usable_client(row.client.client_id, GrantType.CIBA, asked_at=row.asked_at)
    if client is None:
        return None
    if decision is Decision.APPROVED:
        if through == client.client_id:
            return Outcome.NOT_HERE
        standing = describe(row, client, session=session).standing
        if standing is not Standing.ENOUGH:
            return Outcome(standing)
        if not constant_time_compare(row.number, keyed("number", f"{ref}:{rules.read_number(number)}")):
            return _count_wrong_number(row, client, session, call)
    record_answer(row=row, client=client, decision=decision, session=session, call=call)
    return Outcome.RECORDED


def _count_wrong_number(row: BackchannelRequest, client: Client, session: SessionState, call: CallContext) -> Outcome:
    row.wrong_numbers += 1
    row.save(update_fields=["wrong_numbers"])
    if row.wrong_numbers < rules.WRONG_NUMBERS:
        return Outcome.WRONG_NUMBER
    record_answer(row=row, client=client, decision=Decision.DENIED, session=session, call=call, reason="wrong_numbers")
    return Outcome.WRONG_TOO_OFTEN


# --- The request --------------------------------------------------------------------------------------------------


def _check(ask: BackchannelAsk, client: Client) -> tuple[tuple[str, ...], int]:
    """The scopes and the seconds of a request that is in order."""
    if not ask.scope:
        raise InvalidRequest("scope is missing.")
    scopes = tuple(dict.fromkeys(ask.scope.split()))
    if "openid" not in scopes or not set(scopes) <= set(client.scope_list):
        raise InvalidScope("scope must hold openid, and nothing that this client may not have.")
    if ask.binding_message and not rules.message_is_fit(ask.binding_message):
        raise InvalidBindingMessage
    seconds = rules.read_expiry(
        ask.requested_expiry, usual=conf.BACKCHANNEL_SECONDS, longest=conf.LONGEST_BACKCHANNEL_SECONDS
    )
    if seconds is None:
        raise InvalidRequest("requested_expiry must be a positive number of seconds.")
    audience_for(client, ask.resource)
    return scopes, seconds


def _find_person(ask: BackchannelAsk, client: Client) -> tuple[str, str, str]:
    """Subject and address of whom the one hint names, empty for nobody who could answer; and who that is, keyed."""
    if sum(map(bool, (ask.login_hint, ask.id_token_hint, ask.login_hint_token))) != 1:
        raise InvalidRequest("Name the customer by exactly one of login_hint and id_token_hint.")
    if ask.login_hint_token:
        raise InvalidRequest("login_hint_token is not taken. Use login_hint or id_token_hint.")
    hint = ask.login_hint.strip()
    if ask.id_token_hint:
        claims = read_id_token_hint(token=ask.id_token_hint)
        if claims["aud"] != client.client_id:
            raise InvalidRequest("id_token_hint was issued to another client.")
        hint = str(claims["sub"])
    account = find_account_by_email(hint) if "@" in hint else find_account(hint)
    if account is None:
        return "", "", keyed("whom", hint.casefold())
    whom = keyed("whom", account.sub)
    return (account.sub, account.email, whom) if account.status == Status.ACTIVE else ("", "", whom)


def _tell(email: str, client: Client, call: CallContext) -> None:
    """Tell her by mail. For nobody the same work is done and undone, so that the time tells nothing."""
    asked = f"It asked at {call.now:%H:%M} (UTC)."
    subject, body = rules.letter(client=client.name, asked=asked, issuer=conf.issuer())
    with transaction.atomic():
        send_mail(to=email or _NOBODY, subject=subject, body=body, call=call)
        if not email:
            transaction.set_rollback(True)
    if not email:
        ring_worker(call=call)
