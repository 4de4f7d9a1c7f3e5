"""What a system that is told by SCIM shall hold of a customer, and what is missing there (RFC 7643, RFC 7644)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
CREATING = frozenset({"account.created"})
"""Facts after which there may be nobody yet on the other side."""
PROVISIONING = CREATING | frozenset(
    {
        "account.suspended",
        "account.reactivated",
        "account.closed",
        "account.erased",
        "identifier.added",
        "identifier.verified",
        "identifier.removed",
        "profile.changed",
        "email_change.undone",
        "consent.granted",
        "consent.confirmed",
        "consent.denied",
        "consent.withdrawn",
        "consent.objected",
        "consent.invalidated",
    }
)
"""The facts that change what stands on the other side; SCIM has no words for others."""
TELLABLE = frozenset({"email", "name", "phone", "status"})
"""The attributes that SCIM's User has a place for; `status` is its `active`, which is told in any case."""

Wanted = Mapping[str, Any]
"""By path, at most two names deep: the value that shall stand there, None for nothing. Other paths are not ours."""


def describe_user(*, subject: str, active: bool, listed: Iterable[str], known: Mapping[str, Any]) -> dict[str, Any]:
    """What shall stand there: `listed` is what the system asks for, `known` what it may know now; the rest goes."""
    wanted: dict[str, Any] = {"externalId": subject, "active": active}
    for name in listed:
        value = known.get(name) or None
        if name == "email":
            wanted["emails"] = [{"value": value, "primary": True}] if value else None
        elif name == "phone":
            wanted["phoneNumbers"] = [{"value": f"tel:{value}", "primary": True}] if value else None
        elif name == "name":
            wanted["displayName"] = wanted["name.formatted"] = value
    return wanted


def describe_canary(*, subject: str, song: int) -> dict[str, Any]:
    """A canary there: every song changes her, and no other user can be taken for her. She is never active twice in a
    row, and nothing of a person."""
    return {"externalId": subject, "active": song % 2 == 0, "displayName": f"Canary {song}"}


def find_differences(wanted: Wanted, there: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The operations of a PATCH that make a resource as wanted; none where it is."""
    found = []
    for path, value in wanted.items():
        if _plain(value) == _plain(_look(there, path)) or (path == "active" and value and _look(there, path) is None):
            continue  # who says nothing of `active` is
        found.append(
            {"op": "remove", "path": path} if value is None else {"op": "replace", "path": path, "value": value}
        )
    return found


def write_patch(operations: list[dict[str, Any]]) -> dict[str, Any]:
    """The body of a PATCH (RFC 7644 section 3.5.2)."""
    return {"schemas": [PATCH], "Operations": operations}


def write_user(wanted: Wanted, there: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A whole User: what is there, made as wanted; anew its name is its subject, which never changes."""
    user = {name: value for name, value in (there or {}).items() if name != "meta"}
    if there is None:
        user |= {"schemas": [USER], "userName": wanted["externalId"]}
    for path, value in wanted.items():
        place, (*parents, leaf) = user, path.split(".")
        for parent in parents:
            held = place.get(parent)
            place[parent] = dict(held) if isinstance(held, Mapping) else {}
            place = place[parent]
        place[leaf] = value
    return _without_nothing(user)


def read_found(body: bytes, *, subject: str) -> list[dict[str, Any]] | None:
    """The resources of an answer to a filter by `externalId`; None when it is no such answer.

    An answer that holds anybody else is none either: whoever overlooks the filter would have the wrong person changed.
    """
    answer = _read(body) or {}
    found, total = answer.get("Resources") or [], answer.get("totalResults")
    if not isinstance(total, int) or not isinstance(found, list) or bool(total) != bool(found):
        return None
    return found if all(is_of(each, subject) for each in found) else None


def read_provided(body: bytes, *, subject: str) -> dict[str, Any] | None:
    """The User in an answer; None when there is none, or somebody else."""
    user = _read(body)
    return user if is_of(user, subject) else None


def is_of(resource: object, subject: str) -> bool:
    """Whether a resource is the one of a subject, and can be addressed."""
    if not isinstance(resource, dict):
        return False
    id = resource.get("id")
    return resource.get("externalId") == subject and isinstance(id, str) and bool(id)


def version_of(resource: Mapping[str, Any]) -> str:
    """The version that a resource says it has, as If-Match takes it; "" where it says none."""
    meta = resource.get("meta")
    version = meta.get("version") if isinstance(meta, Mapping) else None
    fits = isinstance(version, str) and version.isascii() and version.isprintable() and len(version) <= 200
    return str(version) if fits else ""


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _look(there: Mapping[str, Any], path: str) -> Any:
    value: Any = there
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _plain(value: Any) -> Any:
    """What a value comes to: who writes an address in small letters, or adds a type to it, says the same."""
    if isinstance(value, list):
        said = [each.get("value") if isinstance(each, Mapping) else each for each in value]
        return sorted(str(each).casefold() for each in said) or None
    return value if isinstance(value, bool) else (value or None)


def _without_nothing(value: dict[str, Any]) -> dict[str, Any]:
    cut = {name: _without_nothing(each) if isinstance(each, dict) else each for name, each in value.items()}
    return {name: each for name, each in cut.items() if each not in (None, {}, [])}
