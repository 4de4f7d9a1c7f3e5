"""What customers are told: published once, never changed, retired."""

from collections.abc import Sequence
from typing import Any

from audit import journal
from consent import rules
from consent.errors import NoticeConflict, PurposeInvalid, UnknownNotice, UnknownPurpose
from consent.events import NOTICE_PUBLISHED, NOTICE_RETIRED
from consent.models import Notice, Purpose
from consent.queries import find_notice, get_notice
from consent.services.purposes import CATALOG, require_notice
from consent.types import NoticeRef, NoticeText
from kit.call import CallContext
from kit.locks import hold_name
from kit.unit_of_work import deed

_LONGEST_TEXT = 200_000


@deed
def publish_notice(
    *,
    ref: NoticeRef,
    text: str,
    purposes: Sequence[str],
    material: bool,
    title: str = "",
    jurisdiction: str = "",
    call: CallContext,
) -> NoticeText:
    """Publish a version of a notice in one language.

    Where its change is `material`, permissions of the purposes that it is the notice of count from this version on:
    everybody else is asked again. The same text again changes nothing. Raises NoticeConflict for another text under
    a version that was published, PurposeInvalid, UnknownPurpose.
    """
    _refuse_unfit(ref, text, title, jurisdiction)
    hold_name(CATALOG)
    published = find_notice(ref)
    if published is not None:
        if (published.sha256, published.purposes) != (rules.notice_digest(text), tuple(purposes)):
            raise NoticeConflict
        return published
    known = dict(Purpose.objects.values_list("pk", "notice"))
    if not purposes or set(purposes) - set(known):
        raise UnknownPurpose

    _create(ref, text, list(purposes), {"material": material, "title": title, "jurisdiction": jurisdiction}, call)
    if material:
        _ask_again(ref, [id for id in purposes if known[id] == ref.id], call)
    return get_notice(ref)


@deed
def retire_notice(*, ref: NoticeRef, call: CallContext) -> bool:
    """Have a version of a notice shown no more; False when it was so already. Raises UnknownNotice."""
    row = Notice.objects.filter(notice=ref.id, version=ref.version, language=ref.language).select_for_update().first()
    if row is None:
        raise UnknownNotice
    if row.retired_at is not None:
        return False
    Notice.objects.filter(pk=row.pk).update(retired_at=call.now)
    facts = {"notice": ref.id, "version": ref.version, "language": ref.language}
    journal.record(NOTICE_RETIRED, call=call, payload=facts)
    return True


def _create(ref: NoticeRef, text: str, purposes: list[str], said: dict[str, Any], call: CallContext) -> None:
    row = Notice.objects.create(
        notice=ref.id,
        version=ref.version,
        language=ref.language,
        text=text,
        sha256=rules.notice_digest(text),
        purposes=purposes,
        published_at=call.now,
        **said,
    )
    facts = {"notice": ref.id, "version": ref.version, "language": ref.language, "material": row.material}
    journal.record(NOTICE_PUBLISHED, call=call, payload={**facts, "sha256": row.sha256, "purposes": purposes})


def _ask_again(ref: NoticeRef, purposes: Sequence[str], call: CallContext) -> None:
    least = dict(Purpose.objects.filter(pk__in=purposes).values_list("pk", "notice_min"))
    for id in sorted(id for id, version in least.items() if version < ref.version):
        require_notice(purpose=id, version=ref.version, call=call)


def _refuse_unfit(ref: NoticeRef, text: str, title: str, jurisdiction: str) -> None:
    if not rules.is_slug(ref.id) or not 1 <= ref.version <= 1_000_000:
        raise PurposeInvalid("A notice needs an id of small letters, digits, dots and dashes, and a version from 1.")
    if not rules.is_slug(ref.language.lower()) or len(ref.language) > 16:
        raise PurposeInvalid("The language is a tag such as en or de-AT.")
    if not text.strip() or len(text) > _LONGEST_TEXT or len(title) > 200 or len(jurisdiction) > 16:
        raise PurposeInvalid("A notice needs a text, and its title and jurisdiction are short.")
    if "\0" in text + title + jurisdiction:
        raise PurposeInvalid("The text holds a character that cannot be stored.")
