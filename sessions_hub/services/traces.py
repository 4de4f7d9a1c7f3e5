"""What is left of sessions that are over, and when it goes."""

from datetime import timedelta

from django.contrib.sessions.models import Session as BrowserSession
from django.db import connection
from django.db.models import Exists, OuterRef

from kit import crypto
from kit.call import CallContext
from kit.rewrapping import Rewrapped, rewrap_rows
from kit.unit_of_work import deed
from sessions_hub import conf
from sessions_hub.models import Device, DeviceSecret, Handoff, Session


@deed
def forget_traces_of(*, subject: str, call: CallContext) -> int:  # noqa: ARG001  every deed takes its call
    """Blank what an erased subject's sessions still tell of a person: browser, network and place; drop her tickets.

    So do the devices that nobody else was ever signed in on. Answers how many sessions told something.
    """
    hers = Session.objects.filter(subject=subject)
    # Whoever redeems a ticket holds it and waits for the account that we hold: such a one is left to the clearing.
    skip = connection.features.has_select_for_update_skip_locked
    tickets = Handoff.objects.filter(session__subject=subject).select_for_update(of=("self",), skip_locked=skip)
    Handoff.objects.filter(pk__in=list(tickets.values_list("pk", flat=True))).delete()
    DeviceSecret.objects.filter(session__subject=subject).delete()
    others = Session.objects.filter(device=OuterRef("pk"), account__isnull=False).exclude(subject=subject)
    Device.objects.filter(Exists(hers.filter(device=OuterRef("pk"))), ~Exists(others)).update(user_agent="")
    return hers.exclude(user_agent="", address_label="", place="").update(user_agent="", address_label="", place="")


@deed
def clear_old_handoffs(*, older_than: timedelta, limit: int = 1000, call: CallContext) -> int:
    """Delete tickets that expired more than `older_than` ago, at most `limit`; how many.

    Until then one that comes again is known for what it was.
    """
    old = Handoff.objects.filter(expires_at__lt=call.now - older_than).order_by("pk")
    ids = list(old.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True)[:limit])
    Handoff.objects.filter(pk__in=ids).delete()
    return len(ids)


@deed
def clear_browser_sessions(*, call: CallContext) -> int:
    """Delete browser sessions whose cookie has expired; how many."""
    deleted, _ = BrowserSession.objects.filter(expire_date__lt=call.now).delete()
    return deleted


@deed
def rewrap_browser_sessions(*, after: str | int | None, call: CallContext) -> Rewrapped:  # noqa: ARG001  every deed takes its call
    """Encrypt browser sessions anew that a previous KEY_ENCRYPTION_KEY encrypted, the next few from a name on.

    One that opens under no key counts as none anyway: its person signs in again.
    """
    return rewrap_rows(BrowserSession.objects.all(), _renewed_content, after=after)


def _renewed_content(row: BrowserSession) -> dict[str, object]:
    renewed = crypto.rewrap_text(row.session_data, context=conf.CONTENT_CONTEXT)
    return {} if renewed is None else {"session_data": renewed}


@deed
def clear_old_sessions(*, older_than: timedelta, limit: int = 1000, call: CallContext) -> int:
    """Delete sessions that ended more than `older_than` ago, and devices without any that stayed away as long.

    At most `limit` of each; answers how many sessions. The journal keeps that they were. A session that others came
    out of goes after them.
    """
    before = call.now - older_than
    sessions = Session.objects.ended_before(before).filter(children=None)
    ids = list(sessions.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True)[:limit])
    Session.objects.filter(pk__in=ids).delete()

    # Whoever comes back with a device is noted on its row first, so one that is locked and unseen stays unused.
    devices = Device.objects.filter(last_seen_at__lt=before, sessions=None).select_for_update(of=("self",))
    Device.objects.filter(pk__in=list(devices.order_by("pk").values_list("pk", flat=True)[:limit])).delete()
    return len(ids)
