"""Learning how subjects come: from sessions that began, changes and wrong answers."""

from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction

from accounts.queries import find_account
from accounts.types import Kind
from assurance.models import Population, SubjectProfile
from assurance.queries import forget_learned
from assurance.rules import code, features_of, is_impossible_travel
from assurance.services.risks import raise_risk
from assurance.types import RiskKind, Sighting
from kit.call import CallContext
from kit.places import find_coordinates, find_place
from kit.unit_of_work import deed
from sessions_hub.queries import label_network

MOST_VALUES = 40
"""Values kept of one feature of one subject; the rarest go first."""
MOST_FAILURES = 20
FAILURES_KEPT = timedelta(hours=24)
PROFILES_AT_ONCE = 2000
MOST_PROFILES = 100_000
MOST_COMMON = 5000
"""Values kept of one feature of everybody; a network not among them is as rare as one nobody has come from."""
SNAPSHOTS_KEPT = 24


@deed
def learn_session(*, subject: str, call: CallContext) -> None:
    """Count how a customer came who has just signed in, and raise a risk when she cannot have come so fast.

    Operators are not judged by their habits: nothing is learned of them.
    """
    account = find_account(subject)
    if account is None or account.kind != Kind.CUSTOMER:
        return
    profile = _lock(subject, call)
    found = features_of(
        address_label=label_network(call.address), user_agent=call.user_agent, place=find_place(call.address)
    )
    for feature, value in found.items():
        counts = Counter(profile.features.get(feature, {}))
        counts[value] += 1
        profile.features[feature] = _most_common(counts)
    profile.sessions += 1
    traveled = _note_sighting(profile, call)
    _save(profile, call)
    if traveled:
        raise_risk(subject=subject, kind=RiskKind.IMPOSSIBLE_TRAVEL, source="sessions_hub", call=call)


def _most_common(counts: Counter[str]) -> dict[str, int]:
    """The values kept of a feature: the newest one too, which is the rarest."""
    newest = next(reversed(counts))
    return dict(counts.most_common(MOST_VALUES - 1)) | {newest: counts[newest]}


def _note_sighting(profile: SubjectProfile, call: CallContext) -> bool:
    """Keep where she is now; True when she cannot have come here from where she was."""
    where = find_coordinates(call.address)
    if where is None:
        return False
    now, before = Sighting(*where, at=call.now), profile.seen
    profile.seen = {"latitude": now.latitude, "longitude": now.longitude, "at": now.at.isoformat()}
    if not before:
        return False
    last = Sighting(before["latitude"], before["longitude"], at=datetime.fromisoformat(before["at"]))
    return is_impossible_travel(last, now)


@deed
def learn_change(*, subject: str, kind: str, call: CallContext) -> None:
    """Note that a kind of authenticator or identifier changed just now."""
    profile = _lock(subject, call)
    profile.changed[kind] = call.now.isoformat()
    _save(profile, call)


@deed
def learn_failure(*, subject: str, call: CallContext) -> None:
    """Note a wrong answer somebody gave in a subject's name, and from which network.

    Without a subject, whose name is nobody's, nothing is kept, by as many statements: time must not tell who exists.
    """
    if not subject:
        _learn_nothing(call)
        return
    profile = _lock(subject, call)
    since = (call.now - FAILURES_KEPT).isoformat()
    kept = [each for each in profile.failures if each["at"] >= since]
    wrong = {"at": call.now.isoformat(), "network": code(label_network(call.address))}
    profile.failures = [*kept, wrong][-MOST_FAILURES:]
    _save(profile, call)


def _learn_nothing(call: CallContext) -> None:
    """As many statements as it takes to learn of somebody, about a row that is never there."""
    nobody = SubjectProfile.objects.filter(subject="")
    nobody.first()
    nobody.select_for_update().first()
    nobody.update(updated_at=call.now)


@deed
def learn_population(*, call: CallContext) -> int:
    """Make a new snapshot of how everybody comes, from the profiles seen last; answers from how many.

    Values that one person alone shows are left out: they make no difference, and nobody can be found by them.
    """
    features: dict[str, Counter[str]] = {}
    people: dict[str, Counter[str]] = {}
    sessions = profiles = 0
    rows = SubjectProfile.objects.order_by("-updated_at").values_list("sessions", "features")[:MOST_PROFILES]
    for count, of_one in rows.iterator(chunk_size=PROFILES_AT_ONCE):
        profiles, sessions = profiles + 1, sessions + count
        for feature, counts in of_one.items():
            features.setdefault(feature, Counter()).update(counts)
            people.setdefault(feature, Counter()).update(counts.keys())
    Population.objects.create(
        version=call.now.strftime("%Y%m%d%H%M%S%f"),
        sessions=sessions,
        features={feature: _shared(counts, people[feature]) for feature, counts in features.items()},
        made_at=call.now,
    )
    kept = Population.objects.order_by("-made_at").values_list("pk", flat=True)[:SNAPSHOTS_KEPT]
    Population.objects.exclude(pk__in=list(kept)).delete()
    transaction.on_commit(forget_learned)
    return profiles


def _shared(counts: Counter[str], people: Counter[str]) -> dict[str, int]:
    return {value: count for value, count in counts.most_common(MOST_COMMON) if people[value] > 1}


def _lock(subject: str, call: CallContext) -> SubjectProfile:
    SubjectProfile.objects.bulk_create([SubjectProfile(subject=subject, updated_at=call.now)], ignore_conflicts=True)
    return SubjectProfile.objects.select_for_update().get(subject=subject)


def _save(profile: SubjectProfile, call: CallContext) -> None:
    profile.updated_at = call.now
    profile.save()
