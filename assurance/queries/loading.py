"""Everything a judgement rests on, asked of the floors below at once: a fixed number of statements."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from accounts.queries import get_holdings
from accounts.types import Holdings
from assurance.models import SubjectProfile
from assurance.queries.flags import list_standing
from assurance.queries.learned import find_crowd, list_feeds, list_weights
from assurance.rules import device_of_channel, features_of
from assurance.types import Material, Profile
from channel_registry.queries import get_policy
from channel_registry.types import DEFAULT_POLICY, ChannelPolicy, DeviceClass
from kit.prepared import Question
from sessions_hub.queries import find_session_at_hand
from sessions_hub.types import SessionAtHand, Via

_profile = Question(lambda subject: SubjectProfile.objects.filter(subject=subject))


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was found: the policy of the channel, the session if one lives, what the signals look at."""

    policy: ChannelPolicy
    at_hand: SessionAtHand | None
    holdings: Holdings
    material: Material


def load(*, sid: str, channel: str, now: datetime) -> Loaded:
    """Load what a judgement in session `sid` on `channel` needs; without a live session there is next to nothing.

    Six statements with a session, one where there is none any more, none without a `sid`. Raises ChannelUnavailable.
    """
    policy = get_policy(channel)
    at_hand = find_session_at_hand(sid=sid, now=now) if sid else None
    if at_hand is None:
        return Loaded(policy, None, Holdings(), Material(now=now, channel=channel))
    subject = at_hand.state.subject
    holdings = get_holdings(subject=subject)
    state = at_hand.state
    features = features_of(address_label=state.address_label, user_agent=state.user_agent, place=state.place)
    material = Material(
        now=now,
        channel=channel,
        proofs=tuple((proof.method.value, proof.at) for proof in at_hand.proofs),
        counted_methods=policy.authenticators,
        device_class=_device_class(at_hand),
        device_sessions=at_hand.device_sessions,
        device_known_at=at_hand.device_known_at,
        shared_by=at_hand.shared_by,
        features=features,
        profile=_without(_read_profile(subject), features, at_hand.state.via),
        crowd=find_crowd(),
        standing=list_standing(subject=subject),
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


def _read_profile(subject: str) -> Profile:
    row = _profile.first(subject)
    if row is None:
        return Profile()
    return Profile(
        sessions=row.sessions,
        features=row.features,
        changed={kind: datetime.fromisoformat(at) for kind, at in row.changed.items()},
        failures=tuple(datetime.fromisoformat(at) for at in row.failures),
    )
