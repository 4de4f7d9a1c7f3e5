"""Facts and judgements as they stand in the journal: the same facts come back, and with them the same number."""

from collections.abc import Mapping
from dataclasses import fields
from operator import attrgetter
from typing import Any

from assurance.types import (
    Bar,
    Consent,
    ConsentState,
    Evidence,
    Facts,
    Group,
    Health,
    Judgement,
    Link,
    Proving,
    Reach,
    SessionFacts,
)
from channel_registry.types import ActionRule, Ageing, Condition, DeviceClass, Effect, Match


def write_facts(facts: Facts) -> dict[str, Any]:
    """Facts as JSON: codes and numbers only. As `dataclasses.asdict` would, which is ten times slower."""
    return dict(_written(facts))


def _written(value: Any) -> Any:
    if known := _FIELDS.get(type(value)):
        names, read = known
        return {name: _written(each) for name, each in zip(names, read(value), strict=True)}
    return [_written(each) for each in value] if isinstance(value, tuple) else value


_FIELDS = {
    kind: (names := tuple(field.name for field in fields(kind)), attrgetter(*names))
    for kind in (Facts, ActionRule, Condition, SessionFacts, Ageing, Evidence, Reach, Proving, Link, Consent)
}


def read_facts(stored: Mapping[str, Any]) -> Facts:
    """Facts from their stored form."""
    plain = dict(stored)
    rule, session, link = plain.pop("rule"), plain.pop("session"), plain.pop("link")
    consent, bar = plain.pop("consent"), plain.pop("bar", None)
    return Facts(
        **{
            **plain,
            "bar": Bar(bar) if bar else None,
            "rule": _rule(rule) if rule else None,
            "session": _session(session) if session else None,
            "ageing": Ageing(**plain["ageing"]),
            "evidence": tuple(_evidence(each) for each in plain["evidence"]),
            "reachable": tuple(_reach(each) for each in plain["reachable"]),
            "link": Link(**link) if link else None,
            "consent": Consent(**{**consent, "state": ConsentState(consent["state"])}),
        }
    )


def write_judgement(judgement: Judgement) -> dict[str, Any]:
    """The outcome of a judgement as JSON; its lines follow from the facts and are not written twice."""
    return {
        "outcome": judgement.outcome.value,
        "confidence": judgement.confidence.reported,
        "reasons": [objection.code for objection in judgement.objections],
        "acr_values": judgement.acr_values,
        "max_age": judgement.max_age,
        "reachable": judgement.reachable,
        "degraded": list(judgement.degraded),
    }


def _rule(stored: Mapping[str, Any]) -> ActionRule:
    conditions = tuple(_condition(each) for each in stored["conditions"])
    match, resources = Match(stored["match"]), tuple(stored["resources"])
    return ActionRule(**{**stored, "match": match, "resources": resources, "conditions": conditions})


def _condition(stored: Mapping[str, Any]) -> Condition:
    attributes = tuple((name, tuple(values)) for name, values in stored["attributes"])
    return Condition(attributes=attributes, effect=Effect(stored["effect"]))


def _session(stored: Mapping[str, Any]) -> SessionFacts:
    return SessionFacts(**{**stored, "device_class": DeviceClass(stored["device_class"])})


def _evidence(stored: Mapping[str, Any]) -> Evidence:
    return Evidence(**{**stored, "group": Group(stored["group"]), "health": Health(stored["health"])})


def _reach(stored: Mapping[str, Any]) -> Reach:
    by = tuple(Proving(**{**each, "group": Group(each["group"])}) for each in stored["by"])
    return Reach(by=by, acr=stored["acr"])
