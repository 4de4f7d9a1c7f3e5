"""A feed as a person writes it: read strictly, written out canonically.

::

    source: crm                  # as the ranking of the sources of truth calls it
    kind: profile                # verification, risk
    client: crm                  # whose tokens deliver
    fields: {email: {type: email, required: true, most_null: 0.1, trust: 2}, phone: {type: phone}}
    links_by: [sub]              # by what it may name the account of a record: sub, email
    volume: {per: 1h, least: 0, most: 5000}
    canary: {id: canary-1, says: {email: canary@crm.example}}
    scim: true                   # it comes at /scim/v2/ and nowhere else; or
    signed_by: [whpk_...]        # every delivery is signed by one of these keys, and needs no token
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from resolution.types import Basis, Value
from sync.errors import FeedInvalid
from sync.rules.scim_schemas import PLACES
from sync.rules.signed_feeds import MOST_KEYS, key_bytes
from sync.types import FeedKind, FeedSettings, FieldRule, FieldType

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
OWN_SOURCES = ("gateway", "consent_registry")
NOT_FED = ("credentials", "consent")
_DURATION = re.compile(r"([1-9][0-9]{0,8})([dhms])")
_UNITS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
_LONGEST = 90 * 86_400
_MOST_FIELDS = 50
_FIELDS = (
    *("name", "source", "kind", "client", "enabled", "freshness", "fields", "links_by"),
    *("volume", "most_refused", "canary", "scim", "signed_by"),
)


def parse_feed(slug: str, body: object) -> FeedSettings:
    """Read what a document says of a feed; see above. Raises FeedInvalid, whose path names the field."""
    if not NAME.fullmatch(slug):
        raise FeedInvalid(slug[:100], "must be a short name in lower-case letters, digits and _.")
    given = _group(body, slug, _FIELDS)
    volume = _group(given.get("volume", {}), f"{slug}.volume", ("per", "least", "most"))
    canary = _group(given.get("canary", {}), f"{slug}.canary", ("id", "says"))
    settings = FeedSettings(
        name=_text(given.get("name", slug), f"{slug}.name", 100),
        source=_source(given.get("source", slug), f"{slug}.source"),
        kind=FeedKind(_word(given.get("kind", "profile"), f"{slug}.kind", [each.value for each in FeedKind])),
        client=_text(given.get("client"), f"{slug}.client", 255),
        enabled=_flag(given.get("enabled", True), f"{slug}.enabled"),
        freshness=_duration(given.get("freshness", "15m"), f"{slug}.freshness"),
        fields=_fields(given.get("fields", {}), f"{slug}.fields"),
        links_by=_links(given.get("links_by", []), f"{slug}.links_by"),
        period=_duration(volume.get("per", "1h"), f"{slug}.volume.per"),
        least=_number(volume.get("least", 0), f"{slug}.volume.least"),
        most=_number(volume.get("most", 0), f"{slug}.volume.most"),
        most_refused=_share(given.get("most_refused", 0.05), f"{slug}.most_refused"),
        canary_id=_text(canary["id"], f"{slug}.canary.id", 200) if canary else "",
        canary=_says(canary.get("says", {}), f"{slug}.canary.says"),
        scim=_flag(given.get("scim", False), f"{slug}.scim"),
        signed_by=_keys(given.get("signed_by", []), f"{slug}.signed_by"),
    )
    _refuse_contradictions(slug, settings)
    return settings


def render_feed(settings: FeedSettings) -> dict[str, Any]:
    """The complete, canonical body of a feed: reading it again gives the same settings."""
    body: dict[str, Any] = {
        "name": settings.name,
        "source": settings.source,
        "kind": settings.kind.value,
        "client": settings.client,
        "enabled": settings.enabled,
        "freshness": _render_duration(settings.freshness),
        "fields": {name: _render_field(rule) for name, rule in sorted(settings.fields.items())},
        "links_by": [each.value for each in settings.links_by],
        "volume": {"per": _render_duration(settings.period), "least": settings.least, "most": settings.most},
        "most_refused": settings.most_refused,
    }
    if settings.canary_id:
        body["canary"] = {"id": settings.canary_id, "says": dict(sorted(settings.canary.items()))}
    if settings.scim:
        body["scim"] = True
    if settings.signed_by:
        body["signed_by"] = list(settings.signed_by)
    return body


def _refuse_contradictions(slug: str, settings: FeedSettings) -> None:
    if settings.kind is not FeedKind.RISK and not settings.fields:
        raise FeedInvalid(f"{slug}.fields", "must name at least one field: what is not named is not taken.")
    if settings.scim and settings.kind is not FeedKind.PROFILE:
        raise FeedInvalid(f"{slug}.scim", "is for profiles: SCIM has no words for anything else.")
    if settings.scim and settings.signed_by:
        raise FeedInvalid(f"{slug}.signed_by", "is for deliveries: SCIM is called with a token.")
    if settings.scim and (homeless := sorted(set(settings.fields) - set(PLACES))):
        raise FeedInvalid(f"{slug}.fields.{homeless[0]}", "has no place in SCIM's User.")
    if Basis.EMAIL in settings.links_by and settings.fields.get("email", FieldRule()).trust < 2:
        raise FeedInvalid(f"{slug}.links_by", "email links only where the field email has a trust of 2 or more.")
    if settings.most and settings.most < settings.least:
        raise FeedInvalid(f"{slug}.volume.most", "must not be less than `least`.")
    if unknown := sorted(set(settings.canary) - set(settings.fields)):
        raise FeedInvalid(f"{slug}.canary.says.{unknown[0]}", "is not a field of this feed.")


def _fields(value: object, path: str) -> dict[str, FieldRule]:
    if not isinstance(value, Mapping) or len(value) > _MOST_FIELDS:
        raise FeedInvalid(path, f"must be a group of at most {_MOST_FIELDS} fields by name.")
    return {_field_name(name, path): _field(rule, f"{path}.{str(name)[:40]}") for name, rule in value.items()}


def _field_name(name: object, path: str) -> str:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise FeedInvalid(path, "names are in lower-case letters, digits and _, and start with a letter.")
    if name in NOT_FED:
        raise FeedInvalid(f"{path}.{name}", "is known here alone: no feed brings it.")
    return name


def _field(value: object, path: str) -> FieldRule:
    given = _group(value if value is not None else {}, path, ("type", "required", "most_null", "trust"))
    trust = _number(given.get("trust", 1), f"{path}.trust")
    if trust > 4:
        raise FeedInvalid(f"{path}.trust", "must be a level from 0 to 4.")
    return FieldRule(
        type=FieldType(_word(given.get("type", "text"), f"{path}.type", [each.value for each in FieldType])),
        required=_flag(given.get("required", False), f"{path}.required"),
        most_null=_share(given.get("most_null", 0.5), f"{path}.most_null"),
        trust=trust,
    )


def _render_field(rule: FieldRule) -> dict[str, Any]:
    return {"type": rule.type.value, "required": rule.required, "most_null": rule.most_null, "trust": rule.trust}


def _links(value: object, path: str) -> tuple[Basis, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise FeedInvalid(path, "must be a list of sub and email.")
    known = [each.value for each in Basis]
    if any(each not in known for each in value):
        raise FeedInvalid(path, "must be a list of sub and email.")
    return tuple(each for each in Basis if each.value in value)


def _keys(value: object, path: str) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_KEYS or len({str(each) for each in value}) < len(value):
        raise FeedInvalid(path, f"must be a list of at most {MOST_KEYS} different keys.")
    for at, key in enumerate(value):
        try:
            key_bytes(key if isinstance(key, str) else "")
        except ValueError as error:
            raise FeedInvalid(f"{path}.{at}", "is no Ed25519 public key: whpk_ and 32 bytes in base64.") from error
    return tuple(value)


def _says(value: object, path: str) -> dict[str, Value]:
    if not isinstance(value, Mapping):
        raise FeedInvalid(path, "must be a group of fields.")
    for name, each in value.items():
        if not isinstance(name, str) or not isinstance(each, str | int | float):
            raise FeedInvalid(f"{path}.{str(name)[:40]}", "must be a plain value.")
    return dict(value)


def _source(value: object, path: str) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value) or value in OWN_SOURCES:
        raise FeedInvalid(path, "must be the short name of a system, and not of this gateway.")
    return value


def _group(value: object, path: str, known: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise FeedInvalid(path, "must be a group of fields.")
    for key in value:
        if key not in known:
            raise FeedInvalid(f"{path}.{str(key)[:40]}", f"is not known here; known are {', '.join(known)}.")
    if "id" in known and value and "id" not in value:
        raise FeedInvalid(f"{path}.id", "is needed.")
    return value


def _text(value: object, path: str, longest: int) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > longest or not value.isprintable():
        raise FeedInvalid(path, f"must be one line of at most {longest} characters.")
    return value


def _word(value: object, path: str, known: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in known:
        raise FeedInvalid(path, f"must be one of {', '.join(known)}.")
    return value


def _flag(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise FeedInvalid(path, "must be true or false.")
    return value


def _number(value: object, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000_000:
        raise FeedInvalid(path, "must be a whole number, 0 or more.")
    return value


def _share(value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise FeedInvalid(path, "must be a share from 0 to 1.")
    return float(value)


def _duration(value: object, path: str) -> int:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 1 <= seconds <= _LONGEST:
        raise FeedInvalid(path, "must be a duration such as 30s, 15m or 1d, 90 days at most.")
    return seconds


def _render_duration(seconds: int) -> str:
    unit, size = next((unit, size) for unit, size in _UNITS.items() if seconds % size == 0)
    return f"{seconds // size}{unit}"
