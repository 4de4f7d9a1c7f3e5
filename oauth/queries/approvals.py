"""Requests that wait for a customer: what she is shown, how many there are, and what was asked of her before."""

from datetime import datetime

from django.utils.crypto import salted_hmac

from accounts.queries import get_account, get_best_acr
from channel_registry.queries import get_policy
from channel_registry.types import meets
from oauth import rules
from oauth.errors import CannotApproveHere, InvalidAccessToken
from oauth.models import BackchannelRequest, Client, DeviceGrant, Waiting
from oauth.queries.clients import find_client, find_ways_in
from oauth.types import Approval, Decision, EarlierAsk, GrantType, Standing
from sessions_hub.queries import find_live_session, list_lineage
from sessions_hub.types import SessionState, Via


def keyed(purpose: str, value: str) -> str:
    """A keyed digest: for short values that a fast hash alone would not hide, such as a code to type."""
    return salted_hmac(f"oauth.{purpose}", value, algorithm="sha256").hexdigest()


def list_approvals(*, session: SessionState, now: datetime) -> list[Approval]:
    """What waits for the customer of a session, the latest first, as this session may answer it."""
    rows = BackchannelRequest.objects.filter(subject=session.subject, expires_at__gt=now, decision="")
    return [
        describe(row, client, session=session)
        for row in rows.select_related("client").order_by("-asked_at", "-pk")
        if (client := find_usable_client(row.client.client_id, GrantType.CIBA, asked_at=row.asked_at))
    ]


def find_approval(*, ref: str, session: SessionState, now: datetime) -> Approval | None:
    """One of the requests that wait for the customer of a session; None for another's, or when it is over."""
    return next((each for each in list_approvals(session=session, now=now) if each.ref == ref), None)


def get_answering_session(*, sid: str, client_id: str, now: datetime) -> SessionState:
    """The live session of a customer from which an app of the house answers for her.

    Raises CannotApproveHere for any other app, and for a session that others hold for her; InvalidAccessToken when it
    has ended.
    """
    client = find_client(client_id=client_id)
    session = find_live_session(sid=sid, now=now)
    if session is None:
        raise InvalidAccessToken
    if client is None or not client.skip_authorization:
        raise CannotApproveHere
    if not _is_in_her_hands(session):
        raise CannotApproveHere
    return session


def count_approvals(*, subject: str, now: datetime) -> int:
    """How many requests wait for a customer; one statement."""
    waiting = BackchannelRequest.objects.filter(subject=subject, expires_at__gt=now, decision="")
    return waiting.filter(client__enabled=True).count()


def list_earlier_asks(*, whom: str, now: datetime) -> list[EarlierAsk]:
    """What was asked of the person whom a keyed digest stands for, as far back as it counts; one statement."""
    rows = BackchannelRequest.objects.filter(whom=whom, asked_at__gt=now - rules.REMEMBERED)
    return [
        EarlierAsk(
            client_id=client_id,
            asked_at=asked_at,
            is_waiting=not decision and expires_at > now,
            is_disowned=decision == Decision.DISOWNED,
        )
        for client_id, asked_at, decision, expires_at in rows.values_list(
            "client__client_id", "asked_at", "decision", "expires_at"
        )
    ]


def has_opened(*, user_code: str, subject: str, now: datetime) -> bool:
    """Whether a customer has opened this code before; she does not guess any more."""
    code = rules.read_user_code(user_code)
    if code is None:
        return False
    rows = DeviceGrant.objects.filter(user_code=keyed("user_code", code), subject=subject, expires__gt=now)
    return bool(rows.exists())


def find_usable_client(client_id: str, grant_type: GrantType, *, asked_at: datetime) -> Client | None:
    """The client of a request, when it could still be given tokens for it; None when anything of that has ended."""
    client = find_client(client_id=client_id)
    if client is None or not client.has_grant(grant_type) or grant_type.way_in not in find_ways_in(client):
        return None
    return None if client.cut_off_at is not None and asked_at <= client.cut_off_at else client


def describe(row: Waiting, client: Client, *, session: SessionState) -> Approval:
    """A waiting row as the customer of a session is shown it. Raises ChannelUnavailable.

    A question whether it is she wants a proof as fresh as the channel takes one (`session.verified`): a yes that
    carried an older one over would answer nothing.
    """
    policy = get_policy(client.channel_id)
    accepted = rules.accepted_acr(row.acr_values.split(), policy.minimum_acr)
    max_age = policy.verified_seconds if isinstance(row, BackchannelRequest) else None
    return Approval(
        ref=row.ref,
        client_name=client.name,
        channel=client.channel_id,
        scopes=row.scopes_for(client),
        asked_at=row.asked_at,
        ends_at=row.ends_at,
        place=row.place,
        user_agent=row.user_agent,
        message=getattr(row, "binding_message", ""),
        accepted_acr=accepted,
        max_age=max_age,
        standing=_standing(session, accepted, rules.oldest_proof(row.asked_at, max_age)),
    )


def _is_in_her_hands(session: SessionState) -> bool:
    """Whether nobody else holds the session for her, nor any that it came out of."""
    if session.via is Via.SIGN_IN:
        return True
    return all(rules.may_approve(via, opened_by=opened_by) for via, opened_by in list_lineage(sid=session.sid))


def _standing(session: SessionState, accepted: tuple[str, ...], oldest: datetime | None) -> Standing:
    if not _is_in_her_hands(session):
        return Standing.NOT_HERE
    if any(meets(session.level.acr, acr) for acr in accepted):
        proved_at = session.level.auth_time
        return Standing.STALE if oldest and proved_at and proved_at < oldest else Standing.ENOUGH
    best = get_best_acr(get_account(session.subject))
    return Standing.STEP_UP if any(meets(best, acr) for acr in accepted) else Standing.OUT_OF_REACH
