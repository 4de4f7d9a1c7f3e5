"""What a customer has permitted, and how she changes it: one click in either direction."""

import json
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from consent.errors import (
    ConflictUnseen,
    EventReused,
    NoticeRetired,
    ProofNeeded,
    StalePage,
    UnknownNotice,
)
from consent.queries import counts_unproved, find_notice, get_event, list_versions, render_receipt
from consent.services import choose_herself
from consent.types import Action, Choice, Item, NoticeRef, Tier
from kit import clock
from kit.http import call_from
from kit.ids import digest, new_id
from kit.refusal import MalformedInput
from portal import queries
from portal.views.readers import caller_of, reader_of

_ACTIONS = {each.value: each for each in (Action.GRANT, Action.DENY, Action.WITHDRAW, Action.OBJECT)}
_CHANGED = (
    "You changed this somewhere else since this page was loaded. This is how it stands now. Choose again if you like."
)
_LONGEST = {"purpose": 64, "channel": 32, "processor": 64, "event": 64, "notice": 100, "seen": 18}


@dataclass(frozen=True, slots=True)
class _Said:
    """What a button says."""

    purpose: str
    action: Action
    channel: str
    processor: str
    event: str
    notice: NoticeRef | None
    seen: int
    acknowledged: bool
    unproved: bool
    everything: bool
    back: str


@require_safe
@never_cache
@login_required
def consents(request: HttpRequest) -> HttpResponse:
    """Everything you allow, for what, to whom, since when."""
    subject, _ = reader_of(request)
    page = queries.get_consents(subject=subject, now=clock.now())
    return render(request, "portal/consents/list.html", {"page": page, "event": new_id()})


@require_safe
@never_cache
@login_required
def consent(request: HttpRequest, purpose: str) -> HttpResponse:
    """One purpose: who, where, how long, and what you said of it so far."""
    subject, _ = reader_of(request)
    view, places, told = queries.get_consent(subject=subject, purpose=purpose, now=clock.now())
    reach = queries.list_reach(subject=subject, purpose=view.id, allowed=view.allowed)
    context = {"each": view, "places": places, "told": told, "reach": reach, "event": new_id()}
    return render(request, "portal/consents/one.html", context)


@require_safe
@never_cache
@login_required
def consent_history(request: HttpRequest) -> HttpResponse:
    """Everything you ever said, newest first."""
    subject, _ = reader_of(request)
    return render(request, "portal/consents/history.html", {"told": queries.list_told(subject=subject)})


@require_POST
@never_cache
@login_required
def choose_consent(request: HttpRequest) -> HttpResponse:
    """Allow or stop something: what the button said, at once."""
    said, call = _read(request), call_from(request)
    subject, _ = reader_of(request)
    before, _, _ = queries.get_consent(subject=subject, purpose=said.purpose, now=call.now)
    if not (before.allow or before.stop):
        raise MalformedInput("There is nothing to choose here.")
    choices = list(_choices(said, subject, before))
    try:
        recorded = choose_herself(choices=choices, may_be_unproved=said.unproved, call=call)
    except ProofNeeded:
        item = Item(subject, said.purpose, said.channel, said.processor)
        context = {"each": before, "said": said, "unproved": counts_unproved(item, call.now), "event": new_id()}
        return render(request, "portal/consents/prove.html", context, status=403)
    except ConflictUnseen as conflict:
        messages.warning(request, conflict.detail)
        return redirect("portal:consent", purpose=said.purpose)
    except (StalePage, EventReused, NoticeRetired):
        messages.warning(request, _CHANGED)
        return _back(said)
    _tell(request, said, before, repeated=any(recorded.replayed))
    return _back(said)


@require_safe
@never_cache
@login_required
def consent_receipt(request: HttpRequest, event: str) -> HttpResponse:
    """The signed receipt of one of your choices, as a file."""
    receipt = render_receipt(get_event(event, reader=caller_of(request)))
    body = json.dumps({"receipt": receipt.document, "jws": receipt.jws}, indent=2, ensure_ascii=False)
    response = HttpResponse(body + "\n", content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="consent-receipt-{receipt.id}.json"'
    return response


@require_safe
@never_cache
def notice(request: HttpRequest, id: str, version: int, language: str) -> HttpResponse:
    """A version of a notice, for anybody to read."""
    found = find_notice(NoticeRef(id, version, language))
    if found is None:
        raise Http404
    others = [each for each in list_versions(id) if each.ref != found.ref]
    return render(request, "portal/consents/notice.html", {"notice": found, "others": others})


# --- What a button says ---------------------------------------------------------------------------------------


def _read(request: HttpRequest) -> _Said:
    said = {name: request.POST.get(name, "") for name in _LONGEST}
    if any(len(value) > _LONGEST[name] or "\0" in value for name, value in said.items()):
        raise MalformedInput("A value of the form is too long.")
    action = _ACTIONS.get(request.POST.get("action", ""))
    if action is None or not said["event"] or not (said["seen"].isascii() and said["seen"].isdigit()):
        raise MalformedInput("Say what to do.")
    return _Said(
        purpose=said["purpose"],
        action=action,
        channel=said["channel"],
        processor=said["processor"],
        event=said["event"],
        notice=_read_notice(said["notice"]),
        seen=int(said["seen"]),
        acknowledged=request.POST.get("acknowledged") == "yes",
        unproved=request.POST.get("unproved") == "yes",
        everything=request.POST.get("everything") == "yes",
        back=request.POST.get("back", ""),
    )


def _read_notice(text: str) -> NoticeRef | None:
    if not text:
        return None
    parts = text.split("/")
    if len(parts) != 3 or not (parts[1].isascii() and parts[1].isdigit() and len(parts[1]) < 8):
        raise UnknownNotice
    return NoticeRef(parts[0], int(parts[1]), parts[2])


def _choices(said: _Said, subject: str, view: queries.ConsentView) -> list[Choice]:
    """One choice; with what is below it where the button says so: a yes goes down by name alone, a no by itself."""
    is_grant = said.action is Action.GRANT
    named = [said.purpose, *(view.below if said.everything and is_grant else ())]
    return [
        Choice(
            event_id=digest(f"{said.event} {said.action} {said.channel} {said.processor} {purpose}"),
            party=subject,
            purpose=purpose,
            action=said.action,
            tier=Tier.UNVERIFIED,
            channel=said.channel,
            processor=said.processor,
            notice=said.notice if is_grant else None,
            acknowledged=said.acknowledged and is_grant,
            seen=said.seen if purpose == said.purpose else None,
        )
        for purpose in named
    ]


def _tell(request: HttpRequest, said: _Said, before: queries.ConsentView, *, repeated: bool) -> None:
    """What holds now, which may be something else than what she asked for."""
    subject, _ = reader_of(request)
    now, places, _ = queries.get_consent(subject=subject, purpose=said.purpose, now=clock.now())
    name, allowed, why = now.title, now.allowed, now.why
    if said.channel or said.processor:
        field, value = ("channel", said.channel) if said.channel else ("processor", said.processor)
        place = next((each for each in places if (each.field, each.value) == (field, value)), None)
        if place is not None:
            name, allowed, why = f"{now.title}, {place.name}", place.allowed, place.why
    if repeated and allowed != (said.action is Action.GRANT):
        messages.warning(request, _CHANGED)
    elif said.action is not Action.GRANT:
        messages.success(request, f"{name}: stopped. It holds from now on.")
        if before.seq != said.seen:
            messages.info(request, "You had changed this somewhere else since that page was loaded. Your no counts.")
    elif allowed:
        messages.success(request, f"{name}: allowed.")
    else:
        messages.warning(request, f"{name}: recorded, but it stays off. {why}")


def _back(said: _Said) -> HttpResponse:
    if said.back == "one":
        return redirect("portal:consent", purpose=said.purpose)
    return redirect("portal:consents")
