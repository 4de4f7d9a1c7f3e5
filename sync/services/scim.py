"""Users that a system brings by SCIM: kept as it says them, and told its feed like any other delivery.

Nobody gets a login here, a role or a password. Locks: the feed, the User, then what `take_in` takes.
"""

from collections.abc import Mapping
from typing import Any

from kit.call import CallContext
from kit.ids import digest
from kit.refusal import NotAllowed, NotFound
from kit.unit_of_work import deed
from resolution.queries import list_records
from sync import rules
from sync.errors import FeedClosed, ScimChangedMeanwhile, ScimRefused, ScimTaken
from sync.models import Feed, ScimUser
from sync.queries import demand_scim_feed, tell_scim_user
from sync.services.feeds import lock_feed
from sync.services.intake import take_in
from sync.types import FeedKind, FeedRecord, FeedSettings, ScimUserState, Told

Body = Mapping[str, Any]


@deed
def create_scim_user(*, body: Body, query: Body, call: CallContext) -> ScimUserState:
    """Keep a new User (RFC 7644 section 3.3). Raises ScimRefused, ScimTaken, NotAllowed, FeedClosed."""
    feed, settings, fields = _open(call)
    wanted = rules.read_wanted(query, fields)
    document = rules.read_user(body, fields, anew=True)

    row = ScimUser(feed=feed, created_at=call.now, sequence=_sequence(0, call))
    row.key = str(document.get("externalId") or document["userName"])
    if ScimUser.objects.filter(feed=feed, key=row.key).exists():
        raise ScimTaken
    _keep(row, document, call)
    _tell_feed(row, settings, _told(row, {}, fields), call)

    return tell_scim_user(row, fields, wanted)


@deed
def replace_scim_user(*, id: str, body: Body, query: Body, if_match: str, call: CallContext) -> ScimUserState:
    """Make a User as the body says (section 3.5.1). Raises as `create_scim_user`, NotFound, ScimChangedMeanwhile."""
    feed, settings, fields = _open(call)
    wanted = rules.read_wanted(query, fields)
    row = _lock(feed, id, if_match)
    _change(row, rules.read_user(body, fields, anew=False), settings, fields, call)
    return tell_scim_user(row, fields, wanted)


@deed
def patch_scim_user(*, id: str, body: Body, query: Body, if_match: str, call: CallContext) -> ScimUserState:
    """Change a User by operations, all or none (section 3.5.2). Raises as `replace_scim_user`."""
    feed, settings, fields = _open(call)
    wanted = rules.read_wanted(query, fields)
    row = _lock(feed, id, if_match)
    _change(row, rules.patch_user(row.document, body, fields), settings, fields, call)
    return tell_scim_user(row, fields, wanted)


@deed
def delete_scim_user(*, id: str, if_match: str, call: CallContext) -> None:
    """Keep a User no longer; its record says nothing any more (section 3.6). Raises as `replace_scim_user`."""
    feed, settings, fields = _open(call)
    row = _lock(feed, id, if_match)
    before, row.document, row.sequence = row.document, {}, _sequence(row.sequence, call)
    _tell_feed(row, settings, _told(row, before, fields), call)
    row.delete()


@deed
def forget_scim_users_of(*, subject: str, call: CallContext) -> int:  # noqa: ARG001  every deed takes its call
    """Drop the Users whose records belong to an erased person, before those are emptied; how many."""
    named = [(each.source, each.external_id) for each in list_records(subject=subject)]
    slugs: dict[str, list[str]] = {}
    for feed in Feed.objects.all() if named else []:
        slugs.setdefault(str(feed.body.get("source", feed.slug)), []).append(feed.slug)
    gone = 0
    for source, key in named:
        gone += ScimUser.objects.filter(feed__in=slugs.get(source, []), key=key).delete()[0]
    return gone


def _open(call: CallContext) -> tuple[Feed, FeedSettings, frozenset[str]]:
    """The feed of whoever calls, held."""
    feed, settings = demand_scim_feed(caller=call.caller)
    lock_feed(feed.slug)
    if not settings.enabled:
        raise FeedClosed
    return feed, settings, rules.fields_of(settings)


def _lock(feed: Feed, id: str, if_match: str) -> ScimUser:
    rows = ScimUser.objects.select_for_update(of=("self",), no_key=True)
    row = None if "\x00" in id else rows.filter(feed=feed, ref=id).first()
    if row is None:
        raise NotFound
    if if_match and not rules.names_version(if_match, row.number):
        raise ScimChangedMeanwhile
    return row


def _change(
    row: ScimUser, document: dict[str, Any], settings: FeedSettings, fields: frozenset[str], call: CallContext
) -> None:
    before = row.document
    if document == before:  # that it is still so is news too
        take_in(feed=row.feed_id, records=(), as_of=call.now, call=call)
        return
    row.number, row.sequence = row.number + 1, _sequence(row.sequence, call)
    _keep(row, document, call)
    _tell_feed(row, settings, _told(row, before, fields), call)


def _keep(row: ScimUser, document: dict[str, Any], call: CallContext) -> None:
    row.document, row.changed_at = document, call.now
    row.external_id = str(document.get("externalId") or "")
    row.name_digest = digest(rules.normal_name(document["userName"]))
    others = ScimUser.objects.filter(feed=row.feed_id).exclude(pk=row.pk)
    if others.filter(name_digest=row.name_digest).exists():
        raise ScimTaken
    if row.external_id and others.filter(external_id=row.external_id).exists():
        raise ScimTaken
    row.save()


def _sequence(before: int, call: CallContext) -> int:
    """A number above the one before, also for a User that was deleted and is brought again."""
    return max(before + 1, int(call.now.timestamp() * 1_000_000))


def _told(row: ScimUser, before: Body, fields: frozenset[str]) -> dict[str, Told]:
    """What a record says now; of what it has said before and says no more, that there is none."""
    gone = {name: Told(None) for name in rules.read_fields(before, fields)}
    return gone | rules.read_fields(row.document, fields)


def _tell_feed(row: ScimUser, settings: FeedSettings, told: Mapping[str, Told], call: CallContext) -> None:
    """Raises ScimRefused for what the feed does not take, NotAllowed for a person who was erased here."""
    sub = rules.read_sub(row.document)
    record = FeedRecord(
        id=row.key,
        sequence=row.sequence,
        occurred_at=call.now,
        kind=FeedKind.PROFILE,
        attributes={name: each for name, each in told.items() if name in settings.fields},
        sub=sub,
    )
    taken = take_in(feed=row.feed_id, records=(record,), as_of=call.now, call=call)
    for fault in taken.body.get("refused", []):
        if fault["code"] == "erased":
            raise NotAllowed("This person was erased here and is not taken any more.")
        about = f"{fault['attribute']}: " if fault["attribute"] else ""
        raise ScimRefused("invalidValue", f"The feed does not take this: {about}{fault['code']}.")
