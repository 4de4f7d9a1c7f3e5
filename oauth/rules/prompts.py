"""What stands between an authorization request and its code, in the order it is asked."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from channel_registry.types import meets
from oauth.types import AuthorizationFacts, Claims, Parameters, Prompt


def first_unmet_prompt(facts: AuthorizationFacts) -> Prompt | None:
    """What the person must do next, or None when a code can be issued (OIDC Core 3.1.2.3)."""
    return next((prompt for prompt, is_unmet in _PROMPTS if is_unmet(facts)), None)


def _must_continue(facts: AuthorizationFacts) -> bool:
    return facts.transfer_waits


def _must_sign_in(facts: AuthorizationFacts) -> bool:
    return not facts.signed_in and not facts.choice


def _must_select_account(facts: AuthorizationFacts) -> bool:
    if facts.expects_another or not facts.signed_in:
        return True
    return "select_account" in facts.prompt and not facts.account_chosen


def _is_held(facts: AuthorizationFacts) -> bool:
    return facts.is_held


def _must_reauthenticate(facts: AuthorizationFacts) -> bool:
    if facts.auth_time is None:
        return True
    if "login" in facts.prompt or facts.max_age == 0:
        return facts.begun_at is None or facts.auth_time < facts.begun_at
    return facts.max_age is not None and facts.now - facts.auth_time > timedelta(seconds=facts.max_age)


def _must_raise_level(facts: AuthorizationFacts) -> bool:
    return facts.is_doubted or not any(meets(facts.acr, acr) for acr in facts.accepted_acr)


def _must_consent(facts: AuthorizationFacts) -> bool:
    return (facts.needs_consent or "consent" in facts.prompt) and not facts.consented


_PROMPTS: tuple[tuple[Prompt, Callable[[AuthorizationFacts], bool]], ...] = (
    (Prompt.CONTINUE, _must_continue),
    (Prompt.SIGN_IN, _must_sign_in),
    (Prompt.SELECT_ACCOUNT, _must_select_account),
    (Prompt.HELD, _is_held),
    (Prompt.REAUTHENTICATE, _must_reauthenticate),
    (Prompt.RAISE_LEVEL, _must_raise_level),
    (Prompt.CONSENT, _must_consent),
)

_SILENT_ERRORS = {
    Prompt.CONTINUE: "interaction_required",  # never asked there: silence leaves a transfer token alone
    Prompt.SIGN_IN: "login_required",
    Prompt.SELECT_ACCOUNT: "account_selection_required",
    Prompt.HELD: "access_denied",
    Prompt.REAUTHENTICATE: "login_required",
    Prompt.RAISE_LEVEL: "interaction_required",
    Prompt.CONSENT: "consent_required",
}


def silent_error(prompt: Prompt, *, expects_another: bool) -> str:
    """What `prompt=none` answers in place of asking (OIDC Core 3.1.2.6).

    Where a hint names somebody who is not signed in here, no choice among those who are would help: login_required.
    """
    return "login_required" if expects_another else _SILENT_ERRORS[prompt]


def covers(allowed: Sequence[str], requested: Sequence[str]) -> bool:
    """Whether what a customer allowed before covers a request: she is asked again when the scopes grow."""
    return set(requested) <= set(allowed)


def readable_hint(hint: str) -> str:
    """A `login_hint` as it may be shown in a form: nothing over the length of an address, nothing unprintable."""
    return hint if len(hint) <= _LONGEST_HINT and hint.isprintable() else ""


def accepted_acr(requested: Sequence[str], minimum: str) -> tuple[str, ...]:
    """The levels that satisfy both the request's `acr_values` (any of them) and the channel's minimum."""
    wanted = [acr for acr in requested if meets(acr, minimum)]
    return tuple(wanted) or (minimum,)


# --- The OIDC part of an authorization request -------------------------------------------------------------------

_KNOWN_PROMPTS = {"none", "login", "consent", "select_account"}
_LONGEST_NONCE = 255
_LONGEST_HINT = 254

_ONLY_A_PERSON_CHOOSES = {"none", "select_account"}

_OBJECTIONS: tuple[tuple[str, str, Callable[[Parameters], bool]], ...] = (
    ("request_not_supported", "Request objects are not offered.", lambda p: bool(p.get("request"))),
    ("request_uri_not_supported", "Request objects are not offered.", lambda p: bool(p.get("request_uri"))),
    ("invalid_request", "response_mode must be query.", lambda p: p.get("response_mode") not in ("", "query")),
    (
        "account_selection_required",
        "An account can only be chosen on a page, which prompt=none forbids.",
        lambda p: set(p.get("prompt").split()) == _ONLY_A_PERSON_CHOOSES,
    ),
    ("invalid_request", "prompt holds an unknown value, or none beside another.", lambda p: not _prompt_is_known(p)),
    ("invalid_request", "max_age must be a number of seconds.", lambda p: not _max_age_is_number(p)),
    ("invalid_request", "claims must be a JSON object of objects.", lambda p: read_claims(p.get("claims")) is None),
    ("invalid_request", "nonce is too long.", lambda p: len(p.get("nonce")) > _LONGEST_NONCE),
)


def read_claims(text: str) -> Claims | None:
    """What the `claims` parameter demands of the ID token (OIDC Core 5.5): a level, a person; None for junk.

    Everything else in it is a wish that scopes answer: what is not understood is left alone (5.5.1).
    """
    if not text:
        return Claims()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not all(_is_object(found.get(member)) for member in ("id_token", "userinfo")):
        return None
    of_id_token = found.get("id_token") or {}
    acr, sub = of_id_token.get("acr"), of_id_token.get("sub")
    if not (_is_object(acr) and _is_object(sub)):
        return None
    acr, sub = acr or {}, sub or {}
    levels, subjects = _values(acr), _values(sub)
    if levels is None or subjects is None or len(subjects) > 1:
        return None
    return Claims(
        essential_acr=levels if acr.get("essential") is True else None, subject=subjects[0] if subjects else None
    )


def _is_object(value: object) -> bool:
    return value is None or isinstance(value, dict)


def _values(wanted: Mapping[str, object]) -> tuple[str, ...] | None:
    """`value` or `values` of one claim as texts; None for anything else there."""
    found = [wanted["value"]] if "value" in wanted else wanted.get("values", [])
    if not isinstance(found, list) or not all(isinstance(each, str) and each.isprintable() for each in found):
        return None
    return tuple(str(each) for each in found)


def first_objection(parameters: Parameters) -> tuple[str, str] | None:
    """The error code and description that the first wrong OIDC parameter earns, or None (OIDC Core 3.1.2.2)."""
    return next(((error, said) for error, said, applies in _OBJECTIONS if applies(parameters)), None)


def _prompt_is_known(parameters: Parameters) -> bool:
    prompt = set(parameters.get("prompt").split())
    return prompt <= _KNOWN_PROMPTS and not ("none" in prompt and len(prompt) > 1)


def _max_age_is_number(parameters: Parameters) -> bool:
    return bool(re.fullmatch(r"[0-9]{0,9}", parameters.get("max_age")))
