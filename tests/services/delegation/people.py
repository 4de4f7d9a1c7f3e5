"""A desk: the channel it is on, Sam who works there, and Ana who calls."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from accounts.services import register_operator
from accounts.types import Method, Proof, Role
from channel_registry.queries import forget_policies
from channel_registry.services import publish_policy
from delegation.services import begin_assistance
from delegation.types import DelegationState
from kit.call import CallContext, Caller, CallerKind
from sessions_hub import services
from sessions_hub.types import SessionState
from tests.actors import make_channel, make_customer

DESK = "desk"
CHANNEL = "contact_center"


@dataclass(frozen=True)
class Desk:
    """Signs people in at times counted from the test's `call`, and speaks for staff."""

    call: CallContext

    def at(self, **later: float) -> CallContext:
        return replace(self.call, now=self.call.now + timedelta(**later))

    def sign_in(self, account: Any, *methods: Method, channel: str = "web", **later: float) -> SessionState:
        now = self.at(**later)
        device, _ = services.recognize_device(secret=None, user_agent="", call=now)
        return services.start_session(
            account_id=account.pk,
            subject=account.sub,
            device_id=device.pk,
            channel=channel,
            proofs=[Proof(method, now.now) for method in methods or (Method.PASSWORD,)],
            call=now,
        )

    def speaks_for(self, staff: Any, session: SessionState, *, client: str = DESK, **later: float) -> CallContext:
        """A call with the staff member's own token by way of the desk's client."""
        caller = Caller(
            kind=CallerKind.CLIENT,
            client_id=client,
            channel=CHANNEL,
            subject=staff.sub,
            sid=session.sid,
            takes_part_in=lambda sid: False,
        )
        return replace(self.at(**later), caller=caller, channel=CHANNEL)


def open_desk(call: CallContext) -> Desk:
    """The channels web and contact_center, the latter open for assistance and believing a proof for half an hour."""
    make_channel(call)
    make_channel(call, "chat")
    make_channel(call, CHANNEL)
    publish_policy(
        channel=CHANNEL,
        body={
            "ways_in": ["authorization_code", "client_credentials", "token_exchange", "handoff", "assistance"],
            "session": {"idle": "15m", "absolute": "8h", "verified": "30m"},
            "refresh": {"absolute": "8h"},
        },
        call=call,
    )
    forget_policies()
    return Desk(call)


def hire(call: CallContext, name: str, *roles: Role) -> Any:
    """An operator."""
    return register_operator(
        email=f"{name}@operators.example", password=None, name=name.title(), roles=list(roles), call=call
    )


@dataclass(frozen=True)
class Scene:
    """Ana proved herself in chat with a passkey; Sam sits at the desk with both factors."""

    desk: Desk
    ana: Any
    sam: Any
    chat: SessionState
    sams: SessionState

    @property
    def call(self) -> CallContext:
        """What Sam asks, a minute later."""
        return self.desk.speaks_for(self.sam, self.sams, minutes=1)

    def begin(self, **changes: Any) -> DelegationState:
        """Sam acts for Ana from now on."""
        wanted = {"subject": self.ana.sub, "reason": "order", "client_id": DESK, "channel": CHANNEL, "call": self.call}
        return begin_assistance(**{**wanted, **changes})


def set_scene(call: CallContext) -> Scene:
    """Everybody in place."""
    desk = open_desk(call)
    ana, sam = make_customer(call, "ana"), hire(call, "sam", Role.SUPPORT)
    return Scene(
        desk=desk,
        ana=ana,
        sam=sam,
        chat=desk.sign_in(ana, Method.PASSKEY_UV, channel="chat"),
        sams=desk.sign_in(sam, Method.PASSWORD, Method.TOTP),
    )
