"""What operators said: purposes, processors, notices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from consent.types.words import LegalBasis, ProcessorKind, Regime


@dataclass(frozen=True, slots=True)
class PurposeRule:
    """One purpose as the rules see it. `ancestors` are its parent, its parent's parent and so on."""

    id: str
    ancestors: tuple[str, ...] = ()
    legal_basis: LegalBasis = LegalBasis.CONSENT
    regime: Regime = Regime.OPT_IN
    min_evidence: int = 0
    ttl: timedelta | None = None
    gpc_applies: bool = False
    notice: str = ""
    notice_min: int = 0
    minor_age: int | None = None
    sensitive: bool = False
    agent_allowed: bool = True
    needs: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict, compare=False)
    version: int = 1

    def text(self, name: str, language: str = "en") -> str:
        """Its `title` or `description` in a language, else in English, else in any; its id where there is none."""
        for words in (self.texts.get(language), self.texts.get("en"), *self.texts.values()):
            if words and words.get(name):
                return words[name]
        return self.id if name == "title" else ""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every purpose in force by id, and the processors that may be named with their kind and title."""

    purposes: Mapping[str, PurposeRule]
    processors: Mapping[str, ProcessorKind]
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeRef:
    """A notice as somebody names it who has shown it."""

    id: str
    version: int
    language: str


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A published version of a notice in one language."""

    id: str
    version: int
    language: str
    jurisdiction: str
    title: str
    text: str
    sha256: str
    material: bool
    purposes: tuple[str, ...]
    published_at: datetime
    retired_at: datetime | None

    @property
    def ref(self) -> NoticeRef:
        """How others name it."""
        return NoticeRef(self.id, self.version, self.language)


@dataclass(frozen=True, slots=True)
class PurposeDraft:
    """What an operator says of a purpose."""

    id: str
    parent: str = ""
    legal_basis: LegalBasis = LegalBasis.CONSENT
    regime: Regime = Regime.OPT_IN
    min_evidence: int = 3
    ttl_seconds: int | None = None
    gpc_applies: bool = False
    notice: str = ""
    minor_age: int | None = None
    sensitive: bool = False
    agent_allowed: bool = False
    needs: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """A version of a notice in one language, as an operator writes it."""

    ref: NoticeRef
    text: str
    purposes: tuple[str, ...]
    material: bool = True
    title: str = ""
    jurisdiction: str = ""


@dataclass(frozen=True, slots=True)
class ProcessorDraft:
    """What an operator says of a processor."""

    id: str
    kind: ProcessorKind
    title: str


@dataclass(frozen=True, slots=True)
class CatalogDraft:
    """Purposes, notices and processors as one document holds them; `retired` are the names of those that are."""

    purposes: Mapping[str, PurposeDraft] = field(default_factory=dict)
    notices: Mapping[NoticeRef, NoticeDraft] = field(default_factory=dict)
    processors: Mapping[str, ProcessorDraft] = field(default_factory=dict)
    retired: frozenset[object] = frozenset()
