"""Judgement of this room: what a sign-in proved, what roles allow, how an account's life may go, what a name is."""

import hmac
import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from accounts.types import Expected, Method, Proof, ProviderDraft, Role, Status
from kit.destinations import DestinationRefused, read_destination
from kit.ids import digest

# Django's permission names, `app_label.verb_model`, with `*` for any run of characters.
PERMITTED: dict[Role, tuple[str, ...]] = {
    Role.ADMIN: ("*.*",),
    Role.AUDITOR: ("*.view_*",),
    Role.AUTHOR: (
        "channel_registry.view_*",
        "channel_registry.add_*",
        "channel_registry.change_*",
        "oauth.view_client",
        "oauth.add_client",
        "oauth.change_client",
        "sync.view_connection",
        "sync.add_connection",
        "sync.change_connection",
        "sync.view_transmitter",
        "sync.add_transmitter",
        "sync.change_transmitter",
    ),
    Role.APPROVER: ("channel_registry.view_*", "oauth.view_client"),
    Role.STEWARD: (
        "accounts.view_account",
        "accounts.view_identifier",
        "assurance.view_*",
        "consent.*",
        "resolution.view_*",
        "sync.view_feed",
        "sync.view_feedbatch",
        "sync.view_transmitter",
        "sync.decide_feedbatch",
    ),
    Role.SUPPORT: (
        "accounts.view_account",
        "accounts.suspend_account",
        "sessions_hub.view_*",
        "sessions_hub.end_session",
        "assurance.view_*",
        "resolution.view_*",
        "sync.view_*",
        "sync.replay_delivery",
    ),
}

# From which states an account may come into a state. Erased leads nowhere.
BEFORE: dict[Status, frozenset[Status]] = {
    Status.ACTIVE: frozenset({Status.SUSPENDED}),
    Status.SUSPENDED: frozenset({Status.ACTIVE}),
    Status.CLOSED: frozenset({Status.ACTIVE, Status.SUSPENDED}),
    Status.ERASED: frozenset({Status.ACTIVE, Status.SUSPENDED, Status.CLOSED}),
}

USER_VERIFIED = "user_verified"
"""In an authentication record: the passkey's own signature says that its PIN, finger or face was checked."""

AUTHENTICATED_AT = "authenticated_at"
"""In an authentication record: when the provider upstream says that the person proved herself there."""

_PLAIN_METHODS = {"password": Method.PASSWORD}
_MAILED_METHODS = {"code": Method.EMAIL_CODE, "password_reset": Method.EMAIL_CODE}
_SECOND_FACTORS = {"totp": Method.TOTP, "recovery_codes": Method.RECOVERY_CODE, "webauthn": Method.PASSKEY}
_LAST_INSTANT = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
_MAX_NAME = 200
_MAX_ADDRESS = 254  # what a mail server takes (RFC 5321), and the column
# Embedding and override marks turn the text around them; the plain joiners some scripts need are let through.
_TURNING_MARKS = frozenset("\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_REASON = re.compile(r"[a-z0-9_]{1,40}")
_TOTP_SECRET = re.compile(r"[A-Z2-7]{26,128}={0,6}")  # 26 characters of base32 carry 128 bits (RFC 4226, section 4)
_SHORT_PIECE = 4
_LEFT_AT_LEAST = 8
_WORDS = re.compile(r"\w+")
_RUNS = tuple(
    run * 4 for run in ("abcdefghijklmnopqrstuvwxyz", "01234567890", "1234567890", "qwertyuiopasdfghjklzxcvbnm")
)


def proofs_from(records: object) -> tuple[Proof, ...]:
    """What allauth's authentication records of one browser session prove, in their order.

    A record of an unknown method, of another shape or without a sensible time proves nothing and is left out;
    nothing raises. A code that came by mail counts as one thing, whether it was asked for to sign in or to replace
    a forgotten password; the password chosen then is no proof, because it was set and not known. Sign-up leaves no
    record at all: the same holds for its password, and the code that verified the address is told to
    `sessions_hub.browser` by the signal. A passkey counts as verified by the person where allauth demanded it, which it
    does for a sign-in without a password, and where our form saw that the authenticator signed that it did so.
    """
    if not isinstance(records, list | tuple):
        return ()
    return tuple(proof for record in records if (proof := _proof_from(record)) is not None)


def _proof_from(record: object) -> Proof | None:
    if not isinstance(record, dict):
        return None
    method, at = _method_of(record), _instant(record.get("at"))
    if method is None or at is None:
        return None
    if method is not Method.FEDERATED:
        return Proof(method=method, at=at)
    there = _instant(record.get(AUTHENTICATED_AT))  # she may have typed her password there long before she came here
    return Proof(method=method, at=min(at, there) if there else at, provider=record["provider"])


def _method_of(record: dict[Any, Any]) -> Method | None:
    name, kind = record.get("method"), record.get("type")
    if not isinstance(name, str):
        return None
    if name == "socialaccount":
        return Method.FEDERATED if isinstance(record.get("provider"), str) and record["provider"] else None
    if name in _PLAIN_METHODS:
        return _PLAIN_METHODS[name]
    if name in _MAILED_METHODS:
        return _MAILED_METHODS[name] if record.get("email") else None  # the same record may speak of a phone
    if name == "mfa" and isinstance(kind, str):
        if kind == "webauthn" and (record.get("passwordless") is True or record.get(USER_VERIFIED) is True):
            return Method.PASSKEY_UV
        return _SECOND_FACTORS.get(kind)
    return None


def is_fresh(
    records: object, *, second_factor_since: datetime | None, password: bool, now: datetime, lifetime: timedelta
) -> bool:
    """Whether the person has proved again, within `lifetime`, with the strongest kind of thing the account had then.

    That is a second factor from the moment there is one, before that the password, else a code sent to the mailbox.
    """
    if not isinstance(records, list | tuple):
        return False
    again = [each for each in records if isinstance(each, dict) and each.get("reauthenticated") is True]
    proofs = [proof for each in again if (proof := _proof_from(each)) is not None and now - proof.at < lifetime]
    alone = Method.PASSWORD if password else Method.EMAIL_CODE
    return any(
        proof.method not in {Method.PASSWORD, Method.EMAIL_CODE}
        or (proof.method is alone and (second_factor_since is None or proof.at < second_factor_since))
        for proof in proofs
    )


def best_acr(*, password: bool, second_factor: bool, verifying_passkey: bool) -> str:
    """The highest level an account can reach with what it has; everybody can read a code from the mailbox.

    A sign-in upstream counts as a password does.
    """
    if verifying_passkey:
        return "phr"
    return "urn:throughline:2fa" if password and second_factor else "urn:throughline:1fa"


def method_named(name: str) -> Method:
    """The method behind the name that allauth gives a kind of authenticator, or our own name; raises ValueError."""
    return _SECOND_FACTORS.get(name) or Method(name)


def _instant(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 < value < _LAST_INSTANT or not math.isfinite(value):
        return None
    return datetime.fromtimestamp(value, tz=UTC)


def patterns_of(roles: Collection[str]) -> frozenset[str]:
    """The permission patterns that the roles give together; an unknown role gives nothing."""
    return frozenset(pattern for role in Role if role in roles for pattern in PERMITTED[role])


def is_permitted(roles: Collection[str], permission: str) -> bool:
    """Whether the roles allow the permission `app_label.verb_model`."""
    return any(fnmatchcase(permission, pattern) for pattern in patterns_of(roles))


def may_enter(roles: Collection[str], app_label: str) -> bool:
    """Whether the roles allow anything in this app."""
    return any(fnmatchcase(app_label, label) for label in _labels(patterns_of(roles)))


def _labels(patterns: Iterable[str]) -> frozenset[str]:
    return frozenset(pattern.partition(".")[0] for pattern in patterns)


def may_become(current: str, wanted: Status) -> bool:
    """Whether an account may go from one state to another. Staying where it is is no change and not asked here."""
    return current in BEFORE[wanted]


def tidy_name(raw: str) -> str:
    """A display name in one normal form (NFC), with single spaces and none around it."""
    return " ".join(part for part in unicodedata.normalize("NFC", raw).split(" ") if part)


def fault_in_name(name: str) -> str | None:
    """Why a display name cannot be kept, as one sentence for the person, or None when it can."""
    if len(name) > _MAX_NAME:
        return f"Please use at most {_MAX_NAME} characters."
    if any(unicodedata.category(each) in _UNPRINTABLE or each in _TURNING_MARKS for each in name):
        return "Please use only letters, marks and spaces that can be printed."
    if "://" in name:  # names are put into mails: nobody gets to mail a link to a stranger
        return "Please write a name, not a web address."
    return None


def is_plain_address(email: str) -> bool:
    """Whether a valid e-mail address is one we can keep and mail to: at most 254 characters and nothing quoted."""
    return len(email) <= _MAX_ADDRESS and '"' not in email and email.isprintable()


def repeated_piece(text: str) -> str:
    """The shortest piece that a text repeats, or the text itself: `abcabc` is `abc`, `abcab` is itself."""
    return text[: (text + text).find(text, 1)] if text else ""


def is_too_plain(text: str) -> bool:
    """Whether a text is one short piece over and over, or runs along the alphabet, the digits or a keyboard."""
    piece = repeated_piece(text)
    if len(piece) < len(text) and len(piece) <= _SHORT_PIECE:
        return True
    return any(text in run or text in run[::-1] for run in _RUNS)


def is_made_of(password: str, known: Iterable[str]) -> bool:
    """Whether little is left of a password once known words are taken out: their whole, and their parts of 4 and more.

    "anna.smith2026" is made of "anna.smith@example.com"; "the river anna walks along" is not.
    """
    left = password.casefold()
    words = {part for word in known for part in (word, *_WORDS.findall(word)) if len(part) >= _SHORT_PIECE}
    for word in sorted((word.casefold() for word in words), key=len, reverse=True):
        left = left.replace(word, "")
    return left != password.casefold() and len(left) < _LEFT_AT_LEAST


def is_reason_code(reason: str) -> bool:
    """Whether a reason is a short code such as `fraud_suspected`: the journal keeps no free text."""
    return _REASON.fullmatch(reason) is not None


def is_totp_secret(secret: str) -> bool:
    """Whether a TOTP secret is base32 of at least 128 bits."""
    return _TOTP_SECRET.fullmatch(secret) is not None


# --- Providers upstream ------------------------------------------------------------------------------------------

SIGNING_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""What an ID token may be signed with: never `none`, never a secret that both sides share (RFC 8725, section 3.1)."""
_SKEW = timedelta(seconds=60)
_LONGEST_SUB = 255  # OpenID Connect Core 1.0, section 2
_LONGEST_KEY = 191  # the column of allauth's link
_HASHED = "sha256:"
_PROVIDER_SLUG = re.compile(r"[a-z][a-z0-9-]{0,39}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749, section 3.3
_PRINTABLE = re.compile(r"[\x20-\x7e]+")


def fault_in_id_token(claims: Mapping[str, Any], expected: Expected) -> str | None:
    """Why the claims of an ID token, whose signature was right, cannot be believed (OpenID Connect Core 3.1.3.7)."""
    if claims.get("iss") != expected.issuer:
        return "iss"
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if expected.client_id not in audiences:
        return "aud"
    if claims.get("azp", expected.client_id) != expected.client_id or (len(audiences) > 1 and "azp" not in claims):
        return "azp"
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        return "nonce"
    sub = claims.get("sub")
    if not isinstance(sub, str) or len(sub) > _LONGEST_SUB or not sub.strip() or not sub.isprintable():
        return "sub"
    return _fault_in_times(claims, expected.now)


def _fault_in_times(claims: Mapping[str, Any], now: datetime) -> str | None:
    expires, issued = _instant(claims.get("exp")), _instant(claims.get("iat"))
    if expires is None or expires + _SKEW <= now:
        return "exp"
    if issued is None or issued - _SKEW > now:
        return "iat"
    for name in ("nbf", "auth_time"):
        if name in claims and ((at := _instant(claims[name])) is None or at - _SKEW > now):
            return name
    return None


def authenticated_at(claims: Mapping[str, Any]) -> datetime | None:
    """When the provider says that the person proved herself there."""
    return _instant(claims.get("auth_time"))


def link_key(sub: str) -> str:
    """The `sub` of a provider as the key of a link: itself, or its digest where it would not fit the column."""
    if len(sub) <= _LONGEST_KEY and not sub.startswith(_HASHED):
        return sub
    return _HASHED + digest(sub)


def upstream_email(claims: Mapping[str, Any]) -> tuple[str, bool]:
    """The address a provider tells, and whether it says that it was verified: exactly true, not "true", not 1.

    An address outside ASCII is none: two of them can read alike, or become alike in small letters.
    """
    email = claims.get("email")
    if not isinstance(email, str) or not email.isascii() or "@" not in email or not is_plain_address(email):
        return "", False
    return email.lower(), claims.get("email_verified") is True


def upstream_name(claims: Mapping[str, Any]) -> str:
    """The name a provider tells, if it is one we could keep."""
    name = claims.get("name")
    if not isinstance(name, str):
        return ""
    name = tidy_name(name)
    return "" if fault_in_name(name) else name


def fault_in_provider(slug: str, issuer: str, draft: ProviderDraft, *, loopback: bool) -> tuple[str, str] | None:
    """The field of a provider that cannot be kept, and why."""
    if not _PROVIDER_SLUG.fullmatch(slug):
        return "slug", "A short name is small letters, digits and hyphens, beginning with a letter; 40 at most."
    if fault := _fault_in_issuer(issuer, loopback=loopback):
        return "issuer", fault
    if not draft.name.strip() or len(draft.name) > 40 or fault_in_name(draft.name):
        return "name", "A name is one line of at most 40 characters."
    if not _PRINTABLE.fullmatch(draft.client_id) or len(draft.client_id) > 191:
        return "client_id", "A client id is at most 191 printable characters."
    if draft.client_secret and not _PRINTABLE.fullmatch(draft.client_secret):
        return "client_secret", "A client secret is printable characters."
    if "openid" not in draft.scopes or not all(map(_SCOPE.fullmatch, draft.scopes)):
        return "scopes", "Scopes are words with spaces between, openid among them."
    return None


def _fault_in_issuer(issuer: str, *, loopback: bool) -> str | None:
    try:
        destination = read_destination(issuer, loopback=loopback)
    except DestinationRefused as error:
        return str(error)
    if "?" in destination.target:
        return "An issuer has no query."
    return None
