"""What the templates say with: fields, errors, times, masked addresses, links of the configured base URL."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django import template
from django.conf import settings
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.queries import get_shortest_password, list_doors, list_offered_providers
from accounts.types import Doors, ProviderSummary
from consent.types import PurposeRule
from delegation.types import STAFF_ROLES
from kit import clock
from kit.http import client_address
from kit.user_agents import name_device
from oauth.queries import count_approvals
from portal import queries, rules
from portal.types import FieldError, NavItem
from sessions_hub.types import AccountHere

register = template.Library()

register.filter("mask_email", rules.mask_email)
register.filter("device_name", rules.name_device)
register.filter("staff_name", rules.name_staff)
register.filter("place_name", rules.name_place)
register.filter("known_device", name_device)
register.filter("seconds", rules.name_seconds)
register.filter("duration", rules.name_duration)
register.filter("delivery_error", rules.name_delivery_error)
register.filter("channel_name", rules.name_channel)
register.filter("grouped_code", rules.grouped_code)
register.filter("purpose_text", PurposeRule.text)
register.filter("cut_words", lambda code: str(code).replace("_", " "))


# --- Forms ---------------------------------------------------------------------------------------------------


@register.inclusion_tag("portal/parts/field.html")
def field(
    bound: BoundField, *, label: str = "", hint: str | None = None, kind: str = "", **attrs: Any
) -> dict[str, Any]:
    """One form field: label above, the input, its errors beside it, the hint below.

    `label` and `hint` replace the form's own words; `kind="code"` is for one-time codes, `"source"` for text of many
    lines that machines read; `value` is a suggestion for an empty field; other keywords become attributes of the input
    (`autofocus=True`, `autocomplete="..."`).
    """
    label = label or str(bound.label)
    hint = str(bound.help_text) if hint is None else hint
    errors = list(_errors_of(bound, label))
    described = [f"{bound.auto_id}_error"] * bool(errors) + [f"{bound.auto_id}_helptext"] * bool(hint)
    extra: dict[str, Any] = {"class": "input", "placeholder": False, **attrs}
    if bound.form.is_bound or not extra.get("value"):
        extra.pop("value", None)  # what was typed stands; a suggestion is for an empty field only
    if described:
        extra["aria-describedby"] = " ".join(described)
    if kind == "code":
        extra |= {"class": "input input-code", "autocapitalize": "characters", "spellcheck": "false"}
    if kind == "source":
        extra |= {"class": "input input-source", "autocapitalize": "none"}
    if bound.form.errors:
        extra.pop("autofocus", None)  # the summary of the errors takes the focus
    return {
        "bound": bound,
        "label": label,
        "hint": hint,
        "errors": errors,
        "optional": not bound.field.required,
        "check": bound.widget_type == "checkbox",
        "widget": bound.as_widget(attrs=extra),
    }


@register.inclusion_tag("portal/parts/error_summary.html")
def error_summary(form: BaseForm | None, **labels: str) -> dict[str, Any]:
    """All errors of a form on top of it, linked to their fields, with the focus; `labels` rename fields."""
    errors: list[FieldError] = []
    if form is not None and form.errors:
        errors += [FieldError(said) for said in _say(form.errors.as_data().get("__all__", []), "")]
        for bound in form:
            label = labels.get(bound.name) or str(bound.label)
            errors += [FieldError(said, bound.id_for_label) for said in _errors_of(bound, label)]
    return {"errors": errors}


def _errors_of(bound: BoundField, label: str) -> Iterator[str]:
    return _say(bound.form.errors.as_data().get(bound.name, []), label)


def _say(errors: list[Any], label: str) -> Iterator[str]:
    for error in errors:
        message = " ".join(error.messages)
        yield rules.plain_error(error.code or "", label=label, message=message, params=error.params)


@register.simple_tag
def password_rules(account: Any = None) -> str:
    """What a password must be, in one sentence: shorter where the account has something beside it."""
    shortest, alone = get_shortest_password(account), get_shortest_password(None)
    said = f"At least {shortest} characters"
    if shortest < alone:
        said += f", or {alone} if it is to be enough without anything else"
    return f"{said}. A few words in a row are easy to remember."


@register.simple_tag
def second_step(request: HttpRequest) -> Doors:
    """With what the person who is half signed in can go on."""
    return list_doors(request._login_stage.login.user)  # type: ignore[attr-defined]  # allauth puts it there


@register.simple_tag(takes_context=True)
def login_hint(context: dict[str, Any]) -> str:
    """Whom the app expects to sign in (OIDC `login_hint`), on the way to that app's request only."""
    request = context.get("request")
    if not isinstance(request, HttpRequest) or not request.session:
        return ""
    hint = request.session.get("login_hint") or {}
    return str(hint.get("login", "")) if hint.get("next") == request.GET.get("next") else ""


# --- Who is signed in here --------------------------------------------------------------------------------------


@register.simple_tag
def account_name(here: AccountHere) -> str:
    """How an account is called in front of others in its household."""
    return rules.name_account(here.account.name, here.account.email)


@register.simple_tag(takes_context=True)
def accounts_here(context: dict[str, Any]) -> tuple[AccountHere, ...]:
    """Who is signed in in this browser, the one at it first."""
    household = getattr(context.get("request"), "household", None)
    return household.list_here() if household else ()


@register.inclusion_tag("portal/parts/choices.html", takes_context=True)
def choices(context: dict[str, Any]) -> dict[str, Any]:
    """The accounts that are signed in here, for whoever stands before a page that asks her to sign in.

    On the way to an app the choice is the answer that its waiting request wants.
    """
    request = context["request"]
    following = request.POST.get("next") or request.GET.get("next") or ""
    return {
        "accounts": accounts_here(context),
        "csrf_token": context.get("csrf_token"),
        "next": following,
        "action_url": queries.find_waiting_page(following) or reverse("portal:switch_account"),
    }


# --- Times, links, places --------------------------------------------------------------------------------------


@register.simple_tag
def when(moment: datetime | None) -> SafeString | str:
    """A relative time with the exact one on hover and in the markup; an em dash for never."""
    if moment is None:
        return "—"
    exact = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        exact.isoformat(timespec="seconds"),
        rules.exact_time(exact),
        rules.relative_time(exact, clock.now()),
    )


@register.simple_tag
def at_time(moment: datetime) -> SafeString:
    """The time of day, for what is read beside other times; the exact one on hover and in the markup."""
    exact = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        exact.isoformat(timespec="seconds"),
        rules.exact_time(exact),
        rules.clock_time(exact, clock.now()),
    )


@register.simple_tag
def on_day(moment: datetime) -> SafeString:
    """A day that may lie years ahead; the exact instant on hover and in the markup."""
    exact = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        exact.isoformat(timespec="seconds"),
        rules.exact_time(exact),
        f"{exact.day} {exact:%B %Y}",
    )


@register.inclusion_tag("portal/parts/assistance_banner.html", takes_context=True)
def assistance_banner(context: dict[str, Any]) -> dict[str, Any]:
    """Who works in the reader's account at this moment, and, for staff, in whose account the reader works."""
    caller = getattr(context.get("request"), "caller", None)
    if caller is None or not caller.subject:
        return {}
    if caller.roles:
        is_staff = bool(caller.roles & STAFF_ROLES)
        return {"helping": queries.list_help_by(actor=caller.subject, now=clock.now()) if is_staff else []}
    return {"helped_by": queries.list_help_for(subject=caller.subject, now=clock.now())}


@register.simple_tag
def to_the_second(moment: datetime) -> SafeString:
    """The time of day of an instant that is near, to the second."""
    exact = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        exact.isoformat(timespec="seconds"),
        rules.exact_time(exact),
        f"{exact:%H:%M:%S} UTC",
    )


@register.simple_tag
def absolute_url(name: str, *arguments: str) -> str:
    """The address of a page for a mail: built from ISSUER_URL only, never from the request."""
    return settings.ISSUER_URL + reverse(name, args=arguments)


@register.simple_tag(takes_context=True)
def upstream_providers(context: dict[str, Any]) -> list[ProviderSummary]:
    """The providers offered to whoever is about to sign in: those of the channel of the app that sent her here."""
    request = context["request"]
    path = (request.POST.get("next") or request.GET.get("next") or "").partition("?")[0]
    return list_offered_providers(channel=queries.find_channel(path))


@register.simple_tag(takes_context=True)
def nav_items(context: dict[str, Any]) -> tuple[NavItem, ...]:
    """The navigation for whoever is signed in."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    caller = getattr(request, "caller", None)
    return rules.navigation(match.view_name if match else "", caller.roles if caller else ())


@register.simple_tag(takes_context=True)
def outbox_is_open(context: dict[str, Any]) -> bool:
    """Whether the demo's mails may be shown to this client."""
    request = context.get("request")
    if not isinstance(request, HttpRequest) or settings.MODE != "embedded":
        return False
    return rules.is_loopback(client_address(request))


@register.simple_tag(takes_context=True)
def waiting_approvals(context: dict[str, Any]) -> int:
    """How many requests wait for whoever is signed in; 0 on the pages that show them anyway."""
    request = context.get("request")
    caller = getattr(request, "caller", None)
    match = getattr(request, "resolver_match", None)
    if caller is None or not caller.subject or (match and match.view_name in ("portal:approvals", "portal:approval")):
        return 0
    return count_approvals(subject=caller.subject, now=clock.now())
