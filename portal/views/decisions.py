"""For operators: what was decided, and why, as a chart, as a table and in words to read aloud."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assurance.queries import Explanation, get_explanation, list_poisoned, pick_decisions
from assurance.types import Facts, Health, Judgement, Line, Outcome
from channel_registry.queries import list_channels
from oauth.queries import find_client
from portal import rules
from portal.types import DECISION_READERS, EvidenceBar, OutcomeName
from portal.views.console import View, for_operators
from portal.views.readers import caller_of

SHOWN = 50
AMONG = 2000
_LONGEST_PLACE = 18  # digits: what a database counts to
_NARROWEST_SCALE = 4.0  # bits: a page of small evidence must not look like one of strong evidence


def _for_readers_of_decisions(view: View) -> View:
    """Operators whose role lets them read decisions; for the others there are none."""

    def guarded(request: HttpRequest, **places: str) -> HttpResponse:
        if not caller_of(request).roles & DECISION_READERS:
            raise Http404
        return view(request, **places)

    return for_operators(guarded)


@require_safe
@never_cache
@_for_readers_of_decisions
def console_decisions(request: HttpRequest) -> HttpResponse:
    """The newest decisions, of one outcome, action, channel or customer if the address says so."""
    wanted = {name: _word(request, name) for name in ("outcome", "action", "channel", "subject")}
    before = _place(request)
    page = pick_decisions(limit=SHOWN, among=AMONG, before=before, **wanted)
    poisoned = list_poisoned(page.decisions)
    channels = [(channel.slug, rules.name_channel(channel.slug)) for channel in list_channels()]
    context = {
        "decisions": [
            {
                "id": each.id,
                "action": each.facts.action,
                "outcome": name_outcome(each.judgement["outcome"]),
                "channel": rules.name_channel(each.channel),
                "client": _client_name(each.client_id),
                "at": each.decided_at,
                "poisoned": poisoned.get(each.id, ()),
            }
            for each in page.decisions
        ],
        "wanted": wanted,
        "is_filtered": any(wanted.values()),
        "is_first": before is None,
        "older": _address(wanted, page.older) if page.older else "",
        "newest": _address(wanted, None),
        "outcomes": [(each.value, name_outcome(each.value).word) for each in Outcome],
        "channels": channels,
        "among": AMONG,
    }
    return render(request, "portal/console_decisions.html", context)


@require_safe
@never_cache
@_for_readers_of_decisions
def console_decision(request: HttpRequest, decision_id: str) -> HttpResponse:
    """Why one decision was made."""
    explanation = get_explanation(decision_id=decision_id, reader=caller_of(request))
    decision, judgement = explanation.decision, explanation.judgement
    context = {
        "explanation": explanation,
        "decision": decision,
        "facts": decision.facts,
        "rule": decision.facts.rule,
        "consent_until": _instant(decision.facts.consent.valid_until),
        "outcome": name_outcome(decision.judgement["outcome"]),
        "channel": rules.name_channel(decision.channel),
        "client": _client_name(decision.client_id),
        "device": decision.facts.session.device_class.value.replace("_", " ") if decision.facts.session else "",
        "bars": list(_bars(explanation)) if decision.facts.is_judged else [],
        "missing": [line.evidence for line in judgement.confidence.lines if line.evidence.missing],
        "steps": list(_steps(decision.facts, judgement)) if decision.facts.is_judged else [],
    }
    return render(request, "portal/console_decision.html", context)


def _instant(stored: str) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None


def _word(request: HttpRequest, name: str) -> str:
    """One word of the filter; what cannot be one finds nothing instead of everything."""
    return request.GET.get(name, "").strip()[:64].replace("\x00", "\ufffd")


def _place(request: HttpRequest) -> int | None:
    """Where the page begins; what is no place in the journal is the newest."""
    said = request.GET.get("before", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= _LONGEST_PLACE else None


def _address(wanted: Mapping[str, str], before: int | None) -> str:
    """The query of this list, filter included, from a place on."""
    said = {name: value for name, value in wanted.items() if value} | ({"before": str(before)} if before else {})
    return f"?{urlencode(said)}"


def _client_name(client_id: str) -> str:
    client = find_client(client_id=client_id)
    return client.name if client else client_id or "the gateway itself"


# --- The chart --------------------------------------------------------------------------------------------------------


def _bars(explanation: Explanation) -> Iterator[EvidenceBar]:
    found = explanation.judgement.confidence
    lines = [line for line in found.lines if not line.evidence.missing]
    sizes = [abs(found.prior_bits), *(max(abs(line.evidence.bits), abs(line.counted)) for line in lines)]
    scale = 100 / max(_NARROWEST_SCALE, *sizes)
    yield _bar("Before anything is known of the session", found.prior_bits, found.prior_bits, scale, "the policy")
    for line in lines:
        yield _bar_of(line, scale)


def _bar_of(line: Line, scale: float) -> EvidenceBar:
    evidence = line.evidence
    age = name_age(evidence.age_seconds)
    health = "" if evidence.health is Health.OK else evidence.health.value
    standing = "stands until somebody clears it" if evidence.standing else ""
    detail = ", ".join(filter(None, (age, f"its source is {health}" if health else "", standing)))
    bar = _bar(evidence.label, line.counted, evidence.bits, scale, evidence.source)
    return replace(bar, detail=detail, age=age, health=evidence.health.value, value_class=evidence.value_class)


def _bar(label: str, counted: float, fresh: float, scale: float, source: str) -> EvidenceBar:
    return EvidenceBar(
        label=label,
        detail="",
        bits=signed_bits(counted),
        speaks="good" if counted >= 0 else "bad",
        begin=round(min(0.0, counted) * scale, 2),
        length=round(abs(counted) * scale, 2),
        fresh_begin=round(min(0.0, fresh) * scale, 2),
        fresh_length=round(abs(fresh) * scale, 2),
        source=source,
        fresh_bits=signed_bits(fresh),
    )


def _steps(facts: Facts, judgement: Judgement) -> Iterator[tuple[str, str]]:
    """From all the evidence to the number that was answered."""
    found, shown = judgement.confidence, percent
    yield "All of it together, at the last proof", shown(found.at_proof)
    if facts.session is not None:
        since = name_age(facts.session.proved_seconds) or "nothing proved in this session"
        yield f"After ageing on this device: {since}", shown(found.aged)
    if found.session != found.aged:
        yield "With the risks that stand against the account", shown(found.session)
    if found.p_match is not None:
        yield "With how surely the record is hers", shown(found.reported)
    yield "Reported", shown(found.reported)
    if facts.rule is not None:
        yield "Needed for this action", shown(facts.rule.threshold)
    yield "At most, after one more proof", shown(judgement.reachable)


# --- Words ------------------------------------------------------------------------------------------------------------

_OUTCOMES = {
    "permit": OutcomeName("Allowed", "good"),
    "step_up": OutcomeName("Proof asked for", "info"),
    "suppress": OutcomeName("Nothing shown", "warn"),
    "review": OutcomeName("For a person", "warn"),
    "refuse": OutcomeName("Refused", "bad"),
}


def name_outcome(outcome: str) -> OutcomeName:
    """A decision's outcome in a word, and the kind of badge it wears."""
    return _OUTCOMES.get(outcome, OutcomeName(outcome, ""))


def name_age(seconds: float | None) -> str:
    """How long ago, counted in one unit; empty where it has no age."""
    if seconds is None:
        return ""
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just before"


def signed_bits(bits: float) -> str:
    """Bits with their sign and two digits, with a true minus."""
    return "0.00" if abs(bits) < 0.005 else f"{bits:+.2f}".replace("-", "\u2212")


def percent(probability: float) -> str:
    """A probability in percent, with two digits."""
    return f"{100 * probability:.2f} %"
