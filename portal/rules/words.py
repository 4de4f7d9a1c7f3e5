"""How things are called: devices, ways of signing in, errors, security events. Pure, so that words can be tested."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from accounts import events as accounts
from accounts.types import Method
from audit.types import EventType
from delegation import events as delegation
from delegation.types import EndReason, Reason
from kit import user_agents
from oauth import events as oauth
from portal.types import NavItem
from sessions_hub import events as sessions_hub
from sessions_hub.types import Via

# --- Where the reader is ------------------------------------------------------------------------------------

_SECTIONS = (
    ("Overview", "portal:home", re.compile(r"portal:(home|details)")),
    ("Devices", "portal:sessions", re.compile(r"portal:(sessions.*|end_.*)")),
    ("Consent", "portal:consents", re.compile(r"portal:(consents?|consent_history|choose_consent)")),
    ("Apps", "portal:apps", re.compile(r"portal:(apps|withdraw_app)")),
    ("Approvals", "portal:approvals", re.compile(r"portal:approvals?")),
    ("Security", "portal:security", re.compile(r"portal:(security|not_me)|account_.*|mfa_.*|upstream_.*")),
)
_CONSOLE = ("Console", "portal:console", re.compile(r"portal:(console.*|design)"))


def navigation(view_name: str, roles: Collection[str]) -> tuple[NavItem, ...]:
    """The sections a signed-in person may visit; operators also have the console, first, where a phone shows it."""
    sections = (_CONSOLE, *_SECTIONS) if roles else _SECTIONS
    return tuple(NavItem(label, name, bool(pages.fullmatch(view_name))) for label, name, pages in sections)


def is_loopback(address: str | None) -> bool:
    """Whether a client address is this very machine."""
    try:
        return ip_address((address or "").partition("%")[0]).is_loopback
    except ValueError:
        return False


# --- Times -----------------------------------------------------------------------------------------------------


def relative_time(moment: datetime, now: datetime) -> str:
    """How long ago, or in how long, as one would say it; from a month on the date itself.

    Less than a minute ahead is now: two machines never have quite the same time.
    """
    seconds = abs(int((now - moment).total_seconds()))
    if seconds < 60:
        return "just now"
    for unit, length, until in (("minute", 60, 3600), ("hour", 3600, 86_400), ("day", 86_400, 30 * 86_400)):
        if seconds < until:
            count = seconds // length
            said = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"in {said}" if moment > now else f"{said} ago"
    return f"{moment.day} {moment:%B %Y}"


def exact_time(moment: datetime) -> str:
    """The instant itself, with its time zone."""
    return f"{moment.day} {moment:%B %Y, %H:%M} {moment:%Z}"


def clock_time(moment: datetime, now: datetime) -> str:
    """The time of day and its zone, with the date where it is not today's.

    A browser does not say what its clock shows, so the zone is always named.
    """
    day = "" if moment.date() == now.date() else f"{moment.day} {moment:%B}, "
    return f"{day}{moment:%H:%M} {moment:%Z}"


# --- Addresses -----------------------------------------------------------------------------------------------


def mask_email(address: str) -> str:
    """An e-mail address that its owner recognizes and nobody else learns: `a•••@example.com`."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}" if at and local else "•••"


def name_account(name: str, email: str) -> str:
    """How an account is called in front of others in its household: by its name, never by a full address."""
    return name if name and "@" not in name else mask_email(email)


# --- Devices -------------------------------------------------------------------------------------------------


def name_device(user_agent: str, *, otherwise: str = "") -> str:
    """What a person calls the thing she holds, as far as it says so; else what else is known of it."""
    return user_agents.name_device(user_agent) or otherwise or "Unknown device"


_CHANNELS = {"web": "Website", "mobile": "App", "chat": "Chat", "contact_center": "Phone", "in_store": "Store"}


def name_channel(channel: str) -> str:
    """The touch point in a customer's words; an unknown one is called by its slug."""
    return _CHANNELS.get(channel, channel.replace("_", " ").capitalize())


_PLACES = {
    "web": "on the website",
    "mobile": "in the app",
    "chat": "in chat",
    "contact_center": "on the phone",
    "in_store": "in the store",
}


def name_place(channel: str) -> str:
    """Where somebody was, as it stands in a sentence: `in chat`."""
    return _PLACES.get(channel, f"on {channel.replace('_', ' ')}")


def grouped_code(code: str) -> str:
    """A code of a device as it shows it, however it was typed: `WDJB-MJHT`."""
    letters = "".join(each for each in code.upper() if each.isalnum())
    return f"{letters[:4]}-{letters[4:]}" if len(letters) == 8 else letters


_METHODS = {"pwd": "password", "otp": "one-time code", "pop": "passkey", "fed": "another provider"}


def name_methods(amr: Collection[str]) -> str:
    """How someone signed in, from `amr` values (RFC 8176): `password and one-time code`."""
    return " and ".join(dict.fromkeys(name for value, name in _METHODS.items() if value in amr))


_LEVELS = {
    "0": "recognized, nothing proved",
    "urn:throughline:1fa": "signed in with one proof",
    "urn:throughline:2fa": "signed in with two proofs",
    "phr": "signed in safe from phishing",
    "phrh": "signed in with a security key",
}


def name_level(acr: str) -> str:
    """What a session has proved, in words."""
    return _LEVELS.get(acr, acr)


_ORIGINS = {
    Via.HANDOFF: "Carried over by a link or code",
    Via.TRANSFER: "Opened from an app",
    Via.NATIVE_SSO: "Opened from another app of its maker",
    Via.DEVICE_CODE: "Let in by a code that was confirmed",
    Via.CIBA: "Let in by a confirmation",
    Via.ASSISTANCE: "Opened by our staff to help",
}


def describe_origin(via: Via, origin: str) -> str:
    """How a session came that was not signed in to itself, and under which other one it stands; else empty."""
    if via not in _ORIGINS:
        return ""
    return f"{_ORIGINS[via]}, belongs to {origin}" if origin else _ORIGINS[via]


# --- What to say when a form is not right ---------------------------------------------------------------------

_ERRORS = {
    "required": "Enter your {label}.",
    "invalid": "Enter an email address like name@example.com.",
    "incorrect_password": "That password isn't right. Check it, then try again.",
    "enter_current_password": "That isn't your current password. Check it, then try again.",
    "incorrect_code": "That code isn't right, or it has expired. Check it, then try again.",
    "account_inactive": "This account can't sign in at the moment.",
    "same_as_current": "That is the address you have now. Enter a different one.",
    "duplicate_email": "That address already belongs to your account. Enter a different one.",
    "email_taken": "This address can't be used for this account.",
    "password_too_short": "Use at least {min_length} characters.",
    "password_too_common": "That password is on lists that attackers try first. Choose another.",
    "password_too_similar": "That password is too close to your name or address. Choose another.",
    "unverified_email": "Confirm your email address first, then turn on two-step sign-in.",
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
_EVENTS: dict[EventType, tuple[str, str, bool]] = {
    accounts.ACCOUNT_CREATED: ("Account created", "Your account began here.", False),
    accounts.ACCOUNT_SUSPENDED: ("Account stopped", "Nobody can sign in until it is opened again.", True),
    accounts.ACCOUNT_REACTIVATED: ("Account opened again", "You can sign in as before.", True),
    accounts.ACCOUNT_CLOSED: ("Account closed", "Nobody can sign in any more.", True),
    accounts.IDENTIFIER_ADDED: ("Email address added", "It counts once it is confirmed.", False),
    accounts.IDENTIFIER_VERIFIED: ("Email address confirmed", "You can use it to sign in.", False),
    accounts.IDENTIFIER_REMOVED: ("Email address removed", "It no longer opens your account.", True),
    accounts.PASSWORD_CHANGED: ("Password changed", "The old password no longer works.", True),
    accounts.PASSWORD_RESET: ("Password reset", "A new one was chosen with a code from your mailbox.", True),
    accounts.AUTHENTICATOR_ADDED: ("Two-step sign-in added", "Signing in now asks for a second proof.", True),
    accounts.AUTHENTICATOR_REMOVED: ("Two-step sign-in removed", "Your password alone opens your account.", True),
    accounts.AUTHENTICATOR_REPLACED: ("Two-step sign-in changed", "The old codes no longer work.", True),
    accounts.EMAIL_CHANGE_UNDONE: (
        "Change of address undone",
        "Your old address is back, everything was signed out, and the password was taken away.",
        True,
    ),
    accounts.CREDENTIALS_WIPED: (
        "Password taken away",
        "It was chosen before the address was confirmed, perhaps by somebody else.",
        True,
    ),
    accounts.LINK_ADDED: ("Another sign-in linked", "Signing in there opens your account.", True),
    accounts.LINK_REMOVED: ("Another sign-in unlinked", "It no longer opens your account.", True),
    accounts.PROFILE_CHANGED: ("Your details changed", "Your name or your email address is different now.", True),
    sessions_hub.SESSION_STARTED: ("Signed in", "A new sign-in to your account.", False),
    sessions_hub.SESSION_ELEVATED: ("Confirmed it was you", "You proved again who you are.", False),
    sessions_hub.SESSION_LOWERED: ("Has to confirm again", "A way of signing in there no longer counts.", False),
    sessions_hub.SESSION_REVOKED: ("Signed out", "That device has to sign in again.", False),
    oauth.AUTHORIZATION_ALLOWED: ("You allowed an app", "It may do what you said yes to.", False),
    oauth.AUTHORIZATION_WITHDRAWN: ("You took an app's access back", "It has to ask you again.", False),
    oauth.GRANT_REUSED: (
        "An app's access was ended",
        "A key that was used up was tried again. We ended that access, to be safe.",
        True,
    ),
    oauth.APPROVAL_GIVEN: ("You let somebody in", "A device or another channel knows that it is you.", True),
    oauth.APPROVAL_REFUSED: ("You let nobody in", "A device or another channel asked, and the answer was no.", False),
    oauth.APPROVAL_DISOWNED: ("You said it wasn't you", "Somebody asked to be let in as you. Nobody was.", True),
    oauth.APPROVAL_REUSED: (
        "A device was signed out",
        "What let it in was used a second time. We ended that session, to be safe.",
        True,
    ),
}
_BY_NAME = {type.name: words for type, words in _EVENTS.items()}
_BY_METHOD = {
    (accounts.AUTHENTICATOR_ADDED.name, Method.TOTP): (
        "Authenticator app added",
        "Signing in now asks for a code from it.",
    ),
    (accounts.AUTHENTICATOR_ADDED.name, Method.RECOVERY_CODE): (
        "Recovery codes made",
        "Each signs you in once when your phone is not at hand.",
    ),
    (accounts.AUTHENTICATOR_ADDED.name, Method.PASSKEY): (
        "Passkey added",
        "It can be used to sign in.",
    ),
    (accounts.AUTHENTICATOR_REMOVED.name, Method.PASSKEY): (
        "Passkey removed",
        "It no longer opens your account.",
    ),
    (accounts.AUTHENTICATOR_REMOVED.name, Method.TOTP): (
        "Authenticator app removed",
        "Signing in no longer asks for its code.",
    ),
    (accounts.AUTHENTICATOR_REMOVED.name, Method.RECOVERY_CODE): (
        "Recovery codes removed",
        "They no longer open your account.",
    ),
    (accounts.AUTHENTICATOR_REPLACED.name, Method.RECOVERY_CODE): (
        "New recovery codes made",
        "The older ones no longer work.",
    ),
}


# --- Staff who help ---------------------------------------------------------------------------------------------

HELP_EVENTS = (delegation.DELEGATION_BEGUN, delegation.DELEGATION_REVOKED)
REASONS: Mapping[str, str] = {
    Reason.QUESTION: "a question",
    Reason.ORDER: "an order",
    Reason.PAYMENT: "a payment",
    Reason.CONTACT_DETAILS: "contact details",
    Reason.SIGN_IN_TROUBLE: "trouble signing in",
    Reason.COMPLAINT: "a complaint",
    Reason.OTHER: "something else",
}
"""Why staff help, in words that the customer reads."""


def name_staff(name: str) -> str:
    """Whom a customer sees at work in her account."""
    return f"{name} from customer service" if name else "Customer service"


def describe_help(type_name: str, payload: Mapping[str, Any], *, name: str) -> tuple[str, str, bool]:
    """The line of the log about staff who began to help, or stopped: as `describe_event` answers."""
    who = name_staff(name)
    if type_name == delegation.DELEGATION_BEGUN.name:
        reason = REASONS.get(payload.get("reason", ""), REASONS[Reason.OTHER])
        return "Somebody helped you", f"{who} worked in your account. It was about {reason}.", True
    ended = "You ended it." if payload.get("reason") == EndReason.ENDED_BY_CUSTOMER else "It has ended."
    return "Help ended", f"{who} can no longer work in your account. {ended}", False


def told_events() -> tuple[EventType, ...]:
    """The event types a customer is told about."""
    return (*_EVENTS, *HELP_EVENTS)


def describe_event(type_name: str, payload: Mapping[str, Any]) -> tuple[str, str, bool]:
    """What happened, what it means for the reader, whether it deserves a second look."""
    what, meaning, notable = _BY_NAME.get(type_name, (type_name, "", False))
    what, meaning = _BY_METHOD.get((type_name, payload.get("method", "")), (what, meaning))
    return what, meaning, notable


# --- Decisions -------------------------------------------------------------------------------------------------

OUTCOMES = {
    "permit": "Allowed",
    "step_up": "Asked for more proof",
    "suppress": "Shown the neutral version",
    "review": "Left to a person",
    "refuse": "Refused",
}
"""The five outcomes of a decision, as operators read them; from the mildest on."""
