"""Questions as they come in (AuthZEN Authorization API 1.0): read strictly where the standard names a field, and
blindly past everything else."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from assurance.types import LONGEST_ID, LONGEST_NAME, MOST_QUESTIONS, Question, Semantics, Unreadable
from channel_registry.types import Plain
from kit.refusal import MalformedInput

MOST_PROPERTIES = 100
LONGEST_PROPERTY = 200
SERVER_OWNED = frozenset({"confidence", "acr", "consent", "agent"})
"""What only the gateway may say, whoever sends it and wherever it stands."""

_BROKEN = re.compile("[\x00\ud800-\udfff]")
_ENTITIES = ("subject", "action", "resource")
Body = Mapping[str, Any]


def read_question(body: Body, *, channel: str) -> Question:
    """The question in a body; `channel` is the one meant where it names none. Raises MalformedInput.

    `subject`, `action` and `resource` with their `type`, `id` and `name` are needed; of the context `sid`, `channel`,
    `journey` and `processor` are read. Plain properties become attributes that conditions may name.
    """
    subject, action, resource = (_group(body, name, needed=True) for name in _ENTITIES)
    context = _group(body, "context")
    return Question(
        subject=_needed(subject, "subject.id", LONGEST_ID),
        subject_type=_needed(subject, "subject.type", LONGEST_NAME),
        action=_needed(action, "action.name", LONGEST_NAME),
        resource_type=_needed(resource, "resource.type", LONGEST_NAME),
        resource_id=_needed(resource, "resource.id", LONGEST_ID),
        sid=_text(context, "context.sid", LONGEST_ID),
        channel=_text(context, "context.channel", LONGEST_NAME) or channel,
        journey=_text(context, "context.journey", LONGEST_ID),
        processor=_text(context, "context.processor", LONGEST_NAME),
        attributes=dict(_attributes(subject, action, resource)),
        claims=tuple(_claims(body, subject, action, resource, context)),
    )


def read_questions(body: Body, *, channel: str) -> tuple[list[Question | Unreadable], Semantics]:
    """The questions of a batch and how far to answer them; none where the body is a single question.

    An item that is no question is `Unreadable` in its place. Raises MalformedInput where the batch itself is broken.
    """
    items, semantics = body.get("evaluations", []), _semantics(body)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise MalformedInput("evaluations must be a list of objects.")
    if len(items) > MOST_QUESTIONS:
        raise MalformedInput(f"evaluations has more than {MOST_QUESTIONS} items.")
    if items:
        for name in (*_ENTITIES, "context"):
            _group(body, name)  # what is common to all must be right though some item replaces it
    return [_item(body, item, channel) for item in items], semantics


def _item(body: Body, item: Body, channel: str) -> Question | Unreadable:
    common = {name: body[name] for name in (*_ENTITIES, "context") if name in body}
    own = {name: _completed(common.get(name), item[name]) for name in (*_ENTITIES, "context") if name in item}
    loose = {name: value for name, value in {**body, **item}.items() if name in SERVER_OWNED}
    try:
        return read_question({**loose, **common, **own}, channel=channel)
    except MalformedInput as fault:
        return Unreadable(fault.detail)


def _completed(common: Any, own: Any) -> Any:
    """An item's entity replaces the common one whole, except that it need not repeat what the standard requires."""
    if not isinstance(own, dict) or not isinstance(common, dict):
        return own
    return {**{name: common[name] for name in ("type", "id", "name") if name in common}, **own}


def _semantics(body: Body) -> Semantics:
    asked = _group(body, "options").get("evaluations_semantic", Semantics.EXECUTE_ALL.value)
    if not isinstance(asked, str) or asked not in tuple(each.value for each in Semantics):
        raise MalformedInput("options.evaluations_semantic is not one of the three that there are.")
    return Semantics(asked)


def _group(body: Body, name: str, *, needed: bool = False) -> Body:
    if name not in body:
        if needed:
            raise MalformedInput(f"{name} is missing.")
        return {}
    group = body[name]
    if not isinstance(group, dict):
        raise MalformedInput(f"{name} must be an object.")
    if not isinstance(group.get("properties", {}), dict):
        raise MalformedInput(f"{name}.properties must be an object.")
    return group


def _needed(group: Body, path: str, longest: int) -> str:
    value = _text(group, path, longest)
    if not value:
        raise MalformedInput(f"{path} is missing.")
    return value


def _text(group: Body, path: str, longest: int) -> str:
    value = group.get(path.rpartition(".")[2], "")
    if not isinstance(value, str):
        raise MalformedInput(f"{path} must be a string.")
    if len(value) > longest or _BROKEN.search(value):
        raise MalformedInput(f"{path} is too long, or holds what is no character.")
    return value


def _attributes(subject: Body, action: Body, resource: Body) -> Iterator[tuple[str, Plain]]:
    for name, group in (("subject", subject), ("resource", resource)):
        yield f"{name}.id", group["id"]
        yield f"{name}.type", group["type"]
    for name, group in (("subject", subject), ("action", action), ("resource", resource)):
        for key, value in list(group.get("properties", {}).items())[:MOST_PROPERTIES]:
            if key not in SERVER_OWNED and len(key) <= LONGEST_NAME and _is_plain(value):
                yield f"{name}.properties.{key}", value


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_PROPERTY
    return isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))


def _claims(body: Body, *groups: Body) -> Iterator[str]:
    yield from SERVER_OWNED & body.keys()
    for group in groups:
        yield from SERVER_OWNED & group.keys()
        yield from SERVER_OWNED & group.get("properties", {}).keys()
