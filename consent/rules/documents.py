"""Purposes, notices and processors as one document: reading it, writing it, and what it would change."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any

from consent.errors import PurposeInvalid
from consent.types import (
    CatalogDraft,
    LegalBasis,
    NoticeDraft,
    NoticeRef,
    ProcessorDraft,
    ProcessorKind,
    PurposeDraft,
    Regime,
)

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LENGTH = re.compile(r"([0-9]{1,9})([smhd])")
_WORD = {"string": str, "number": int, "yes or no": bool}
_USUAL = PurposeDraft("")

Group = Mapping[str, Any]


def read_catalog_document(document: Mapping[str, Any]) -> CatalogDraft:
    """What a document says under `purposes`, `notices` and `processors`. Raises PurposeInvalid with the field's path.

    An entry is whole: what it leaves out has the usual value. What is not named stays as it is.
    """
    _refuse_unknown(document, {"purposes", "notices", "processors"}, "")
    retired: set[object] = set()
    purposes = dict(_each(document, "purposes", _purpose, retired))
    processors = dict(_each(document, "processors", _processor, retired))
    notices: dict[NoticeRef, NoticeDraft] = {}
    for id, versions in _group(document.get("notices") or {}, "notices").items():
        if not isinstance(versions, list):
            raise PurposeInvalid("is a list of versions.", f"notices.{id}")
        for index, version in enumerate(versions):
            path = f"notices.{id}.{index}"
            draft = _notice(id, _group(version, path), path)
            if draft.ref in notices:
                raise PurposeInvalid("stands twice.", path)
            notices[draft.ref] = draft
            retired |= {draft.ref} if _field(version, "retired", "yes or no", path, False) else set()
    return CatalogDraft(purposes, dict(sorted(notices.items(), key=_by_version)), processors, frozenset(retired))


def write_catalog_document(catalog: CatalogDraft) -> dict[str, Any]:
    """The document that `read_catalog_document` reads as this; what is as usual is left out."""
    notices: dict[str, list[dict[str, Any]]] = {}
    for ref, notice in sorted(catalog.notices.items(), key=_by_version):
        row = {"version": ref.version, "language": ref.language, **_said(notice, {"title", "jurisdiction"})}
        row |= {"material": notice.material, "purposes": list(notice.purposes), "text": notice.text}
        notices.setdefault(ref.id, []).append(row | _end(ref, catalog))
    purposes = {id: write_purpose(draft) | _end(f"purposes.{id}", catalog) for id, draft in parents_first(catalog)}
    processors = {
        id: {"kind": draft.kind.value, "title": draft.title} | _end(f"processors.{id}", catalog)
        for id, draft in sorted(catalog.processors.items())
    }
    return {"purposes": purposes, "notices": notices, "processors": processors}


def list_catalog_changes(wanted: CatalogDraft, present: CatalogDraft) -> list[str]:
    """What making `wanted` so would change, one line each. Raises PurposeInvalid where a published notice would."""
    found: list[str] = []
    for id, draft in wanted.purposes.items():
        found += _changes(f"purpose {id}", f"purposes.{id}", draft, present.purposes.get(id), wanted, present)
    for ref, notice in wanted.notices.items():
        known, name = present.notices.get(ref), f"notice {ref.id} {ref.version} {ref.language}"
        if known is not None and known != notice:
            raise PurposeInvalid(f"{name} was published otherwise. Publish a new version.", f"notices.{ref.id}")
        if known is None:
            found.append(f"{name}: published")
        if ref in wanted.retired and ref not in present.retired:
            found.append(f"{name}: retired")
    for id, processor in wanted.processors.items():
        found += _changes(f"processor {id}", f"processors.{id}", processor, present.processors.get(id), wanted, present)
    return found


def _changes(name: str, key: str, draft: Any, known: Any, wanted: CatalogDraft, present: CatalogDraft) -> Iterator[str]:
    ends, ended = key in wanted.retired, key in present.retired
    if known is None:
        yield f"{name}: new"
    if ends and not ended:
        yield f"{name}: retired"
    if ends or known is None:
        return  # what is retired stays as it was
    if ended:
        yield f"{name}: in force again"
    for each in fields(draft):
        was, becomes = getattr(known, each.name), getattr(draft, each.name)
        if was != becomes:
            yield f"{name}: {each.name}: {_show(was)} -> {_show(becomes)}"


def _show(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None or value == "" else str(value)


def _each(
    document: Mapping[str, Any], section: str, read: Callable[[str, Group, str], Any], retired: set[object]
) -> Iterator[tuple[str, Any]]:
    for id, entry in _group(document.get(section) or {}, section).items():
        path = f"{section}.{id}"
        yield id, read(id, _group(entry, path), path)
        if _field(entry, "retired", "yes or no", path, False):
            retired.add(path)


def _purpose(id: str, entry: Group, path: str) -> PurposeDraft:
    names = {each.name for each in fields(PurposeDraft)} - {"id", "ttl_seconds"}
    _refuse_unknown(entry, names | {"ttl", "retired"}, path)
    return PurposeDraft(
        id=id,
        parent=_field(entry, "parent", "string", path, ""),
        legal_basis=_word(entry, "legal_basis", LegalBasis, path, _USUAL.legal_basis),
        regime=_word(entry, "regime", Regime, path, _USUAL.regime),
        min_evidence=_field(entry, "min_evidence", "number", path, _USUAL.min_evidence),
        ttl_seconds=_length(entry, path),
        gpc_applies=_field(entry, "gpc_applies", "yes or no", path, False),
        notice=_field(entry, "notice", "string", path, ""),
        minor_age=_field(entry, "minor_age", "number", path, None),
        sensitive=_field(entry, "sensitive", "yes or no", path, False),
        agent_allowed=_field(entry, "agent_allowed", "yes or no", path, False),
        needs=_names(entry, "needs", path),
        categories=_names(entry, "categories", path),
        texts=_texts(entry, path),
    )


def _notice(id: str, entry: Group, path: str) -> NoticeDraft:
    known = {"version", "language", "text", "purposes", "material", "title", "jurisdiction", "retired"}
    _refuse_unknown(entry, known, path)
    for name in ("version", "text", "purposes"):
        if name not in entry:
            raise PurposeInvalid(f"needs {name}.", path)
    ref = NoticeRef(id, _field(entry, "version", "number", path, 0), _field(entry, "language", "string", path, "en"))
    return NoticeDraft(
        ref=ref,
        text=_field(entry, "text", "string", path, ""),
        purposes=_names(entry, "purposes", path),
        material=_field(entry, "material", "yes or no", path, True),
        title=_field(entry, "title", "string", path, ""),
        jurisdiction=_field(entry, "jurisdiction", "string", path, ""),
    )


def _processor(id: str, entry: Group, path: str) -> ProcessorDraft:
    _refuse_unknown(entry, {"kind", "title", "retired"}, path)
    kind = _word(entry, "kind", ProcessorKind, path, None)
    if kind is None:
        raise PurposeInvalid("needs kind.", path)
    return ProcessorDraft(id, kind, _field(entry, "title", "string", path, ""))


def _group(value: object, path: str) -> Group:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise PurposeInvalid("is a group of names.", path)
    return value


def _refuse_unknown(entry: Group, known: set[str], path: str) -> None:
    for name in entry:
        if name not in known:
            raise PurposeInvalid("is no field that there is.", f"{path}.{name}" if path else str(name))


def _field(entry: Group, name: str, kind: str, path: str, otherwise: Any) -> Any:
    value = entry.get(name)
    if value is None:
        return otherwise
    if type(value) is not _WORD[kind]:  # yes and no are numbers to Python
        raise PurposeInvalid(f"is a {kind}." if kind != "yes or no" else "is yes or no.", f"{path}.{name}")
    return value


def _word(entry: Group, name: str, words: type[StrEnum], path: str, otherwise: Any) -> Any:
    value = _field(entry, name, "string", path, None)
    if value is None:
        return otherwise
    if value not in set(words):
        raise PurposeInvalid(f"is one of {', '.join(words)}.", f"{path}.{name}")
    return words(value)


def _names(entry: Group, name: str, path: str) -> tuple[str, ...]:
    value = entry.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise PurposeInvalid("is a list of names.", f"{path}.{name}")
    return tuple(value)


def _texts(entry: Group, path: str) -> dict[str, dict[str, str]]:
    texts = _group(entry.get("texts") or {}, f"{path}.texts")
    for language, words in texts.items():
        if not all(isinstance(each, str) for each in _group(words, f"{path}.texts.{language}").values()):
            raise PurposeInvalid("holds texts.", f"{path}.texts.{language}")
    return {language: dict(words) for language, words in texts.items()}


def _length(entry: Group, path: str) -> int | None:
    value = entry.get("ttl")
    if value is None:
        return None
    found = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise PurposeInvalid("is a number and s, m, h or d, for example 365d.", f"{path}.ttl")
    return int(found[1]) * _SECONDS[found[2]]


def render_length(seconds: int) -> str:
    """A length of time as a document says it: `365d`."""
    unit = next(unit for unit in reversed(_SECONDS) if seconds % _SECONDS[unit] == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"


def write_purpose(draft: PurposeDraft) -> dict[str, Any]:
    """A purpose as a document says it; what is as usual is left out."""
    row = _said(draft, {each.name for each in fields(draft)} - {"id", "ttl_seconds"}, _USUAL)
    if draft.ttl_seconds is not None:
        row["ttl"] = render_length(draft.ttl_seconds)
    return row


def _said(draft: Any, names: set[str], usual: Any = None) -> dict[str, Any]:
    """The fields that are not as usual (by default: not empty), in the order of the draft."""
    found = {each.name: getattr(draft, each.name) for each in fields(draft) if each.name in names}
    return {name: _plain(value) for name, value in found.items() if value != (getattr(usual, name) if usual else "")}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return list(value)
    return {key: _plain(each) for key, each in value.items()} if isinstance(value, Mapping) else value


def _end(key: object, catalog: CatalogDraft) -> dict[str, bool]:
    return {"retired": True} if key in catalog.retired else {}


def parents_first(catalog: CatalogDraft) -> list[tuple[str, PurposeDraft]]:
    """The purposes of a document in an order in which each finds its parent, if the document has it."""
    waiting, ordered = dict(sorted(catalog.purposes.items())), list[tuple[str, PurposeDraft]]()
    while waiting:
        ready = [id for id, draft in waiting.items() if draft.parent not in waiting] or list(waiting)
        ordered += [(id, waiting.pop(id)) for id in ready]
    return ordered


def _by_version(item: tuple[NoticeRef, Any]) -> tuple[str, int, str]:
    ref = item[0]
    return (ref.id, ref.version, ref.language)
