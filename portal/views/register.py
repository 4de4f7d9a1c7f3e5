"""For operators: what customers are asked for, who must be asked again, and how one person stands."""

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries import find_account, find_account_by_email
from consent import services
from consent.errors import NoticeConflict, PurposeInvalid, UnknownPurpose
from consent.queries import draft_of, list_all_purposes, list_mandates, list_purposes, list_versions
from consent.types import MandateKind, NoticeRef, ProcessorKind
from kit import clock
from kit.call import CallContext
from kit.http import call_from
from portal import queries
from portal.forms import MandateForm, NoticeForm, ProcessorForm, PurposeForm, SearchForm
from portal.views.console import permitted

_readers = permitted("consent.view_purpose")
_writers = permitted("consent.change_purpose")
_searchers = permitted("consent.view_consentevent")
_LONGEST_PARTY = 64


def _may(request: HttpRequest) -> dict[str, bool]:
    return {"may_write": request.user.has_perm("consent.change_purpose")}


@require_safe
@never_cache
@_readers
def console_consent(request: HttpRequest) -> HttpResponse:
    """Every purpose, notice and processor, and the way to one person's choices."""
    context = {
        **queries.get_register(),
        **_may(request),
        "may_search": request.user.has_perm("consent.view_consentevent"),
    }
    return render(request, "portal/register/catalog.html", context)


# --- Purposes -------------------------------------------------------------------------------------------------


@require_safe
@never_cache
@_readers
def console_purpose(request: HttpRequest, purpose: str) -> HttpResponse:
    """One purpose: what it says, how many allow it, who must be asked again."""
    after = request.GET.get("after", "")[:_LONGEST_PARTY].replace("\x00", "")
    context = {**queries.get_purpose_page(purpose=purpose, after=after), **_may(request)}
    return render(request, "portal/register/purpose.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_writers
def console_new_purpose(request: HttpRequest) -> HttpResponse:
    """Begin to ask for something."""
    return _edit(request, PurposeForm(request.POST or None, others=list_purposes()), "A new purpose")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_writers
def console_edit_purpose(request: HttpRequest, purpose: str) -> HttpResponse:
    """Change what a purpose is; a retired one is in force again."""
    row = next((each for each in list_all_purposes() if each.pk == purpose), None)
    if row is None:
        raise Http404
    form = PurposeForm(request.POST or None, present=draft_of(row), others=list_purposes())
    return _edit(request, form, f"Change {purpose}")


def _edit(request: HttpRequest, form: PurposeForm, title: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        draft = form.draft()
        try:
            services.put_purpose(draft=draft, call=call_from(request))
            messages.success(request, "It holds from now on, on every node within a second.")
            return redirect("portal:console_purpose", purpose=draft.id)
        except PurposeInvalid as error:
            form.refuse(error)
    back = (
        reverse("portal:console_purpose", args=[form.present.id]) if form.present else reverse("portal:console_consent")
    )
    context = {"form": form, "title": title, "back": back}
    return render(request, "portal/register/edit_purpose.html", context, status=422 if form.errors else 200)


@require_POST
@never_cache
@_writers
def console_retire_purpose(request: HttpRequest, purpose: str) -> HttpResponse:
    """Pursue a purpose no more."""
    services.retire_purpose(purpose=purpose, call=call_from(request))
    messages.success(request, f"{purpose} is pursued no more. Nothing is permitted for it, nor for what is below it.")
    return redirect("portal:console_consent")


# --- Notices, processors --------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_writers
def console_publish_notice(request: HttpRequest) -> HttpResponse:
    """Publish a version of a notice, in one language; it can never be changed."""
    form = NoticeForm(request.POST or None, purposes=list_purposes(), initial=_next_version(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            services.publish_notice(
                ref=form.ref(),
                **{name: said[name] for name in ("text", "purposes", "material", "title", "jurisdiction")},
                call=call_from(request),
            )
            messages.success(request, f"Version {said['version']} of {said['id']} may be shown from now on.")
            return redirect("portal:console_consent")
        except (PurposeInvalid, NoticeConflict, UnknownPurpose) as error:
            form.add_error(None, error.detail)
    return render(request, "portal/register/publish.html", {"form": form}, status=422 if form.errors else 200)


def _next_version(request: HttpRequest) -> dict[str, object]:
    """What the form begins with: the newest version of a notice, to be written on."""
    id, language = (request.GET.get(name, "")[:_LONGEST_PARTY].replace("\x00", "") for name in ("after", "language"))
    versions = list_versions(id)
    newest = next((each for each in versions if each.language == language), next(iter(versions), None))
    if newest is None:
        return {"language": "en", "version": 1}
    return {
        "id": newest.id,
        "version": versions[0].version + 1,
        "language": newest.language,
        "title": newest.title,
        "jurisdiction": newest.jurisdiction,
        "text": newest.text,
        "purposes": list(newest.purposes),
    }


@require_POST
@never_cache
@_writers
def console_retire_notice(request: HttpRequest, id: str, version: int, language: str) -> HttpResponse:
    """Have a version shown to nobody any more; what was said under it stays."""
    services.retire_notice(ref=NoticeRef(id, version, language), call=call_from(request))
    messages.success(request, f"Version {version} of {id} ({language}) may be shown to nobody any more.")
    return redirect("portal:console_consent")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_writers
def console_add_processor(request: HttpRequest) -> HttpResponse:
    """Say who works with customers' data."""
    form = ProcessorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            kind = ProcessorKind(said["kind"])
            services.put_processor(id=said["id"], kind=kind, title=said["title"], call=call_from(request))
            messages.success(request, f"{said['title']} may be named from now on.")
            return redirect("portal:console_consent")
        except PurposeInvalid as error:
            form.add_error(None, error.problem)
    return render(request, "portal/register/processor.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@never_cache
@_writers
def console_retire_processor(request: HttpRequest, id: str) -> HttpResponse:
    """Have a processor work with customers' data no more."""
    services.retire_processor(id=id, call=call_from(request))
    messages.success(request, f"{id} is denied everything from now on.")
    return redirect("portal:console_consent")


# --- One person -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@_searchers
def console_register(request: HttpRequest) -> HttpResponse:
    """Find one person in the register."""
    form = SearchForm(request.POST or None)
    missed = False
    if request.method == "POST" and form.is_valid():
        party = services.search_register(hint=form.cleaned_data["hint"], call=call_from(request))
        if party:
            return redirect("portal:console_party", party=party)
        missed = True
    status = 404 if missed else 422 if form.errors else 200
    return render(request, "portal/register/search.html", {"form": form, "missed": missed}, status=status)


@require_safe
@never_cache
@_searchers
def console_party(request: HttpRequest, party: str) -> HttpResponse:
    """How one person stands on every purpose, and why."""
    return _show(request, party, MandateForm())


def _show(request: HttpRequest, party: str, form: MandateForm) -> HttpResponse:
    context = {
        **queries.get_party(party=party, now=clock.now()),
        "form": form,
        "may_mandate": request.user.has_perm("consent.add_mandate"),
    }
    return render(request, "portal/register/party.html", context, status=422 if form.errors else 200)


@require_safe
@never_cache
@_searchers
def console_evidence(request: HttpRequest, party: str, purpose: str) -> HttpResponse:
    """What proves how one person stands on one purpose, as one signed file."""
    queries.get_party(party=party, now=clock.now())  # nobody is made up
    evidence = services.export_evidence(party=party, purpose=purpose, call=call_from(request))
    body = json.dumps(evidence, indent=2, ensure_ascii=False, default=str)
    response = HttpResponse(body + "\n", content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="consent-evidence-{party}-{purpose}.json"'
    return response


@require_POST
@never_cache
@permitted("consent.add_mandate")
def console_give_mandate(request: HttpRequest, party: str) -> HttpResponse:
    """Let somebody choose for a customer."""
    queries.get_party(party=party, now=clock.now())
    form = MandateForm(request.POST)
    if form.is_valid():
        try:
            _give(form, party, call_from(request))
            messages.success(request, "The mandate holds from now on.")
            return redirect("portal:console_party", party=party)
        except (PurposeInvalid, UnknownPurpose) as error:
            form.add_error(None, error.detail)
    return _show(request, party, form)


def _give(form: MandateForm, party: str, call: CallContext) -> None:
    said = form.cleaned_data
    hint = said["holder"].strip()
    holder = find_account_by_email(hint) if "@" in hint else find_account(hint[:_LONGEST_PARTY])
    if holder is None:
        raise PurposeInvalid("There is nobody under this address or number.")
    services.give_mandate(
        party=party,
        holder=holder.sub,
        kind=MandateKind(said["kind"]),
        purposes=said["purposes"].split(),
        expires_at=form.expires_at(),
        evidence=said["evidence"],
        call=call,
    )


@require_POST
@never_cache
@permitted("consent.add_mandate")
def console_revoke_mandate(request: HttpRequest, party: str, id: str) -> HttpResponse:
    """Let nobody choose by this mandate any more."""
    if not any(row.pk == id for row in list_mandates(party)):
        raise Http404
    services.revoke_mandate(id=id, call=call_from(request))
    messages.success(request, "The mandate is revoked. What was permitted by it counts no longer; refusals stay.")
    return redirect("portal:console_party", party=party)
