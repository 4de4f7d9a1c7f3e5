"""What waits, what failed, and how far news has got."""

from collections.abc import Collection
from datetime import datetime

from audit.queries import has_pending
from oauth.queries import find_client
from sessions_hub.queries import list_clients
from sync.models import Delivery
from sync.types import Backlog, DeliveryState, LogoutProgress, Receipt, State

LOGOUT = "backchannel_logout"
"""The transport that tells relying parties of ended sessions."""


def get_logout_progress(*, subject: str, sids: Collection[str]) -> LogoutProgress:
    """How far the news has got that these sessions of one subject ended: one receipt for each session and app.

    Apps that took part and have no back-channel address cannot be told and are not counted. Before the fan-out the
    apps are those that will be told.
    """
    rows = Delivery.objects.filter(session__in=sids, subject=subject, receiver__transport=LOGOUT)
    told = {(row.session, row.receiver.key): row for row in rows.select_related("receiver")}
    receipts = {place: _receipt(row) for place, row in told.items()}
    if has_pending(subject=subject):
        for sid in sids:
            for client_id in list_told_clients(sid=sid):
                receipts.setdefault((sid, client_id), Receipt(client_id=client_id, sid=sid, confirmed=False))
    return LogoutProgress(receipts=tuple(receipts[place] for place in sorted(receipts)))


def list_told_clients(*, sid: str) -> list[str]:
    """The clients that are told when this session ends: they took part in it and have a back-channel address."""
    clients = (find_client(client_id=each) for each in list_clients(sid=sid))
    return [client.client_id for client in clients if client and client.backchannel_logout_uri]


def list_troubled(*, limit: int = 100) -> list[DeliveryState]:
    """Deliveries that were given up, and those that failed at least once and are still tried, the newest first."""
    rows = Delivery.objects.select_related("receiver")
    dead = rows.filter(state=State.DEAD.value).order_by("-created_at", "-id")[:limit]
    failing = rows.open().exclude(last_error="").order_by("-created_at", "-id")[:limit]
    return [row.told for row in (*failing, *dead)]


def get_backlog(*, limit: int = 10_000) -> Backlog:
    """What waits, counted up to `limit`."""
    waiting = Delivery.objects.open()
    return Backlog(
        waiting=waiting[:limit].count(),
        oldest=waiting.order_by("created_at").values_list("created_at", flat=True).first(),
        dead=Delivery.objects.filter(state=State.DEAD.value)[:limit].count(),
    )


def has_due(*, now: datetime) -> bool:
    """Whether a delivery may be taken now."""
    return Delivery.objects.due(now).exists()


def _receipt(row: Delivery) -> Receipt:
    return Receipt(
        client_id=row.receiver.key,
        sid=row.session,
        confirmed=row.state == State.CONFIRMED,
        attempts=row.attempts,
        last_error=row.last_error,
        given_up=row.state == State.DEAD,
    )
