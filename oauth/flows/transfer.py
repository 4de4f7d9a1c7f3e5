"""A session that an app sends along with an authorization request: looked at, and carried over when its person says so.

    brought -> waiting      the request is stored with the token's digest, and a page names whose session it is
    brought -> left         silence was asked for, she is in here already, or the token is not good here
    waiting -> carried      she goes on: one POST redeems it, and this browser stands for the child session
    waiting -> signed out   somebody else was in here: her session ends, and sign-in is asked
    waiting -> left         she stays as she is, or the token is no longer good

No GET spends the token. What is not good here is noted by the hub, and the person is asked to sign in as without it.
"""

from dataclasses import dataclass
from enum import StrEnum

from kit.call import CallContext
from kit.ids import digest
from kit.unit_of_work import deed
from oauth.errors import InteractionGone
from oauth.models import Client, Interaction
from oauth.queries import find_ways_in
from oauth.types import Parameters
from sessions_hub.flows.handoff import examine_handoff, find_collision, redeem_handoff, withdraw_handoff
from sessions_hub.queries import find_device
from sessions_hub.types import Collision, HandoffRefused, SessionState, Via

TRANSITIONS = {
    "brought": ("waiting", "left"),
    "waiting": ("carried", "signed out", "left"),
    "carried": (),
    "signed out": (),
    "left": (),
}
PARAMETER = "session_transfer_token"


@dataclass(frozen=True, slots=True)
class Transfer:
    """A session that waits to be carried over: whose it is, and what it meets in this browser."""

    token_digest: str
    session: SessionState
    collision: Collision


class Settled(StrEnum):
    """What became of a transfer that brought no session into this browser."""

    LEFT = "left"
    SIGN_OUT = "sign_out"


def take_token(parameters: Parameters) -> tuple[Parameters, str]:
    """The request without its session-transfer token, and the token's digest: nothing else of it goes any further.

    Empty where there is none, or where silence is asked for (`prompt=none`): that leaves the token alone.
    """
    token = parameters.get(PARAMETER)
    values = {name: value for name, value in parameters.values.items() if name != PARAMETER}
    wanted = token and "none" not in parameters.get("prompt").split()
    return Parameters(values, parameters.resource), digest(token) if wanted else ""


def look_at_transfer(
    token_digest: str, client: Client, session: SessionState | None, device_secret: str | None, call: CallContext
) -> Transfer | None:
    """The session behind a token, where it is good here and of use; consumes nothing. Part of a deed.

    None for a token that is spent, expired, another client's or device's, which the hub notes, and for a customer who
    is in here at least as high.
    """
    if not token_digest or not client.enabled or "handoff" not in find_ways_in(client):
        return None
    offered = examine_handoff(
        ticket_digest=token_digest,
        client_id=client.client_id,
        device_id=find_device(secret=device_secret),
        channel=client.channel_id,
        call=call,
    )
    if isinstance(offered, HandoffRefused) or offered.via is not Via.TRANSFER or offered.session is None:
        return None
    collision = find_collision(existing=session, incoming=offered.session)
    return None if collision is Collision.KEEP else Transfer(token_digest, offered.session, collision)


@deed
def settle_transfer(
    *,
    uid: str,
    session: SessionState | None,
    device_secret: str | None,
    fresh_device_id: str,
    call: CallContext,
) -> SessionState | Settled:
    """Carry the session over, as the person said on the page: the child that this browser stands for from now on.

    Or what else became of it. `device_secret` is what the browser's device is recognized by, `fresh_device_id` where
    the child stands if it has none. A second answer changes nothing. Raises InteractionGone.
    """
    token_digest, client = _take_waiting(uid, call)
    transfer = look_at_transfer(token_digest, client, session, device_secret, call)
    if transfer is None:
        return Settled.LEFT
    if transfer.collision is Collision.ANOTHER:
        withdraw_handoff(ticket_digest=token_digest, call=call)
        return Settled.SIGN_OUT
    child = redeem_handoff(
        ticket_digest=token_digest,
        client_id=client.client_id,
        device_id=find_device(secret=device_secret),
        fresh_device_id=fresh_device_id,
        channel=client.channel_id,
        call=call,
    )
    return Settled.LEFT if isinstance(child, HandoffRefused) else child


@deed
def leave_transfer(*, uid: str, call: CallContext) -> None:
    """Go on with a request without the session that came along, as the person said. Raises InteractionGone."""
    _take_waiting(uid, call)


def _take_waiting(uid: str, call: CallContext) -> tuple[str, Client]:
    """The token's digest, which nobody finds there again, and the client it came for."""
    waiting = Interaction.objects.select_for_update(of=("self",)).select_related("client").filter(uid=uid)
    interaction = waiting.first()
    if interaction is None or interaction.finished_at or call.now >= interaction.expires_at:
        raise InteractionGone
    token_digest, interaction.transfer_digest = interaction.transfer_digest, ""
    interaction.save(update_fields=["transfer_digest"])
    return token_digest, interaction.client
