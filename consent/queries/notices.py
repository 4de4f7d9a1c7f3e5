"""What customers are told, in which version and language."""

from collections.abc import Collection

from consent.errors import UnknownNotice
from consent.models import Notice
from consent.types import NoticeRef, NoticeText


def find_notice(ref: NoticeRef) -> NoticeText | None:
    """A version of a notice in a language, retired or not, or None."""
    row = Notice.objects.filter(notice=ref.id, version=ref.version, language=ref.language).first()
    return text_of(row) if row else None


def get_notice(ref: NoticeRef) -> NoticeText:
    """Like `find_notice`; raises UnknownNotice."""
    found = find_notice(ref)
    if found is None:
        raise UnknownNotice
    return found


def current_notice(id: str, language: str = "") -> NoticeText | None:
    """The newest version that may be shown: in a language, else in English, else in any; None where there is none."""
    rows = list(Notice.objects.filter(notice=id, retired_at=None).order_by("-version", "language"))
    newest = [row for row in rows if row.version == rows[0].version]
    for wanted in (language, "en"):
        for row in newest:
            if row.language == wanted:
                return text_of(row)
    return text_of(newest[0]) if newest else None


def list_versions(id: str) -> list[NoticeText]:
    """Every version of a notice in every language, the newest first."""
    return [text_of(row) for row in Notice.objects.filter(notice=id)]


def list_notices() -> list[NoticeText]:
    """Every version of every notice."""
    return [text_of(row) for row in Notice.objects.all()]


def find_notices(refs: Collection[NoticeRef]) -> dict[NoticeRef, NoticeText]:
    """Those of some notices that were ever published. One statement, none for none."""
    if not refs:
        return {}
    rows = Notice.objects.filter(notice__in={ref.id for ref in refs}, version__in={ref.version for ref in refs})
    found = {text.ref: text for text in map(text_of, rows)}
    return {ref: found[ref] for ref in refs if ref in found}


def text_of(row: Notice) -> NoticeText:
    """A row of this room as others see it."""
    return NoticeText(
        id=row.notice,
        version=row.version,
        language=row.language,
        jurisdiction=row.jurisdiction,
        title=row.title,
        text=row.text,
        sha256=row.sha256,
        material=row.material,
        purposes=tuple(row.purposes),
        published_at=row.published_at,
        retired_at=row.retired_at,
    )
