"""Putting policies in force, with and without a second person, and going back."""

from django.db.models import Max

from channel_registry import conf, events, queries, rules
from channel_registry.errors import PolicyInvalid
from channel_registry.models import Channel, LivePolicy, PolicyVersion
from channel_registry.services.channels import lock_channel, tell
from channel_registry.types import APPROVERS, ChannelPolicy
from kit.call import CallContext
from kit.refusal import NotAllowed, NotFound
from kit.unit_of_work import deed


@deed
def publish_policy(*, channel: str, body: object, call: CallContext) -> PolicyVersion:
    """Put a policy in force without a second person: for the owner at the command line and for the demo.

    The version is numbered from 1 on without gaps, and the journal says that nobody approved it. A body that means
    the same as the live one changes nothing and answers the live version. See `rules.parse_policy` for the body.
    Raises PolicyInvalid, NotFound.
    """
    policy = rules.check_policy(body)
    return put_in_force(lock_channel(channel), policy, call)


@deed
def rollback_policy(*, channel: str, number: int, call: CallContext) -> PolicyVersion:
    """Put what an earlier version says in force again, at once, as the next version; for approvers and admins.

    Going back to what is in force changes nothing. Raises NotAllowed, NotFound.
    """
    demand_role(APPROVERS, call)
    row = lock_channel(channel)
    earlier = PolicyVersion.objects.filter(channel=row, number=number).first()
    if earlier is None:
        raise NotFound("There is no such version.")
    before = queries.find_live_version(channel)
    version = put_in_force(row, rules.parse_policy(earlier.body), call, note=f"back to version {number}")
    if version != before:
        tell(events.POLICY_ROLLED_BACK, channel, call, number=version.number, to=number)
    return version


def put_in_force(
    channel: Channel,
    policy: ChannelPolicy,
    call: CallContext,
    *,
    author: str = "",
    note: str = "",
    draft: int | None = None,
) -> PolicyVersion:
    """The next version, live. The caller holds the channel's row lock, which is what keeps the numbers without gaps.

    `author` is who wrote it, where that is not who calls, and then the caller approved it; `draft` is the change that
    it came from.
    """
    digest = rules.digest_policy(policy)
    live = queries.find_live_version(channel.slug)
    if live is not None and live.digest == digest:
        return live
    version = _write(channel, policy, digest, call, author=author, note=note)
    LivePolicy.objects.update_or_create(
        channel=channel, defaults={"version": version, "published_at": call.now, "publisher": call.caller.actor}
    )
    told = {"number": version.number, "digest": digest, "author": version.author, "approved": bool(author)}
    tell(events.POLICY_PUBLISHED, channel.slug, call, **told, draft=draft)
    return version


def _write(
    channel: Channel, policy: ChannelPolicy, digest: str, call: CallContext, *, author: str, note: str
) -> PolicyVersion:
    last = PolicyVersion.objects.filter(channel=channel).aggregate(last=Max("number"))["last"] or 0
    actor = call.caller.actor
    return PolicyVersion.objects.create(
        channel=channel,
        number=last + 1,
        body=rules.render_policy(policy),
        digest=digest,
        author=author or actor,
        approver=actor if author else "",
        note=note,
        created_at=call.now,
    )


def demand_role(roles: frozenset[str], call: CallContext) -> None:
    """Raises NotAllowed for whoever has none of the roles, and for whoever acts for somebody else."""
    if not call.caller.is_herself or not roles & call.caller.roles:
        raise NotAllowed(f"This is for operators with the role {' or '.join(sorted(roles))}.")


def refuse_unmeetable(channel: str, policy: ChannelPolicy) -> None:
    """Raises PolicyInvalid, whose path names the action, where the judge knows that nobody could ever do it."""
    for action, reason in conf.policy_check()(channel, policy):
        raise PolicyInvalid(f"actions.{action}", reason)
