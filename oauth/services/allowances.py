"""What customers allow clients, remembered until they withdraw it."""

from audit import journal
from kit.call import CallContext
from kit.unit_of_work import deed
from oauth import events
from oauth.grant_ends import end_grant
from oauth.models import Allowance, Client, Grant
from sessions_hub.types import SessionState


@deed
def remember_allowance(*, scopes: tuple[str, ...], client: Client, session: SessionState, call: CallContext) -> None:
    """Remember that the customer said yes to these scopes; what she allowed this client before stays allowed."""
    assert session.account_id is not None  # nobody but a person allows anything
    allowance, _ = Allowance.objects.select_for_update().get_or_create(
        account_id=session.account_id, client=client, defaults={"scopes": "", "allowed_at": call.now}
    )
    allowance.scopes = " ".join(dict.fromkeys((*allowance.scope_list, *scopes)))
    allowance.allowed_at = call.now
    allowance.save(update_fields=["scopes", "allowed_at"])
    journal.record(
        events.AUTHORIZATION_ALLOWED,
        call=call,
        subject=session.subject,
        session=session.sid,
        client=client.client_id,
        channel=client.channel_id,
        payload={"client": client.client_id, "scope": " ".join(scopes)},
    )


@deed
def withdraw_allowance(*, subject: str, client_id: str, call: CallContext) -> bool:
    """Withdraw what a customer allowed a client: its grants and tokens for her die, and it has to ask again.

    False when she had allowed it nothing.
    """
    allowance = (
        Allowance.objects.select_for_update(of=("self",))
        .filter(account__sub=subject, client__client_id=client_id)
        .select_related("client")
        .first()
    )
    if allowance is None:
        return False
    of_hers = Grant.objects.filter(user_id=allowance.account_id, application=allowance.client, revoked_at=None)
    for grant in of_hers.filter(keep_until__gt=call.now).select_for_update(of=("self",)).order_by("pk"):
        end_grant(grant, reason="withdrawn_by_customer", call=call)
    allowance.delete()
    journal.record(
        events.AUTHORIZATION_WITHDRAWN,
        call=call,
        subject=subject,
        client=client_id,
        channel=allowance.client.channel_id,
        payload={"client": client_id, "scope": allowance.scopes},
    )
    return True


@deed
def withdraw_allowances_of(*, subject: str, call: CallContext) -> int:
    """Withdraw everything a customer allowed, as when she is erased; answers from how many clients."""
    allowed = Allowance.objects.filter(account__sub=subject).order_by("pk").values_list("client__client_id", flat=True)
    return sum(withdraw_allowance(subject=subject, client_id=client_id, call=call) for client_id in list(allowed))
