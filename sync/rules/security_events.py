"""Which security event a fact of the journal is: CAEP 1.0 and RISC 1.0, one written-out table.

A fact may be several events; each goes as a token of its own (SSF 1.0 section 4.1.1: one event in each).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from sync.types import Known, SecurityEvent

CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
_RISC = "https://schemas.openid.net/secevent/risc/event-type/"
_SSF = "https://schemas.openid.net/secevent/ssf/event-type/"
SESSION_REVOKED = f"{CAEP}session-revoked"
CREDENTIAL_CHANGE = f"{CAEP}credential-change"
ASSURANCE_LEVEL_CHANGE = f"{CAEP}assurance-level-change"
TOKEN_CLAIMS_CHANGE = f"{CAEP}token-claims-change"
RISK_LEVEL_CHANGE = f"{CAEP}risk-level-change"
ACCOUNT_DISABLED = f"{_RISC}account-disabled"
ACCOUNT_ENABLED = f"{_RISC}account-enabled"
ACCOUNT_PURGED = f"{_RISC}account-purged"
CREDENTIAL_COMPROMISE = f"{_RISC}credential-compromise"
IDENTIFIER_CHANGED = f"{_RISC}identifier-changed"
RECOVERY_ACTIVATED = f"{_RISC}recovery-activated"
RECOVERY_INFORMATION_CHANGED = f"{_RISC}recovery-information-changed"
SESSIONS_REVOKED = f"{_RISC}sessions-revoked"
CREDENTIAL_CHANGE_REQUIRED = f"{_RISC}account-credential-change-required"
VERIFICATION = f"{_SSF}verification"
STREAM_UPDATED = f"{_SSF}stream-updated"

LEVELS = "urn:throughline:acr"
"""The namespace of our levels of assurance in `assurance-level-change`."""
_BY_CUSTOMER = frozenset({"signed_out", "ended_by_customer", "not_me", "replaced"})
_BY_OPERATOR = frozenset({"ended_by_operator", "account.suspended", "account.closed", "account.erased"})
_CREDENTIALS = {
    "password": "password",
    "totp": "app",
    "passkey": "passkey",
    "passkey_uv": "passkey",
    "passkey_hardware": "fido2-roaming",
}
_CLAIMS = {"name": ("name",), "email": ("email", "email_verified")}
_COMPROMISED = {"credential_compromise": "password", "sim_swap": "phone-sms"}
_DISABLED_BECAUSE = frozenset({"hijacking", "bulk-account"})

_Said = Mapping[str, Any]
_Write = Callable[[_Said, Known], dict[str, Any] | None]


def _session_revoked(said: _Said, _: Known) -> dict[str, Any]:
    reason = str(said.get("reason", ""))
    who = "user" if reason in _BY_CUSTOMER else "admin" if reason in _BY_OPERATOR else "policy"
    return {"initiating_entity": who} | ({"reason_admin": {"en": reason}} if reason else {})


def _level(direction: str) -> _Write:
    def write(said: _Said, _: Known) -> dict[str, Any]:
        before = {"previous_level": str(said["was"])} if said.get("was") else {}
        return {"namespace": LEVELS, "current_level": str(said["acr"]), **before, "change_direction": direction}

    return write


def _credential(change: str, *, password: bool = False) -> _Write:
    def write(said: _Said, _: Known) -> dict[str, Any]:
        method = "password" if password else str(said.get("method", ""))
        return {"credential_type": _CREDENTIALS.get(method, method), "change_type": change}

    return write


def _claims(said: _Said, known: Known) -> dict[str, Any] | None:
    names = [name for each in said.get("fields", ("email",)) for name in _CLAIMS.get(each, ())]
    claims = {name: known.attributes[name] for name in names if name in known.attributes}
    return {"claims": claims} if claims else None


def _risk(said: _Said, known: Known) -> dict[str, Any]:
    reason = {"risk_reason": str(said["kind"])} if said.get("kind") else {}
    return {"principal": "USER", "current_level": "HIGH" if known.at_risk else "LOW", **reason}


def _compromise(said: _Said, _: Known) -> dict[str, Any] | None:
    credential = _COMPROMISED.get(str(said.get("kind")))
    return {"credential_type": credential} if credential else None


def _disabled(said: _Said, _: Known) -> dict[str, Any]:
    reason = str(said.get("reason", "")).replace("_", "-")
    return {"reason": reason} if reason in _DISABLED_BECAUSE else {}


def _moved(said: _Said, known: Known) -> dict[str, Any] | None:
    if said.get("type") != "email" or not known.old or not known.attributes.get("email"):
        return None
    return {"new-value": known.attributes["email"]}


def _recovery_information(said: _Said, _: Known) -> dict[str, Any] | None:
    return {} if "email" in said.get("fields", ("email",)) else None


def _nothing_more(_said: _Said, _known: Known) -> dict[str, Any]:
    return {}


_DISABLED = SecurityEvent(ACCOUNT_DISABLED, _disabled)
_CLAIMS_CHANGED = SecurityEvent(TOKEN_CLAIMS_CHANGE, _claims, personal=True)
_RECOVERY_INFORMATION = SecurityEvent(RECOVERY_INFORMATION_CHANGED, _recovery_information)
_RISK = SecurityEvent(RISK_LEVEL_CHANGE, _risk)
_NEW_PASSWORD = SecurityEvent(CREDENTIAL_CHANGE, _credential("update", password=True))

SECURITY_EVENTS: Mapping[str, tuple[SecurityEvent, ...]] = {
    "session.revoked": (SecurityEvent(SESSION_REVOKED, _session_revoked, about_session=True),),
    "session.elevated": (SecurityEvent(ASSURANCE_LEVEL_CHANGE, _level("increase"), about_session=True),),
    "session.lowered": (SecurityEvent(ASSURANCE_LEVEL_CHANGE, _level("decrease"), about_session=True),),
    "password.changed": (_NEW_PASSWORD,),
    "password.reset": (_NEW_PASSWORD, SecurityEvent(RECOVERY_ACTIVATED, _nothing_more)),
    "credentials.wiped": (SecurityEvent(CREDENTIAL_CHANGE, _credential("revoke", password=True)),),
    "authenticator.added": (SecurityEvent(CREDENTIAL_CHANGE, _credential("create")),),
    "authenticator.removed": (SecurityEvent(CREDENTIAL_CHANGE, _credential("delete")),),
    "authenticator.replaced": (SecurityEvent(CREDENTIAL_CHANGE, _credential("update")),),
    "profile.changed": (_CLAIMS_CHANGED, _RECOVERY_INFORMATION),
    "email_change.undone": (_CLAIMS_CHANGED, _RECOVERY_INFORMATION),
    "identifier.removed": (SecurityEvent(IDENTIFIER_CHANGED, _moved, about_old=True, personal=True),),
    "account.suspended": (_DISABLED,),
    "account.closed": (_DISABLED,),
    "account.reactivated": (SecurityEvent(ACCOUNT_ENABLED, _nothing_more),),
    "account.erased": (SecurityEvent(ACCOUNT_PURGED, _nothing_more),),
    "risk.raised": (_RISK, SecurityEvent(CREDENTIAL_COMPROMISE, _compromise)),
    "risk.cleared": (_RISK,),
}
"""The whole mapping: facts of the journal on the left, what they are as security events on the right."""

EVENTS_SUPPORTED = tuple(dict.fromkeys(each.uri for events in SECURITY_EVENTS.values() for each in events))
"""Every type of security event that a stream can carry, besides those of SSF itself."""


def list_delivered(event_types: Collection[str], requested: Collection[str] = ()) -> tuple[str, ...]:
    """The security events of a stream that is told these types of facts and asked for these events, or for all."""
    told = {each.uri for type in event_types for each in SECURITY_EVENTS.get(type, ())}
    return tuple(uri for uri in EVENTS_SUPPORTED if uri in told and (not requested or uri in requested))


def types_behind(uris: Iterable[str]) -> tuple[str, ...]:
    """The types of facts that these security events are made of."""
    wanted = set(uris)
    return tuple(type for type, events in SECURITY_EVENTS.items() if any(each.uri in wanted for each in events))
