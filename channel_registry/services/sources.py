"""Putting a ranking of the sources of truth in force, with and without a second person, and going back."""

from django.db import transaction

from audit import journal
from channel_registry import events, queries, rules
from channel_registry.models import SourceVersion
from channel_registry.services.policies import demand_role
from channel_registry.types import APPROVERS, Sources
from kit.call import CallContext
from kit.locks import hold_name
from kit.refusal import NotFound
from kit.unit_of_work import deed


@deed
def publish_sources(*, body: object, call: CallContext) -> SourceVersion:
    """Put a ranking in force without a second person: for the owner at the command line.

    One that says the same as the one in force changes nothing. See `rules.parse_sources` for the body. Raises
    PolicyInvalid.
    """
    sources = rules.parse_sources(body)
    lock_sources()
    return put_sources_in_force(sources, call)


@deed
def rollback_sources(*, number: int, call: CallContext) -> SourceVersion:
    """Put what an earlier ranking says in force again, as the next version; for approvers and admins.

    Raises NotAllowed, NotFound.
    """
    demand_role(APPROVERS, call)
    live = lock_sources()
    earlier = SourceVersion.objects.filter(number=number).first()
    if earlier is None:
        raise NotFound("There is no such version.")
    version = put_sources_in_force(rules.parse_sources(earlier.body), call, note=f"back to version {number}")
    if version != live:
        journal.record(events.SOURCES_ROLLED_BACK, call=call, payload={"number": version.number, "to": number})
    return version


def lock_sources() -> SourceVersion | None:
    """The ranking in force, to be changed by nobody else until the deed ends."""
    hold_name("sources")  # not the row in force: before the first version there is none
    return queries.find_live_sources()


def put_sources_in_force(
    sources: Sources, call: CallContext, *, author: str = "", note: str = "", draft: int | None = None
) -> SourceVersion:
    """The next version; the caller holds the one in force. `author` wrote it, where that is not who calls."""
    digest, live = rules.digest_sources(sources), queries.find_live_sources()
    if live is not None and live.digest == digest:
        return live
    actor = call.caller.actor
    version = SourceVersion.objects.create(
        number=live.number + 1 if live else 1,
        body=rules.render_sources(sources),
        digest=digest,
        author=author or actor,
        approver=actor if author else "",
        note=note,
        created_at=call.now,
    )
    told = {"number": version.number, "digest": digest, "author": version.author, "approved": bool(author)}
    journal.record(events.SOURCES_PUBLISHED, call=call, payload={**told, "draft": draft})
    queries.forget_sources()
    transaction.on_commit(queries.forget_sources)
    return version
