"""Run inside a gateway's own process by `manage.py shell`: people sign in at one relying party, and are signed out."""

import json
import time

from accounts.services import change_name
from accounts.types import Method, Proof
from kit import clock
from kit.call import CallContext, system_caller
from kit.ids import new_id
from oauth.services import register_client
from oauth.types import ClientDraft
from sessions_hub.services import note_participation, recognize_device, revoke_session, start_session
from sync.services import create_connection
from sync.types import ConnectionDraft, Kind
from tests.actors import make_channel, make_customer


def come(uri: str, people: int, sessions: int) -> None:
    """Sign people in, each several times; prints the sessions of each, in order, as JSON."""
    call = _call()
    make_channel(call)
    draft = ClientDraft(
        name="Crowd", channel="web", redirect_uris=("https://crowd.example/cb",), backchannel_logout_uri=uri
    )
    client, _ = register_client(draft=draft, call=call)
    device, _ = recognize_device(secret=None, user_agent="", call=call)
    crowd: list[list[str]] = []
    for _ in range(people):
        account = make_customer(call, new_id("crowd"))
        crowd.append([])
        for _ in range(sessions):
            state = start_session(
                account_id=account.pk,
                subject=account.sub,
                device_id=device.pk,
                channel="web",
                proofs=[Proof(Method.PASSWORD, call.now)],
                call=call,
            )
            note_participation(sid=state.sid, client_id=client.client_id, call=call)
            crowd[-1].append(state.sid)
    print(json.dumps(crowd))


def leave(crowd: list[list[str]]) -> None:
    """End all these sessions, each in a deed of its own, everybody's in their order."""
    for round_of_all in zip(*crowd, strict=True):
        for sid in round_of_all:
            assert revoke_session(sid=sid, reason="ended_by_customer", call=_call())


def _call() -> CallContext:
    return CallContext(caller=system_caller("crowd"), now=clock.now(), trace_id=new_id())


def rename(url: str, slug: str, people: int, changes: int, rate: float) -> None:
    """A system is connected at `url`; so many customers change their names so often, together `rate` times a second."""
    draft = ConnectionDraft(name=slug, kind=Kind.WEBHOOK, endpoint=url, event_types=("profile.changed",))
    create_connection(slug=slug, draft=draft, call=_call())
    crowd = [_customer(f"{slug}{number}") for number in range(people)]
    begun = time.monotonic()
    for number in range(people * changes):
        change_name(sub=crowd[number % people], name=f"Name {number}", call=_call())
        time.sleep(max(0.0, begun + (number + 1) / rate - time.monotonic()))


def _customer(name: str) -> str:
    return str(make_customer(_call(), name).sub)
