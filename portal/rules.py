"""How things are called: devices, ways of signing in, errors, security events. Pure, so that words can be tested."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from portal.types import NavItem

# --- Where the reader is ------------------------------------------------------------------------------------

_SECTIONS = (
    ("Overview", "portal:home", re.compile(r"portal:home")),
    ("Devices", "portal:sessions", re.compile(r"portal:(sessions|end_.*)")),
    ("Security", "portal:security", re.compile(r"portal:(security|not_me)|account_.*|mfa_.*")),
)
_CONSOLE = ("Console", "portal:console", re.compile(r"portal:(console|design)"))


def navigation(view_name: str, roles: Collection[str]) -> tuple[NavItem, ...]:
    """The sections a signed-in person may visit; operators also have the console."""
    sections = (*_SECTIONS, _CONSOLE) if roles else _SECTIONS
    return tuple(NavItem(label, name, bool(pages.fullmatch(view_name))) for label, name, pages in sections)


def is_loopback(address: str | None) -> bool:
    """Whether a client address is this very machine."""
    try:
        return ip_address((address or "").partition("%")[0]).is_loopback
    except ValueError:
        return False


# --- Times -----------------------------------------------------------------------------------------------------


def relative_time(moment: datetime, now: datetime) -> str:
    """How long ago, as one would say it; from a month on the date itself."""
    seconds = int((now - moment).total_seconds())
    if seconds < 60:
        return "just now"
    for unit, length, until in (("minute", 60, 3600), ("hour", 3600, 86_400), ("day", 86_400, 30 * 86_400)):
        if seconds < until:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return f"{moment.day} {moment:%B %Y}"


def exact_time(moment: datetime) -> str:
    """The instant itself, with its time zone."""
    return f"{moment.day} {moment:%B %Y, %H:%M} {moment:%Z}"


# --- Addresses -----------------------------------------------------------------------------------------------


def mask_email(address: str) -> str:
    """An e-mail address that its owner recognizes and nobody else learns: `a•••@example.com`."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}" if at and local else "•••"


# --- Devices -------------------------------------------------------------------------------------------------

# In this order: Edge and Opera also call themselves Chrome, Chrome also calls itself Safari.
_BROWSERS = (
    ("Edge", "Edg"),
    ("Opera", "OPR/"),
    ("Samsung Internet", "SamsungBrowser"),
    ("Firefox", "Firefox/"),
    ("Firefox", "FxiOS"),
    ("Chrome", "CriOS"),
    ("Chrome", "Chrome/"),
    ("Safari", "Safari/"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Chromebook", "CrOS"),
    ("Windows", "Windows"),
    ("Mac", "Mac OS X"),
    ("Linux", "Linux"),
)


def name_device(user_agent: str) -> str:
    """What a person calls the thing she holds: `Firefox on Windows`; never more than the header says."""
    browser = next((name for name, mark in _BROWSERS if mark in user_agent), "")
    system = next((name for name, mark in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "Unknown device"


_CHANNELS = {"web": "Website", "mobile": "App", "chat": "Chat", "contact_center": "Phone", "in_store": "Store"}


def name_channel(channel: str) -> str:
    """The touch point in a customer's words; an unknown one is called by its slug."""
    return _CHANNELS.get(channel, channel.replace("_", " ").capitalize())


_METHODS = {"pwd": "password", "otp": "one-time code", "hwk": "passkey", "swk": "passkey"}


def name_methods(amr: Collection[str]) -> str:
    """How someone signed in, from `amr` values (RFC 8176): `password and one-time code`."""
    return " and ".join(dict.fromkeys(name for value, name in _METHODS.items() if value in amr))


# --- What to say when a form is not right ---------------------------------------------------------------------

_ERRORS = {
    "required": "Enter your {label}.",
    "invalid": "Enter an email address like name@example.com.",
    "email_password_mismatch": "That email address and password don’t match. Check both, then try again.",
    "incorrect_password": "That password isn’t right. Check it, then try again.",
    "enter_current_password": "That isn’t your current password. Check it, then try again.",
    "incorrect_code": "That code isn’t right, or it has expired. Check it, then try again.",
    "too_many_login_attempts": "Too many tries. Wait a few minutes, then try again.",
    "rate_limited": "Too many tries. Wait a few minutes, then try again.",
    "account_inactive": "This account can’t sign in at the moment.",
    "same_as_current": "That is the address you have now. Enter a different one.",
    "duplicate_email": "That address already belongs to your account. Enter a different one.",
    "email_taken": "This address can’t be used for this account.",
    "password_too_short": "Use at least {min_length} characters. A few words in a row are easy to remember.",
    "password_too_common": "That password is on lists that attackers try first. Choose another.",
    "password_too_similar": "That password is too close to your name or address. Choose another.",
    "unverified_email": "Confirm your email address first, then turn on two-step sign-in.",
    "cannot_delete_authenticator": "Two-step sign-in can’t be turned off for this account.",
    "cannot_generate_recovery_codes": "Turn on two-step sign-in first. Recovery codes belong to it.",
}


def plain_error(code: str, *, label: str, message: str, params: Mapping[str, Any] | None = None) -> str:
    """What a form error means for the reader; `message` is said where we have no better words."""
    words = _ERRORS.get(code)
    if code == "required":
        # "Email address" reads as "your email address"; "PIN" stays as it is.
        label = label if label.isupper() else label[:1].lower() + label[1:]
    if words is None or (code == "invalid" and "email" not in label.lower()):
        return message
    try:
        return words.format(label=label, **(params or {}))
    except KeyError:
        return message


# --- What happened, in a customer's words ----------------------------------------------------------------------

# Event type -> what happened, what it means, whether it deserves a second look.
_EVENTS = {
    "account.created": ("Account created", "Your account began here.", False),
    "account.suspended": ("Account stopped", "Nobody can sign in until it is opened again.", True),
    "account.reactivated": ("Account opened again", "You can sign in as before.", True),
    "account.closed": ("Account closed", "Nobody can sign in any more.", True),
    "identifier.added": ("Email address added", "It counts once it is confirmed.", True),
    "identifier.verified": ("Email address confirmed", "You can use it to sign in.", False),
    "identifier.removed": ("Email address removed", "It no longer opens your account.", True),
    "password.changed": ("Password changed", "The old password no longer works.", True),
    "password.reset": ("Password reset", "A code sent to your email address was used to choose a new password.", True),
    "authenticator.added": ("Two-step sign-in turned on", "Signing in now asks for a second proof.", True),
    "authenticator.removed": ("Two-step sign-in turned off", "Your password alone opens your account.", True),
    "profile.changed": ("Your details changed", "Your name or another detail was changed.", False),
    "session.started": ("Signed in", "A new sign-in to your account.", False),
    "session.elevated": ("Confirmed it was you", "You proved again who you are, for something that needs it.", False),
    "session.lowered": ("Asked to confirm again", "A way you had signed in with no longer counts.", False),
    "session.revoked": ("Signed out", "That device needs to sign in again.", False),
    "refresh_token.reused": (
        "An app’s access was ended",
        "A key that was used up was tried again. We ended that app’s access to be safe.",
        True,
    ),
}
_METHOD_EVENTS = {
    ("authenticator.added", "totp"): ("Authenticator app added", "Signing in now asks for a code from your app."),
    ("authenticator.added", "recovery_code"): ("Recovery codes created", "Older recovery codes no longer work."),
    ("authenticator.removed", "totp"): ("Authenticator app removed", "Signing in no longer asks for its code."),
    ("authenticator.removed", "recovery_code"): ("Recovery codes removed", "They no longer open your account."),
}


def known_events() -> frozenset[str]:
    """The event types a customer is told about."""
    return frozenset(_EVENTS)


def describe_event(type_name: str, payload: Mapping[str, Any]) -> tuple[str, str, bool]:
    """What happened, what it means for the reader, whether it deserves a second look."""
    what, meaning, notable = _EVENTS.get(type_name, (type_name, "", False))
    what, meaning = _METHOD_EVENTS.get((type_name, str(payload.get("method", ""))), (what, meaning))
    return what, meaning, notable
