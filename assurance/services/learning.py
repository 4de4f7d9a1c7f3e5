"""Learning how subjects come: from sessions that began, changes and wrong answers."""

from collections import Counter
from datetime import timedelta

from assurance.models import Population, SubjectProfile
from assurance.queries import forget_learned
from assurance.rules import features_of
from kit.call import CallContext
from kit.unit_of_work import deed

MOST_VALUES = 40
"""Values kept of one feature of one subject; the rarest go first."""
MOST_FAILURES = 20
FAILURES_KEPT = timedelta(hours=24)
PROFILES_AT_ONCE = 2000
MOST_PROFILES = 100_000


@deed
def learn_session(*, subject: str, address_label: str, user_agent: str, place: str, call: CallContext) -> None:
    """Count the features of a session that began with a sign-in."""
    profile = _lock(subject, call)
    for feature, value in features_of(address_label=address_label, user_agent=user_agent, place=place).items():
        counts = Counter(profile.features.get(feature, {}))
        counts[value] += 1
        profile.features[feature] = dict(counts.most_common(MOST_VALUES))
    profile.sessions += 1
    _save(profile, call)


@deed
def learn_change(*, subject: str, kind: str, call: CallContext) -> None:
    """Note that a kind of authenticator or identifier changed just now."""
    profile = _lock(subject, call)
    profile.changed[kind] = call.now.isoformat()
    _save(profile, call)


@deed
def learn_failure(*, subject: str, call: CallContext) -> None:
    """Note a wrong answer somebody gave in a subject's name."""
    profile = _lock(subject, call)
    since = (call.now - FAILURES_KEPT).isoformat()
    profile.failures = [*(at for at in profile.failures if at >= since), call.now.isoformat()][-MOST_FAILURES:]
    _save(profile, call)


@deed
def learn_population(*, call: CallContext) -> int:
    """Make a new snapshot of how everybody comes, from the profiles seen last; answers from how many."""
    features: dict[str, Counter[str]] = {}
    sessions = profiles = 0
    rows = SubjectProfile.objects.order_by("-updated_at").values_list("sessions", "features")[:MOST_PROFILES]
    for count, of_one in rows.iterator(chunk_size=PROFILES_AT_ONCE):
        profiles, sessions = profiles + 1, sessions + count
        for feature, counts in of_one.items():
            features.setdefault(feature, Counter()).update(counts)
    Population.objects.create(
        version=call.now.strftime("%Y%m%dT%H%M%S"),
        sessions=sessions,
        features={feature: dict(counts) for feature, counts in features.items()},
        made_at=call.now,
    )
    forget_learned()
    return profiles


def _lock(subject: str, call: CallContext) -> SubjectProfile:
    SubjectProfile.objects.bulk_create([SubjectProfile(subject=subject, updated_at=call.now)], ignore_conflicts=True)
    return SubjectProfile.objects.select_for_update().get(subject=subject)


def _save(profile: SubjectProfile, call: CallContext) -> None:
    profile.updated_at = call.now
    profile.save()
