"""The User that a feed takes by SCIM: of RFC 7643's no more than its fields have a place for, and told so."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from scim2_models import Extension, Resource, Schema
from scim2_models import User as WholeUser

from resolution.types import Basis, Value
from sync.types import FeedSettings, Told

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
SOURCE = "urn:throughline:params:scim:schemas:source:2.0:User"
KNOWN_ELSEWHERE = frozenset({"urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"})
"""Extensions that many systems send unasked: nothing of them is taken, and nothing refused."""

PLACES: Mapping[str, tuple[str, ...]] = {
    "display_name": ("displayName",),
    "nickname": ("nickName",),
    "title": ("title",),
    "preferred_language": ("preferredLanguage",),
    "locale": ("locale",),
    "timezone": ("timezone",),
    "active": ("active",),
    "name": ("name", "formatted"),
    "given_name": ("name", "givenName"),
    "middle_name": ("name", "middleName"),
    "family_name": ("name", "familyName"),
    "email": ("emails", "value"),
    "phone": ("phoneNumbers", "value"),
    "address": ("addresses", "streetAddress"),
    "city": ("addresses", "locality"),
    "region": ("addresses", "region"),
    "postal_code": ("addresses", "postalCode"),
    "country": ("addresses", "country"),
}
"""Where a User says what a feed calls so; of several emails, numbers and addresses the primary one counts."""
_LISTS = frozenset({"emails", "phoneNumbers", "addresses"})
_KNOWN = {
    each.casefold(): each for each in (str(attribute.name) for attribute in WholeUser.to_schema().attributes or [])
}
_OURS = frozenset({"schemas", "id", "externalid", "meta", "username"})
_VERIFIED = 2

Model = type[Resource[Any]]


def fields_of(settings: FeedSettings) -> frozenset[str]:
    """What of a feed's fields, and of what it may say beside them, SCIM has a place for."""
    found = {name for name in settings.fields if name in PLACES}
    found |= {"sub"} if Basis.SUB in settings.links_by else set()
    found |= {
        f"{name}_verified"
        for name in ("email", "phone")
        if name in settings.fields and settings.fields[name].trust >= _VERIFIED
    }
    return frozenset(found)


@lru_cache(maxsize=64)
def list_schemas(fields: frozenset[str]) -> tuple[Schema, ...]:
    """The schemas of what is taken (RFC 7643 section 7): the User, and what this gateway asks beside it."""
    core = _schema(USER, "User", "A person as the connected system keeps it.", _core(fields))
    extension = _extension(fields)
    if not extension:
        return (core,)
    return core, _schema(SOURCE, "Source", "What the connected system knows of the person's account here.", extension)


@lru_cache(maxsize=64)
def model_of(fields: frozenset[str]) -> Model:
    """The model that reads and writes what is taken."""
    core, *more = list_schemas(fields)
    model: Any = Resource.from_schema(core)
    return model[Extension.from_schema(more[0])] if more else model  # type: ignore[no-any-return]


def cut(value: Mapping[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    """A User without what RFC 7643 knows and this feed does not take: roles, groups, passwords and whatever else.

    What nobody knows stays, to be refused.
    """
    taken = {name.casefold(): subs for name, subs in _taken(fields).items()}
    kept = {}
    for name, each in value.items():
        key = str(name).casefold()
        if key == "schemas" and isinstance(each, list):
            kept[name] = [urn for urn in each if str(urn).casefold() not in KNOWN_ELSEWHERE]
        elif taken.get(key):
            kept[name] = _cut_inside(each, taken[key], key)
        elif key in taken or key in _OURS or key not in _KNOWN:
            kept[name] = each
    return {name: each for name, each in kept.items() if str(name).casefold() not in KNOWN_ELSEWHERE}


def _cut_inside(value: Any, subs: frozenset[str], attribute: str) -> Any:
    if isinstance(value, list):
        return [_cut_inside(each, subs, attribute) for each in value]
    if not isinstance(value, Mapping):
        return value
    known = {str(each.name).casefold() for each in _subs_of(attribute)}
    return {
        name: each for name, each in value.items() if str(name).casefold() in subs or str(name).casefold() not in known
    }


def _subs_of(attribute: str) -> list[Any]:
    whole = {str(each.name).casefold(): each for each in WholeUser.to_schema().attributes or []}
    return list(whole[attribute].sub_attributes or [])


def read_fields(document: Mapping[str, Any], fields: frozenset[str]) -> dict[str, Told]:
    """What a User says, by the names of the feed's fields; what it does not say is not there."""
    said = {name: Told(value) for name in fields & set(PLACES) if (value := _read(document, PLACES[name])) is not None}
    beside = document.get(SOURCE) or {}
    for name in ("email", "phone"):
        if name in said and beside.get(f"{name}Verified") is True:
            said[name] = Told(said[name].value, _VERIFIED)
    return said


def read_sub(document: Mapping[str, Any]) -> str:
    """The account here that a User says it is; "" where it says none."""
    return str((document.get(SOURCE) or {}).get("sub") or "")


def _read(document: Mapping[str, Any], place: tuple[str, ...]) -> Value | None:
    value: Any = document.get(place[0])
    if isinstance(value, list):
        value = next((each for each in value if each.get("primary")), value[0] if value else None)
    if len(place) > 1:
        value = (value or {}).get(place[1])
    if place[0] == "phoneNumbers" and isinstance(value, str):
        value = value.removeprefix("tel:").partition(";")[0]  # RFC 3966
    return value if value != "" else None


# --- As RFC 7643 section 7 writes it ------------------------------------------------------------------------------


def _taken(fields: frozenset[str]) -> dict[str, frozenset[str]]:
    """The names of attributes that are taken, each with its sub-attributes in small letters."""
    found: dict[str, set[str]] = {"active": set()}
    for name in fields & set(PLACES):
        attribute, *sub = PLACES[name]
        found.setdefault(attribute, set()).update(each.casefold() for each in sub)
    return {
        name: frozenset(subs | {"type", "primary"} if name in _LISTS else subs) for name, subs in sorted(found.items())
    }


def _core(fields: frozenset[str]) -> list[dict[str, Any]]:
    names = _taken(fields)
    whole = {str(each.name): each for each in WholeUser.to_schema().attributes or []}
    found = [
        _attribute("userName", "What the system calls the person; once in it.", required=True, uniqueness="server")
    ]
    for name, subs in names.items():
        described = whole[name].model_dump()
        if subs:
            described["subAttributes"] = [
                each for each in described["subAttributes"] if each["name"].casefold() in subs
            ]
        found.append(described)
    return found


def _extension(fields: frozenset[str]) -> list[dict[str, Any]]:
    found = (
        [_attribute("sub", "Whose it is: the subject of an account here.", caseExact=True)] if "sub" in fields else []
    )
    return found + [
        _attribute(f"{name}Verified", f"Whether the system has verified the {name}.", type="boolean")
        for name in ("email", "phone")
        if f"{name}_verified" in fields
    ]


def _attribute(name: str, description: str, **said: Any) -> dict[str, Any]:
    text = {"caseExact": False, "uniqueness": "none"} if said.get("type", "string") == "string" else {}
    plain = {"type": "string", "multiValued": False, "required": False, "mutability": "readWrite"}
    return {"name": name, "description": description, "returned": "default", **plain, **text, **said}


def _schema(id: str, name: str, description: str, attributes: list[dict[str, Any]]) -> Schema:
    return Schema.model_validate({"id": id, "name": name, "description": description, "attributes": attributes})
