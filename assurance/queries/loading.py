"""Everything a judgement rests on, asked of the floors below at once: a fixed number of statements."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import F, FilteredRelation, Q

from accounts.queries import get_holdings
from accounts.types import Holdings
from assurance.models import SubjectProfile
from assurance.queries.learned import find_crowd, list_feeds, list_weights
from assurance.rules import device_of_channel, features_of
from assurance.types import Failure, Material, Profile, RiskKind, Standing
from channel_registry.queries import get_policy
from channel_registry.types import DEFAULT_POLICY, ChannelPolicy, DeviceClass
from kit.prepared import Question
from sessions_hub.queries import find_session_at_hand
from sessions_hub.types import SessionAtHand, Via

# One row for each standing risk, one where none stands.
_profile = Question(
    lambda subject: (
        SubjectProfile.objects.filter(subject=subject)
        .annotate(standing=FilteredRelation("flags", condition=Q(flags__cleared_at=None)))
        .annotate(risk=F("standing__kind"), risk_source=F("standing__source"), risk_at=F("standing__raised_at"))
        .order_by("standing__pk")
    )
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was found: the policy of the channel, the session if one lives, what the signals look at."""

    policy: ChannelPolicy
    at_hand: SessionAtHand | None
    holdings: Holdings
    material: Material


def load(*, sid: str, channel: str, now: datetime) -> Loaded:
    """Load what a judgement in session `sid` on `channel` needs; without a live session there is next to nothing.

    Three statements with a session, one where there is none any more, none without a `sid`. Raises ChannelUnavailable.
    """
    policy = get_policy(channel)
    at_hand = find_session_at_hand(sid=sid, now=now) if sid else None
    if at_hand is None:
        return Loaded(policy, None, Holdings(), Material(now=now, channel=channel))
    subject = at_hand.state.subject
    holdings = get_holdings(subject=subject)
    profile, standing = _read_profile(subject)
    state = at_hand.state
    features = features_of(address_label=state.address_label, user_agent=state.user_agent, place=state.place)
    device_class = _device_class(at_hand)
    material = Material(
        now=now,
        channel=channel,
        proofs=tuple((proof.method.value, proof.at) for proof in at_hand.proofs),
        counted_methods=policy.authenticators,
        device_class=device_class,
        ageing=policy.ageing(device_class),
        places_known=bool(state.place and profile.located),
        device_sessions=at_hand.device_sessions,
        device_known_at=at_hand.device_known_at,
        shared_by=at_hand.shared_by,
        features=features,
        profile=_without(profile, features, at_hand.state.via),
        crowd=find_crowd(),
        standing=standing,
        identifiers=holdings.identifiers,
        feeds=list_feeds(),
        weights=list_weights(),
        human_checked_at=at_hand.state.started_at if at_hand.state.via is Via.ASSISTANCE else None,
    )
    return Loaded(policy, at_hand, holdings, material)


def load_nothing(*, channel: str, now: datetime) -> Loaded:
    """What there is where a question is not judged: no policy, nobody."""
    return Loaded(DEFAULT_POLICY, None, Holdings(), Material(now=now, channel=channel))


def _device_class(at_hand: SessionAtHand) -> DeviceClass:
    """A device that several people use is shared, whatever channel it is on."""
    if at_hand.shared_by > 1:
        return DeviceClass.SHARED_BROWSER
    return device_of_channel(at_hand.state.channel)


def _without(profile: Profile, features: Mapping[str, str], via: Via) -> Profile:
    """A profile as it was before the session judged: what was learned from itself says nothing about it."""
    if via is not Via.SIGN_IN or not profile.sessions:
        return profile
    others = {
        feature: {value: count - (features.get(feature) == value) for value, count in counts.items()}
        for feature, counts in profile.features.items()
    }
    return replace(profile, sessions=profile.sessions - 1, features=others)


def _read_profile(subject: str) -> tuple[Profile, tuple[Standing, ...]]:
    rows: list[Any] = _profile.all(subject)
    if not rows:
        return Profile(), ()
    standing = tuple(Standing(RiskKind(row.risk), row.risk_source, row.risk_at) for row in rows if row.risk)
    row = rows[0]
    profile = Profile(
        sessions=row.sessions,
        features=row.features,
        located=bool(row.seen),
        changed={kind: datetime.fromisoformat(at) for kind, at in row.changed.items()},
        failures=tuple(Failure(datetime.fromisoformat(each["at"]), each["network"]) for each in row.failures),
    )
    return profile, standing
