"""Who is believed about what: answered from memory, at most a second old on every node."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from channel_registry import rules
from channel_registry.models import SourceVersion
from channel_registry.queries.channels import FRESH_SECONDS
from channel_registry.types import ACTION_CLASSES, DEFAULT_SOURCES, RANKED_CLASSES, Sources
from kit.fresh import Fresh
from kit.refusal import NotFound


def get_ranking(attribute: str, action_class: str) -> tuple[str, ...]:
    """The sources that are believed about an attribute in an action of a class; the first one wins.

    Of credentials, and wherever an account is recovered, that is the gateway alone; of consent its registry alone.
    Raises NotFound for an attribute nobody ranked and for a class there is not.
    """
    order = get_sources().find_order(attribute, action_class) if action_class in ACTION_CLASSES else None
    if order is None:
        raise NotFound("Nobody has said who is believed about that.")
    return order


def get_sources() -> Sources:
    """The ranking in force; the default one before any is published."""
    return _memory.get()


def find_live_sources() -> SourceVersion | None:
    """The newest version; None while the default ranking holds."""
    return SourceVersion.objects.first()


def list_source_versions() -> list[SourceVersion]:
    """Every version of the ranking, the newest first."""
    return list(SourceVersion.objects.all())


def get_sources_body() -> dict[str, Any]:
    """The ranking in force, complete."""
    live = find_live_sources()
    return dict(live.body) if live else rules.render_sources(DEFAULT_SOURCES)


def plan_sources(document: Mapping[str, Any]) -> list[str]:
    """What applying the document's `sources` would change; raises PolicyInvalid."""
    wanted = read_sources(document)
    if wanted is None or rules.digest_sources(wanted) == rules.digest_sources(rules.parse_sources(get_sources_body())):
        return []
    return ["sources: publish"]


def read_sources(document: Mapping[str, Any]) -> Sources | None:
    """The ranking that a document holds under `sources`; None where it holds none. Raises PolicyInvalid."""
    if "sources" not in document:
        return None
    return rules.at_path("sources", lambda: rules.parse_sources(document["sources"]))


def export_sources() -> dict[str, Any]:
    """The ranking as a document; nothing before one is published."""
    live = find_live_sources()
    return {"sources": live.body} if live else {}


def list_source_rows() -> list[tuple[str, list[tuple[str, ...]]]]:
    """For every attribute: who is believed, by class of action in the order of `list_ranked_classes`."""
    sources = get_sources()
    classes = list_ranked_classes()
    attributes = rules.render_sources(sources)
    return [(name, [sources.find_order(name, each) or () for each in classes]) for name in attributes]


def list_ranked_classes() -> tuple[str, ...]:
    """The classes of action that a ranking tells apart, `recovery` last."""
    return (*RANKED_CLASSES[1:], "recovery")


def forget_sources() -> None:
    """Drop what this process remembers."""
    _memory.forget()


def _read(known: Sources | None) -> Sources:
    digest = SourceVersion.objects.values_list("digest", flat=True).first()
    if digest is None:
        return DEFAULT_SOURCES
    if known is not None and known.digest == digest:
        return known
    row = SourceVersion.objects.filter(digest=digest).first()
    return replace(rules.parse_sources(row.body), digest=digest) if row else DEFAULT_SOURCES


_memory: Fresh[Sources] = Fresh(_read, seconds=FRESH_SECONDS)
