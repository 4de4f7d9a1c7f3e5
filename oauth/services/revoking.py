"""What dies with an account or a session: called by reactions, inside the deed that ends it."""

from datetime import timedelta

from django.db import transaction

from kit.call import CallContext
from kit.unit_of_work import deed
from oauth.models import Client
from oauth.queries import forget_clients
from oauth.revocations import revoke
from oauth.types import RevocationKind


@deed
def revoke_tokens_of_account(*, subject: str, call: CallContext) -> None:
    """Every access token of a subject dies with the open deed; its grants die with its sessions."""
    revoke(RevocationKind.ACCOUNT, subject, now=call.now)


@deed
def revoke_tokens_of_channel(*, channel: str, call: CallContext) -> None:
    """Every access token of the channel's clients dies with the open deed, and what they could get new ones with."""
    cut_off_channel(channel=channel, call=call)
    for client_id in Client.objects.filter(channel_id=channel).values_list("client_id", flat=True):
        revoke(RevocationKind.CLIENT, client_id, now=call.now)


@deed
def cut_off_channel(*, channel: str, call: CallContext) -> None:
    """Codes and refresh tokens that the channel's clients were given so far are dead for good.

    When a channel closes, and again when it opens: a node that had not heard yet may have issued some meanwhile.
    """
    clients = Client.objects.filter(channel_id=channel).select_for_update(no_key=True).order_by("pk")
    Client.objects.filter(pk__in=[client.pk for client in clients]).update(cut_off_at=call.now)
    forget_clients()
    transaction.on_commit(forget_clients)


@deed
def revoke_tokens_of_session(*, sid: str, call: CallContext) -> None:
    """Every access token issued in a session so far dies with the open deed."""
    revoke(RevocationKind.SESSION, sid, now=call.now)


@deed
def bound_tokens_of_session(*, sid: str, call: CallContext) -> None:
    """The session proves less than before: tokens that say otherwise die, its next ones tell the lower level."""
    revoke(RevocationKind.SESSION, sid, now=call.now, margin=timedelta(0))
